"""Settings, read from the environment (`SOURCIER_…`) once, by the composition root."""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sourcier_core.disk_space import RESERVE_MB
from sourcier_core.domain.claim_checks import ClaimCheck

DATA_DIRECTORY_NAME = ".sourcier"


def find_data_directory(start: Path) -> Path:
    """The nearest `.sourcier` folder at or above `start`, else the user's data folder."""
    for folder in (start, *start.parents):
        candidate = folder / DATA_DIRECTORY_NAME
        if candidate.is_dir():
            return candidate
    return platformdirs.user_data_path("sourcier")


class Settings(BaseSettings):
    """Everything an operator can set. docs/settings.md lists each one (a test holds that true)."""

    model_config = SettingsConfigDict(env_prefix="SOURCIER_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: find_data_directory(Path.cwd()))
    """Where documents, the index, the database and models live."""
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    """Host names the API answers to (guards against DNS rebinding)."""
    proxy_secret: SecretStr | None = Field(default=None, min_length=32)
    """Proves requests of a sign-in proxy (`X-Sourcier-Proxy-Secret`), which then says who asks; None: no sign-in."""
    proxy_user_header: str = Field(default="X-Forwarded-User", min_length=1)
    """The header in which the proxy names the person."""
    proxy_groups_header: str = Field(default="X-Forwarded-Groups", min_length=1)
    """The header with the person's groups, between commas."""
    administrator_group: str = Field(default="sourcier-administrators", min_length=1)
    """Whoever is in this group is an administrator, where people come through a proxy."""
    source_folders: list[Path] = []
    """Absolute folders of this machine, as in `["/srv/documents"]`, below which sources may be added from the page."""
    database_url: str | None = None
    """A PostgreSQL ≥ 15 URL; None starts a private PostgreSQL in the data directory."""
    qdrant_url: str | None = None
    """A Qdrant server's URL; None uses Qdrant Edge inside the application."""
    qdrant_api_key: SecretStr | None = None
    qdrant_collection: str = "sourcier_passages"
    edge_optimize_threshold: int = 20_000
    """Unindexed points after which Qdrant Edge's graph is built in the background."""
    disk_reserve_mb: int = Field(default=RESERVE_MB, ge=0)
    """MiB left free on the disks of the data directory: new files stop at it, new passages at half of it, other changes
    of the index at a quarter."""

    embedding_model: str = "default"
    """`default`, or a sentence-transformers model by local folder or name (extra `transformers`)."""
    embedding_threads: int | None = None
    """Threads of the default embedder; None: all available cores."""

    reranker_url: str | None = None
    """A reranking server's whole address, ending in /rerank (text-embeddings-inference, vLLM, llama.cpp)."""
    reranker_model: str | None = None
    """The model's name on that server; without a server, a cross-encoder by local folder or name (extra
    `transformers`)."""
    reranker_api_key: SecretStr | None = None
    late_interaction: bool = True
    """Without either of these, the default embedder's token states put the first passages in order."""
    reranker_candidates: int = Field(default=10, ge=1, le=100)
    """So many of the best passages are put in order anew."""
    reranker_timeout_s: float = Field(default=0.5, ge=0)
    """Longest that may take, in seconds; what was not read by then keeps its order."""

    entailment_model: str | None = None
    """A cross-encoder for natural language inference by local folder or name (extra `transformers`); it judges claims
    beside their words."""
    entailment_threshold: float = Field(default=0.9, ge=0.5, le=1)
    """The probability from which its word counts."""

    chat_backend: Literal["quotes", "openai", "gguf", "transformers"] = "quotes"
    chat_url: str | None = None
    """Base URL of an OpenAI-compatible server, ending in /v1 (backend `openai`)."""
    chat_api_key: SecretStr | None = None
    chat_model: str | None = None
    """Model name on the server, GGUF file, or transformers folder, by backend."""
    chat_timeout_s: float = 60.0
    """Longest wait for the first token, and between two tokens, in seconds."""
    chat_max_tokens: int = 512
    chat_context_tokens: int = 8192
    """Tokens a prompt and its answer may take together."""
    chat_tokenizer: str = "server"
    """What counts tokens: `server` (its `/tokenize`, else an estimate), `mistral-v1`, `-v2`, `-v3`, `-v7`, `-tekken`
    (extra `mistral`), or the path of a tokenizer's file or of a model's folder."""
    chat_temperature: float = 0.0
    chat_structured: bool = False
    """The server keeps to a JSON schema (vLLM, llama.cpp; also the backend `gguf`): each claim names its passages."""
    chat_follow_ups: bool = True
    """The chat model rewrites follow-ups to stand alone; False: words of the earlier questions are added by a rule."""
    chat_parts: bool = True
    """The chat model parts questions that compare or join things; each part is searched besides the whole."""
    chat_question_timeout_s: float = Field(default=5.0, gt=0)
    """Longest time for each of the two, in seconds; then the question is searched the plain way."""
    chat_threads: int | None = None
    """Threads of the backend `gguf`; None: all available cores but one."""

    claim_check: ClaimCheck = ClaimCheck.STRICT
    """What becomes of a model's claims without proof: `strict` removes them and says so, `flag` keeps and marks them,
    `off` checks none. A corpus can have its own."""
    refusal_threshold: float = 0.45
    """Answerability below which the question is refused (0 to 1)."""
    sources_per_answer: int = 6
    neighbours_of: int = Field(default=1, ge=0, le=20)
    """So many of the best sources are put to a language model with the passages right before and after them."""

    parse_workers: int = 2
    parse_wall_time_s: float = 120.0
    parse_cpu_time_s: float = 120.0
    parse_memory_mb: int = 2048
    max_file_mb: int = 200
    ocr_data_dir: Path | None = None
    """Folder with tesseract's language data; None: Debian's place."""
    worker_concurrency: int = 2
    quarantine_threshold: float = 0.4
    """Score (0 to 1) from which a document is set aside until a person has looked at it; above 1: never."""
    withdrawal_guard_share: float = 0.5
    """A load that would withdraw more than this share of a source's documents needs a confirmation."""


def default_model_folder(settings: Settings) -> Path:
    """Where `sourcier setup` puts the default embedding model."""
    return settings.data_dir / "models" / "multilingual-e5-small-int8"
