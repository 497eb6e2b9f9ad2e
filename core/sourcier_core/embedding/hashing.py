"""A small deterministic embedder without a model: the in-memory twin of the real ones, for fast tests."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity
from sourcier_core.embedding.bm25 import analyse


class HashingEmbedder:
    """Each word adds a fixed pseudo-random direction; texts that share words are near each other."""

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Name and dimension; the fingerprint is constant."""
        return EmbeddingModelIdentity(name="hashing", fingerprint="hashing-1", dimension=self._dimension)

    def _direction(self, term: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self._dimension).astype(np.float32)

    def _embed(self, text: str) -> DenseVector:
        total = np.full(self._dimension, 1e-3, np.float32)
        for term in analyse(text, "fr"):
            total += self._direction(term)
        return (total / np.linalg.norm(total)).astype(np.float32)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length."""
        return np.array([self._embed(text) for text in texts], np.float32).reshape(len(texts), self._dimension)

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        return self._embed(text)

    def passage_token_states(self, text: str) -> NDArray[np.float32]:
        """See TokenStateEncoder: one row for each word, whatever stands around it."""
        return np.array([self._embed(term) for term in analyse(text, "fr") or [""]], np.float32)

    def query_token_states(self, text: str) -> NDArray[np.float32]:
        """See TokenStateEncoder."""
        return self.passage_token_states(text)
