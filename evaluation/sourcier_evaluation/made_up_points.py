"""Passages that exist as vectors only: clustered directions, Zipf words, corpora and groups; the same for a seed."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import DenseVector, IndexPoint, SparseVector
from sourcier_core.errors import InvalidRequest

CORPORA = ("corpus-0", "corpus-1", "corpus-2")
GROUPS = tuple(f"group-{number}" for number in range(20))
_PASSAGES_A_CLUSTER = 100
_PASSAGES_A_VERSION = 10
_SPREAD = 1.0
"""Length of a passage's own direction beside its cluster's: two passages of a cluster have a cosine near one half."""
_VOCABULARY = 50_000
_ZIPF_EXPONENT = 1.07
_TERMS_A_PASSAGE = 90
_TERMS_A_QUERY = 8
_SATURATION = 1.2
_BEGUN = datetime(2020, 1, 1, tzinfo=UTC)
_QUERY_SEED = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A made-up question: a direction near some passage, and words."""

    dense: DenseVector
    sparse: SparseVector


class MadeUpPoints:
    """So many passages of a dimension; `dense` has shape (count, dimension), rows of unit length.

    With `vectors`, shape (rows, dimension), they are real ones in any order, and questions are the rows left over.

    Raises:
        InvalidRequest: there are not more vectors than passages.
    """

    def __init__(
        self, count: int, dimension: int, *, seed: int = 0, vectors: NDArray[np.float32] | None = None
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._left: NDArray[np.float32] | None = None
        if vectors is None:
            self.dense = self._clustered(count, dimension)
        else:
            if len(vectors) <= count:
                raise InvalidRequest(f"There are {len(vectors)} vectors; {count} passages and questions need more.")
            mixed = _unit(vectors[self._random.permutation(len(vectors))])
            self.dense, self._left = mixed[:count], mixed[count:]
        ranks = np.arange(1, _VOCABULARY + 1, dtype=np.float64)
        self._word_sums = np.cumsum(ranks**-_ZIPF_EXPONENT)
        versions = -(-count // _PASSAGES_A_VERSION)
        self._corpus = self._random.integers(len(CORPORA), size=versions)
        self._groups = self._random.integers(len(GROUPS), size=(versions, 2))

    def _clustered(self, count: int, dimension: int) -> NDArray[np.float32]:
        centres = _directions(self._random, max(1, count // _PASSAGES_A_CLUSTER), dimension)
        cluster = self._random.integers(len(centres), size=count)
        own = _directions(self._random, count, dimension) * np.float32(_SPREAD)
        return _unit(np.add(centres[cluster], own, dtype=np.float32))

    def points(self, start: int, end: int) -> Iterator[IndexPoint]:
        """The passages [start, end)."""
        for number in range(start, end):
            version = number // _PASSAGES_A_VERSION
            yield IndexPoint(
                passage_id=str(uuid.UUID(int=number + 1)),
                version_id=str(uuid.UUID(int=(1 << 64) + version)),
                document_id=str(uuid.UUID(int=(2 << 64) + version)),
                corpus_id=CORPORA[self._corpus[version]],
                groups=frozenset(GROUPS[group] for group in self._groups[version]),
                language="fr" if version % 2 else "en",
                dense=self.dense[number],
                sparse=self._words(self._random, _TERMS_A_PASSAGE),
                valid_from=_BEGUN,
            )

    def open_to(self, scope: AccessScope) -> NDArray[np.bool_]:
        """Which passages the scope may read, shape (count,)."""
        corpora = np.array([name in scope.corpora for name in CORPORA])[self._corpus]
        groups = np.array([name in scope.groups for name in GROUPS])[self._groups].any(axis=1)
        readable = corpora & (groups | scope.is_administrator)
        return np.repeat(readable, _PASSAGES_A_VERSION)[: len(self.dense)]

    def queries(self, count: int) -> list[Query]:
        """Questions near passages: as far from their passage as two passages of a cluster are from each other."""
        chance = np.random.default_rng(_QUERY_SEED)
        if self._left is not None:
            dense = self._left[chance.integers(len(self._left), size=count)]
            return [Query(dense=vector, sparse=self._words(chance, _TERMS_A_QUERY)) for vector in dense]
        near = self.dense[chance.integers(len(self.dense), size=count)]
        dense = _unit(near + _directions(chance, count, self.dense.shape[1]))
        return [Query(dense=vector, sparse=self._words(chance, _TERMS_A_QUERY)) for vector in dense]

    def _words(self, chance: np.random.Generator, count: int) -> SparseVector:
        drawn = np.searchsorted(self._word_sums, chance.random(count) * self._word_sums[-1])
        terms, often = np.unique(drawn, return_counts=True)
        weights = often * (_SATURATION + 1) / (often + _SATURATION)
        return SparseVector(indices=tuple(terms.tolist()), values=tuple(weights.tolist()))


def _directions(chance: np.random.Generator, count: int, dimension: int) -> NDArray[np.float32]:
    return _unit(chance.standard_normal((count, dimension), dtype=np.float32))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
