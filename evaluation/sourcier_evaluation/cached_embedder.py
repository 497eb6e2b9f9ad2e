"""An embedder that remembers vectors on disk, so that a second run of an evaluation takes seconds."""

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder

_BATCH = 64


class CachedEmbedder:
    """Wraps an `Embedder`. One file a model; `save` writes what is new. Not for several processes at once."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        """Wrap `embedder`; `folder` None remembers in memory only."""
        self._embedder = embedder
        self._path = None if folder is None else folder / f"{embedder.identity.fingerprint[:16]}.npz"
        self._vectors: dict[bytes, DenseVector] = {}
        self._changed = False
        if self._path is not None and self._path.is_file():
            self._load(self._path)

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """The wrapped model's."""
        return self._embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder."""
        keys = [_key("passage", text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._vectors}
        wanted = list(missing.items())
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            vectors = self._embedder.embed_passages([text for _, text in batch])
            self._remember([key for key, _ in batch], vectors)
        found = np.array([self._vectors[key] for key in keys], np.float32)
        return found.reshape(len(texts), self.identity.dimension)

    def embed_query(self, text: str) -> DenseVector:
        """See Embedder."""
        key = _key("query", text)
        if key not in self._vectors:
            self._remember([key], [self._embedder.embed_query(text)])
        return self._vectors[key]

    def save(self) -> None:
        """Write the vectors, whole or not at all."""
        if self._path is None or not self._changed:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        keys = np.frombuffer(b"".join(self._vectors), np.uint8).reshape(-1, hashlib.sha256().digest_size)
        with tempfile.NamedTemporaryFile(dir=self._path.parent, suffix=".npz", delete=False) as file:
            np.savez(file, keys=keys, vectors=np.array(list(self._vectors.values()), np.float32))
        Path(file.name).replace(self._path)
        self._changed = False

    def _remember(self, keys: Sequence[bytes], vectors: Sequence[DenseVector] | NDArray[np.float32]) -> None:
        self._vectors.update(zip(keys, vectors, strict=True))
        self._changed = True

    def _load(self, path: Path) -> None:
        try:
            with path.open("rb") as file, np.load(file) as stored:
                keys, vectors = stored["keys"], stored["vectors"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return  # a damaged cache is only slower
        if vectors.shape == (len(keys), self.identity.dimension):
            self._vectors = {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}


def _key(side: str, text: str) -> bytes:
    return hashlib.sha256(f"{side}\0{text}".encode("utf-8", "replace")).digest()


def read_cached_vectors(path: Path) -> NDArray[np.float32]:
    """All vectors of a cache file, shape (texts, dimension). Raises InvalidRequest when it is none."""
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return np.asarray(stored["vectors"], np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidRequest(f"{path} is no cache of vectors.") from error
