"""Any sentence-transformers model, from a folder or from the hub's local cache. Needs the extra `transformers`."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcier_core.display import encodable
from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity
from sourcier_core.embedding.manifest import file_sha256
from sourcier_core.errors import EmbeddingModelMissing, ExtraMissing, ModelFileCorrupt

_BATCH = 32
_MEANINGFUL = frozenset({".bin", ".json", ".model", ".safetensors", ".txt"})
"""Files that decide what vectors a model makes; a changed README does not change the model."""


class SentenceTransformersEmbedder:
    """`Embedder` on a sentence-transformers model; its own prompts for queries and documents are used. Thread-safe."""

    def __init__(self, model: Any, identity: EmbeddingModelIdentity) -> None:
        self._model = model
        self._identity = identity
        self._lock = threading.Lock()  # fast tokenizers fail when two threads use one ("Already borrowed")

    @classmethod
    def open(cls, name: str) -> "SentenceTransformersEmbedder":
        """Load a model. Nothing is downloaded.

        Args:
            name: a folder, or a model's name when it was downloaded to the hub's cache before.

        Raises:
            ExtraMissing: sentence-transformers is not installed.
            EmbeddingModelMissing: the model is not on this machine.
            ModelFileCorrupt: the model cannot be loaded.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            # Loads torch: seconds and hundreds of megabytes, only when such a model is chosen.
            from huggingface_hub import snapshot_download  # noqa: PLC0415
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
            from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415
        except ImportError as error:
            raise ExtraMissing(
                f"The embedding model {name!r} needs sentence-transformers: pip install 'sourcier[transformers]'."
            ) from error
        disable_progress_bar()
        folder = _find_folder(name, snapshot_download)
        short_name = folder.resolve().name if Path(name).expanduser() == folder else name
        try:
            model = SentenceTransformer(str(folder), local_files_only=True)
            model.prompts.update(_complete_prompts(model.prompts, short_name))
            probe = np.asarray(model.encode_query("probe", show_progress_bar=False))
        except Exception as error:  # transformers, torch and safetensors each raise their own for a bad folder
            raise ModelFileCorrupt(f"The embedding model in {folder} cannot be loaded: {error}") from error
        fingerprint = _fingerprint(folder, model.prompts)
        return cls(
            model, EmbeddingModelIdentity(name=short_name, fingerprint=fingerprint, dimension=int(probe.shape[-1]))
        )

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """The folder's or the model's name; fingerprint over the weights, tokenizer, configuration and prompts."""
        return self._identity

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length, in the order given."""
        result = np.empty((len(texts), self._identity.dimension), np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(texts), _BATCH):
            rows = by_length[start : start + _BATCH]
            with self._lock:
                result[rows] = self._encode(self._model.encode_document, [texts[row] for row in rows])
        return result

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        with self._lock:
            return self._encode(self._model.encode_query, [text])[0]

    def close(self) -> None:
        """Nothing to release."""

    @staticmethod
    def _encode(encode: Any, texts: list[str]) -> NDArray[np.float32]:
        sent = [encodable(text) for text in texts]
        vectors = encode(sent, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, np.float32)


def _find_folder(name: str, snapshot_download: Any) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:  # not in the cache, or not a name the hub would accept
        raise EmbeddingModelMissing(
            f"The embedding model {name!r} is neither a folder nor in the hub's cache on this machine. Nothing is "
            f"downloaded at run time: run `hf download {name}` where the hub is reachable, or copy the model's folder."
        ) from error


def _complete_prompts(prompts: Mapping[str, str | None], name: str) -> dict[str, str]:
    """The prompts of both sides, under the names the library looks up first.

    A model may call its document prompt `passage` or `corpus`, and the library would take its own empty `document`.
    The E5 family was trained with prefixes that its published configurations leave out.
    """
    query = prompts.get("query") or ""
    document = next((found for side in ("document", "passage", "corpus") if (found := prompts.get(side))), "")
    words = re.split(r"[^a-z0-9]+", name.lower())
    if not any(prompts.values()) and "e5" in words and "instruct" not in words:
        query, document = "query: ", "passage: "
    return {"query": query, "document": document}


def _fingerprint(folder: Path, prompts: Mapping[str, str | None]) -> str:
    total = hashlib.sha256(json.dumps(dict(prompts), sort_keys=True).encode())
    files = [path for path in folder.rglob("*") if path.suffix in _MEANINGFUL and path.is_file()]
    for path in sorted(files, key=lambda path: path.relative_to(folder).as_posix()):
        total.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path)}\n".encode())
    return total.hexdigest()
