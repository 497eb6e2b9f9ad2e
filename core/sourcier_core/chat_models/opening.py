"""Opens the chat model that the settings name, with everything an answer needs to know about it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel

from sourcier_core.chat_models.gguf_server import GgufServer
from sourcier_core.chat_models.local_tokenizer import SERVER, open_token_counter
from sourcier_core.chat_models.tokens import ServerTokenCounter, TokenCounter, estimate_tokens
from sourcier_core.errors import ConfigurationError
from sourcier_core.settings import Settings

_QUESTION_TOKENS = 200


@dataclass(frozen=True, kw_only=True)
class ChatBackend:
    """A chat model (None: quotes only), how it is recorded, and what must be closed with it."""

    model: BaseChatModel | None
    identity: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Backend, model name and decoding parameters, as stored with each answer. No secret."""
    question_model: BaseChatModel | None = None
    """The same model for short texts beside the answer: few tokens, greedy, no schema."""
    count_tokens: TokenCounter = estimate_tokens
    server: GgufServer | None = None
    client: httpx.AsyncClient | None = None

    async def aclose(self) -> None:
        """Close connections and stop the local server."""
        if self.client is not None:
            await self.client.aclose()
        if isinstance(self.count_tokens, ServerTokenCounter):
            self.count_tokens.close()
        if self.server is not None:
            self.server.close()


def open_chat_backend(settings: Settings) -> ChatBackend:
    """The chat model of `settings`. A local model is loaded before this returns; a server is not contacted.

    Raises:
        ConfigurationError: a setting is missing, or a local model cannot be loaded.
        ExtraMissing: the backend's optional extra is not installed.
        ChatModelUnavailable: the local model server did not start.
    """
    if settings.chat_backend == "quotes":
        return ChatBackend(model=None)
    if not settings.chat_model:
        raise ConfigurationError(f"The chat backend `{settings.chat_backend}` needs SOURCIER_CHAT_MODEL.")
    if settings.chat_backend == "transformers":
        if settings.chat_structured:
            raise ConfigurationError("SOURCIER_CHAT_STRUCTURED needs the chat backend `openai` or `gguf`.")
        if settings.chat_tokenizer != SERVER:
            raise ConfigurationError("SOURCIER_CHAT_TOKENIZER is for servers; `transformers` has the model's own.")
        return _open_transformers(settings, settings.chat_model)
    local = None if settings.chat_tokenizer == SERVER else open_token_counter(settings.chat_tokenizer)
    if settings.chat_backend == "gguf":
        threads = settings.chat_threads or max(1, len(os.sched_getaffinity(0)) - 1)
        path = Path(settings.chat_model)
        server = GgufServer(path, threads=threads, context_tokens=settings.chat_context_tokens)
        return _open_server(settings, server.url, path.name, local, server)
    if not settings.chat_url:
        raise ConfigurationError("The chat backend `openai` needs SOURCIER_CHAT_URL.")
    return _open_server(settings, settings.chat_url, settings.chat_model, local)


def _identity(settings: Settings, model: str) -> dict[str, Any]:
    return {
        "backend": settings.chat_backend,
        "model": model,
        "temperature": settings.chat_temperature,
        "max_tokens": settings.chat_max_tokens,
        "context_tokens": settings.chat_context_tokens,
        "structured": settings.chat_structured,
        "tokenizer": settings.chat_tokenizer,
    }


def _open_server(
    settings: Settings, url: str, model: str, local: TokenCounter | None, server: GgufServer | None = None
) -> ChatBackend:
    # langchain-openai takes a second to import: only when a server is used.
    from sourcier_core.chat_models.openai_compatible import build_openai_model, local_http_client  # noqa: PLC0415

    client = local_http_client(settings.chat_timeout_s)

    def build(max_tokens: int, temperature: float, *, structured: bool) -> BaseChatModel:
        return build_openai_model(
            url=url,
            model=model,
            api_key=settings.chat_api_key,
            timeout_s=settings.chat_timeout_s,
            max_tokens=max_tokens,
            temperature=temperature,
            client=client,
            structured=structured,
        )

    return ChatBackend(
        model=build(settings.chat_max_tokens, settings.chat_temperature, structured=settings.chat_structured),
        question_model=build(_QUESTION_TOKENS, 0.0, structured=False),
        identity=_identity(settings, model),
        count_tokens=local or ServerTokenCounter(url, model, settings.chat_api_key),
        server=server,
        client=client,
    )


def _open_transformers(settings: Settings, folder: str) -> ChatBackend:
    from sourcier_core.chat_models.transformers_local import build_transformers_model  # noqa: PLC0415

    model = build_transformers_model(
        Path(folder), max_tokens=settings.chat_max_tokens, temperature=settings.chat_temperature
    )
    return ChatBackend(
        model=model,
        question_model=model.model_copy(update={"max_tokens": _QUESTION_TOKENS, "temperature": 0.0}),
        identity=_identity(settings, Path(folder).name),
        count_tokens=model.count_tokens,
    )
