"""The exact in-memory twin: scores and filters as Qdrant does, point by point, in numpy."""

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from sourcier_core.access import AccessScope
from sourcier_core.domain.identifiers import PassageId, VersionId
from sourcier_core.domain.search import (
    DenseVector,
    EmbeddingModelIdentity,
    IndexDescription,
    IndexPoint,
    ScoredPoint,
    SparseVector,
)
from sourcier_core.index.checks import check_points, check_search, finds_nothing, to_microseconds


def is_open_to(point: IndexPoint, scope: AccessScope) -> bool:
    """Whether the engine's filter lets a point through. It is a superset of what PostgreSQL lets through."""
    readable = scope.is_administrator or bool(point.groups & scope.groups)
    begun = point.valid_from is None or point.valid_from <= scope.as_of
    ended = point.valid_to is not None and point.valid_to <= scope.as_of
    only = scope.only
    asked = not only.languages or point.language in only.languages
    asked = asked and (only.versions is None or point.version_id in only.versions)
    return point.corpus_id in scope.corpora and readable and begun and not ended and asked


def inverse_document_frequency(points_with_term: int, points: int) -> float:
    """Qdrant's IDF; `points` counts those with a sparse vector that is not empty, whatever the filter.

    Qdrant also goes on counting deleted and replaced points until the segment they were in is rebuilt; the twin
    forgets them at once, so its scores can differ a little after deletions.
    """
    return math.log((points - points_with_term + 0.5) / (points_with_term + 0.5) + 1.0)


class InMemoryPassageIndex:
    """A PassageIndex that forgets everything with its process. For tests and small evaluations. Thread-safe."""

    def __init__(self, identity: EmbeddingModelIdentity) -> None:
        self._identity = identity
        self._points: dict[PassageId, IndexPoint] = {}
        self._lock = threading.RLock()

    def search(self, query: DenseVector | SparseVector, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """See PassageSearcher. Raises TypeError for a scope of another type, InvalidRequest for a bad query."""
        check_search(query, scope, limit, self._identity.dimension)
        if finds_nothing(query, scope):
            return []
        with self._lock:
            scores = self._sparse_scores(query) if isinstance(query, SparseVector) else self._dense_scores(query)
            found = [
                ScoredPoint(
                    passage_id=key,
                    version_id=self._points[key].version_id,
                    score=score,
                    language=self._points[key].language,
                )
                for key, score in scores.items()
                if is_open_to(self._points[key], scope)
            ]
        return sorted(found, key=lambda point: (-point.score, point.passage_id))[:limit]

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """See PassageWriter. Raises InvalidRequest, changing nothing, when a point is malformed."""
        check_points(points, self._identity.dimension)
        with self._lock:
            self._points.update({point.passage_id: replace(point, dense=point.dense.copy()) for point in points})

    def set_validity(self, version: VersionId, *, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """See PassageWriter. Raises InvalidRequest for a date without a time zone."""
        for date in (valid_from, valid_to):
            if date is not None:
                to_microseconds(date)
        with self._lock:
            for key, point in self._points.items():
                if point.version_id == version:
                    self._points[key] = replace(point, valid_from=valid_from, valid_to=valid_to)

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """See PassageWriter."""
        with self._lock:
            for key, point in self._points.items():
                if point.version_id == version:
                    self._points[key] = replace(point, groups=groups)

    def delete_version(self, version: VersionId) -> None:
        """See PassageWriter."""
        with self._lock:
            self._points = {key: point for key, point in self._points.items() if point.version_id != version}

    def flush(self) -> None:
        """Nothing to do: memory does not survive anything."""

    def describe(self) -> IndexDescription:
        """Engine, place, counts and model."""
        with self._lock:
            count = len(self._points)
        return IndexDescription(
            engine="memory", location="memory", points=count, graph_indexed_points=None, model=self._identity
        )

    def version_points(self, version: VersionId) -> int:
        """How many points a version has."""
        with self._lock:
            return sum(point.version_id == version for point in self._points.values())

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """The passages of a version that have a point."""
        with self._lock:
            return frozenset(key for key, point in self._points.items() if point.version_id == version)

    def count_by_version(self) -> dict[VersionId, int]:
        """How many points each version has."""
        with self._lock:
            return dict(Counter(point.version_id for point in self._points.values()))

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """The vectors of those passages that have a point."""
        with self._lock:
            return {key: _unit(self._points[key].dense) for key in passages if key in self._points}

    def close(self) -> None:
        """Nothing to release."""

    def _dense_scores(self, query: DenseVector) -> dict[PassageId, float]:
        unit_query = _unit(query)
        return {key: float(np.dot(_unit(point.dense), unit_query)) for key, point in self._points.items()}

    def _sparse_scores(self, query: SparseVector) -> dict[PassageId, float]:
        frequencies = Counter(index for point in self._points.values() for index in point.sparse.indices)
        counted = sum(bool(point.sparse.indices) for point in self._points.values())
        weights = {
            index: value * inverse_document_frequency(frequencies[index], counted)
            for index, value in zip(query.indices, query.values, strict=True)
        }
        scores: dict[PassageId, float] = {}
        for key, point in self._points.items():
            products = [
                weights[index] * value
                for index, value in zip(point.sparse.indices, point.sparse.values, strict=True)
                if index in weights
            ]
            if products:
                scores[key] = math.fsum(products)
        return scores


def _unit(vector: DenseVector) -> DenseVector:
    length = float(np.linalg.norm(vector))
    return vector if length == 0.0 else (vector / np.float32(length)).astype(np.float32)
