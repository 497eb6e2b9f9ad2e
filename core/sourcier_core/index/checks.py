"""What every index checks before it works, so that all of them refuse the same things with the same words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity, IndexPoint, SparseVector
from sourcier_core.errors import EmbeddingModelChanged, InvalidRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_TERM = 2**32 - 1
_SEARCH_WIDTH = 256
_WIDTHS_OF_A_LIMIT = 5


def to_microseconds(date: datetime) -> int:
    """Microseconds since 1970 in UTC, exact. A double, which engines compare with, holds them until the year 2255.

    Raises InvalidRequest when the date has no time zone.
    """
    if date.tzinfo is None:
        raise InvalidRequest("A date of validity needs a time zone.")
    return (date - _EPOCH) // timedelta(microseconds=1)


def search_width(limit: int) -> int:
    """How many candidates a walk through the graph keeps (`ef` in HNSW, Malkov and Yashunin 2018) for so many hits.

    256, which finds .98 of the exact hundred behind an access filter; fewer for a short list; never less than `limit`.
    """
    return max(limit, min(_SEARCH_WIDTH, limit * _WIDTHS_OF_A_LIMIT))


def check_search(query: DenseVector | SparseVector, scope: AccessScope, limit: int, dimension: int) -> None:
    """Refuse a search that could leak or make no sense.

    Raises:
        TypeError: `scope` is not an AccessScope.
        InvalidRequest: the query has another dimension or is not finite, the limit is below 1, or the date is naive.
    """
    if not isinstance(scope, AccessScope):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a search needs an AccessScope, not {type(scope).__name__}")
    to_microseconds(scope.as_of)
    if limit < 1:
        raise InvalidRequest("A search needs a limit of at least 1.", limit=limit)
    if isinstance(query, SparseVector):
        _check_sparse(query)
    else:
        _check_dense(query, dimension)


def finds_nothing(query: DenseVector | SparseVector, scope: AccessScope) -> bool:
    """Whether the answer is empty without asking the engine."""
    nothing_readable = not scope.corpora or not (scope.is_administrator or scope.groups)
    nothing_readable = nothing_readable or scope.only.versions == frozenset()
    return nothing_readable or (isinstance(query, SparseVector) and not query.indices)


def check_points(points: Sequence[IndexPoint], dimension: int) -> None:
    """Refuse a batch when one of its points is malformed; raises InvalidRequest."""
    for point in points:
        _check_dense(point.dense, dimension)
        _check_sparse(point.sparse)
        for date in (point.valid_from, point.valid_to):
            if date is not None:
                to_microseconds(date)


def check_identity(stored: EmbeddingModelIdentity, wanted: EmbeddingModelIdentity, location: str) -> None:
    """Raises EmbeddingModelChanged when an index was made by another model."""
    if stored == wanted:
        return
    raise EmbeddingModelChanged(
        f"The index at {location} was built with {_describe(stored)}, but the model is now {_describe(wanted)}.",
        stored=_details(stored),
        wanted=_details(wanted),
    )


def _check_dense(vector: DenseVector, dimension: int) -> None:
    if vector.shape != (dimension,):
        raise InvalidRequest(f"A vector has shape {vector.shape} where the index needs ({dimension},).")
    if not bool(np.isfinite(vector).all()):
        raise InvalidRequest("A vector contains a value that is not a finite number.")


def _check_sparse(vector: SparseVector) -> None:
    if len(vector.indices) != len(vector.values):
        raise InvalidRequest("A sparse vector needs as many values as indices.")
    if len(set(vector.indices)) != len(vector.indices):
        raise InvalidRequest("A sparse vector has the same index twice.")
    if any(not 0 <= index <= _LARGEST_TERM for index in vector.indices):
        raise InvalidRequest("An index of a sparse vector is not an unsigned 32-bit number.")
    if not bool(np.isfinite(np.asarray(vector.values, dtype=np.float32)).all()):
        raise InvalidRequest("A sparse vector contains a value that is not a finite number.")


def _describe(identity: EmbeddingModelIdentity) -> str:
    return f"{identity.name!r} ({identity.dimension} dimensions, {identity.fingerprint[:12]})"


def _details(identity: EmbeddingModelIdentity) -> dict[str, str | int]:
    return {"name": identity.name, "fingerprint": identity.fingerprint, "dimension": identity.dimension}
