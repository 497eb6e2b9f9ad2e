"""A very cheap deterministic embedder, for measurements that are about everything but the model."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity

_BUCKETS = 4096


class WordProjection:
    """Adds up one fixed random direction a word (4,096 of them, chosen by CRC-32) and scales to unit length.

    `sourcier_core.embedding.hashing` stems each word and draws its direction anew: milliseconds a passage, which would
    be most of what is measured. Words that share a direction do not matter here.
    """

    def __init__(self, dimension: int = 384) -> None:
        self._directions = np.random.default_rng(20261123).standard_normal((_BUCKETS, dimension)).astype(np.float32)

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Name and dimension; the fingerprint is constant."""
        dimension = self._directions.shape[1]
        return EmbeddingModelIdentity(
            name="word-projection", fingerprint=f"word-projection-1-{dimension}", dimension=dimension
        )

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        words = text.casefold().split() or [""]
        buckets = [zlib.crc32(word.encode("utf-8", "surrogatepass")) % _BUCKETS for word in words]
        total = self._directions[buckets].sum(axis=0)
        return (total / np.linalg.norm(total)).astype(np.float32)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length."""
        vectors = [self.embed_query(text) for text in texts]
        return np.array(vectors, np.float32).reshape(len(texts), self._directions.shape[1])
