"""The doorway to Qdrant Edge: one shard, spoken to in the domain's words."""

import contextlib
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

from sourcier_core.access import AccessScope
from sourcier_core.disk_space import RESERVE_MB, DiskReserve
from sourcier_core.domain.identifiers import PassageId, VersionId
from sourcier_core.domain.search import DenseVector, IndexPoint, ScoredPoint, SparseVector
from sourcier_core.errors import EngineUnavailable, StorageFull
from sourcier_core.index.checks import search_width, to_microseconds
from sourcier_core.index.edge_files import clear_interrupted_work, sync_folders
from sourcier_core.index.payload import (
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    RETURNED_FIELDS,
    groups_payload,
    point_payload,
    scored_point,
    validity_payload,
)

_BATCH = 500
_VERSION_BATCH = 5000
_BYTES_PER_NUMBER = 16
"""What a stored number takes, twice over: as a vector and in the log (measured: 12)."""
_BYTES_PER_POINT = 4096
"""The rest of a point: its payload and the indexes over it (measured: 2,000 with 60 sparse terms)."""
_PANIC_MODULE = "pyo3_runtime"
"""Where a Rust panic's type says it lives. It cannot be imported, and is no Exception: no border would stop it."""
_SMALLEST_GRAPH_KB = 1
"""Every segment gets a graph once optimisation is asked for; when to ask is decided outside of the engine."""


class EdgeShardHandle:
    """One open shard. Calls hold the GIL, so they do not overlap; `close` must not race with another call.

    Every write asks for room first and raises StorageFull: on a full disk Edge's memory maps would end the process.
    """

    def __init__(self, shard: edge.EdgeShard, folder: Path, reserve: DiskReserve) -> None:
        self._shard = shard
        self._reserve = reserve
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, dimension: int, *, reserve_mb: int = RESERVE_MB) -> "EdgeShardHandle":
        """Make an empty shard at a folder that does not exist."""
        reserve = DiskReserve(folder, reserve_mb)
        reserve.for_changes()
        with engine_errors():
            config = edge.EdgeConfig(
                vectors={"dense": edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)},
                sparse_vectors={"sparse": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
                optimizers=edge.EdgeOptimizersConfig(indexing_threshold=_SMALLEST_GRAPH_KB),
                wal_enabled=True,
            )
            folder.mkdir(parents=True)
            shard = edge.EdgeShard.create(str(folder), config)
            _index_fields(shard)
            return cls(shard, folder, reserve)

    @classmethod
    def load(cls, folder: Path, *, reserve_mb: int = RESERVE_MB) -> "EdgeShardHandle":
        """Open a shard. Raises EngineUnavailable when its files cannot be read or something holds its WAL."""
        clear_interrupted_work(folder)
        reserve = DiskReserve(folder, reserve_mb)
        reserve.for_changes()  # its log is replayed
        with engine_errors():
            shard = edge.EdgeShard.load(str(folder))
            _index_fields(shard)
            return cls(shard, folder, reserve)

    def search(self, query: DenseVector | SparseVector, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """The best points open to the scope."""
        if isinstance(query, SparseVector):
            vector: Any = edge.SparseVector(list(query.indices), list(query.values))
            nearest = edge.Query.Nearest(vector, using="sparse")
        else:
            nearest = edge.Query.Nearest(query.tolist(), using="dense")
        request = edge.QueryRequest(
            limit=limit,
            query=nearest,
            filter=_scope_filter(scope),
            with_payload=RETURNED_FIELDS,
            with_vector=False,
            params=edge.SearchParams(hnsw_ef=search_width(limit)),
        )
        with engine_errors():
            found = self._shard.query(request)
        return [scored_point(str(point.id), point.score, point.payload or {}) for point in found]

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points; after a crash, batches of 500 may be there in part."""
        for start in range(0, len(points), _BATCH):
            chosen = points[start : start + _BATCH]
            numbers = sum(len(point.dense) + len(point.sparse.indices) for point in chosen)
            self._write(
                edge.UpdateOperation.upsert_points([_to_point(point) for point in chosen]),
                adds=numbers * _BYTES_PER_NUMBER + len(chosen) * _BYTES_PER_POINT,
            )

    def set_validity(self, version: VersionId, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """Set both dates on a version's points; None removes the date."""
        payload = validity_payload(valid_from, valid_to)
        self._write(edge.UpdateOperation.set_payload_by_filter(_version_filter(version), payload))

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """Set the groups that may read a version's points."""
        self._write(edge.UpdateOperation.set_payload_by_filter(_version_filter(version), groups_payload(groups)))

    def delete_version(self, version: VersionId) -> None:
        """Remove a version's points."""
        self._write(edge.UpdateOperation.delete_points_by_filter(_version_filter(version)))

    def version_points(self, version: VersionId) -> int:
        """How many points a version has."""
        with engine_errors():
            return self._shard.count(edge.CountRequest(filter=_version_filter(version)))

    def points(self) -> int:
        """How many points there are."""
        with engine_errors():
            return self._shard.count(edge.CountRequest())

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """The passages of a version that have a point."""
        return frozenset(
            str(point.id) for batch in self._version_batches(version, with_content=False) for point in batch
        )

    def version_batch(self, offset: Any) -> tuple[list[VersionId], Any]:
        """The versions of some points, and where to go on (None: at the end)."""
        request = edge.ScrollRequest(
            offset=offset, limit=_VERSION_BATCH, with_payload=["version_id"], with_vector=False
        )
        with engine_errors():
            records, following = self._shard.scroll(request)
        return [str((record.payload or {})["version_id"]) for record in records], following

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """The stored dense vectors of those passages that have a point."""
        with engine_errors():
            records = self._shard.retrieve(list(passages), with_payload=False, with_vector=["dense"])
        return {str(record.id): _dense(record.vector) for record in records}

    def flush(self) -> None:
        """Return when everything written survives a power cut."""
        self._reserve.for_changes()
        with engine_errors():
            self._shard.flush()
            sync_folders(self.folder)

    def optimize(self) -> None:
        """Build graphs. Holds the GIL for minutes: only ever in a process of its own."""
        with engine_errors():
            self._shard.optimize()

    def close(self) -> None:
        """Flush and release the shard. Where there is no room it is not flushed: its log, replayed, has the rest."""
        with contextlib.suppress(StorageFull):
            self._reserve.for_changes()
            with engine_errors():
                self._shard.flush()
        with engine_errors():
            self._shard.close()

    def copy_versions(self, versions: Iterable[VersionId], target: "EdgeShardHandle") -> None:
        """Make these versions in `target` equal to what they are here, points and absence of points alike."""
        for version in versions:
            target.delete_version(version)
            for batch in self._version_batches(version):
                target._write(edge.UpdateOperation.upsert_points(batch), adds=_bytes_of(batch))

    def _write(self, change: Any, *, adds: int = 0) -> None:
        """Change the shard when there is room. Raises StorageFull or EngineUnavailable."""
        if adds:
            self._reserve.for_additions(adds)
        else:
            self._reserve.for_changes()
        with engine_errors():
            self._shard.update(change)

    def _version_batches(
        self, version: VersionId, *, with_content: bool = True
    ) -> Generator[list[edge.Point], None, None]:
        offset: Any = None
        while True:
            request = edge.ScrollRequest(
                offset=offset,
                limit=_BATCH,
                filter=_version_filter(version),
                with_payload=with_content,
                with_vector=with_content,
            )
            with engine_errors():
                records, offset = self._shard.scroll(request)
            if records:
                yield [edge.Point(record.id, record.vector or {}, record.payload) for record in records]
            if offset is None:
                return


@contextlib.contextmanager
def engine_errors() -> Generator[None, None, None]:
    """Turn Edge's errors, which are bare Exceptions or Rust panics, into EngineUnavailable or StorageFull."""
    try:
        yield
    except (TypeError, ValueError, AttributeError):
        raise
    except Exception as error:  # Edge raises nothing more precise than Exception
        text = str(error)
        if "No space left" in text or "Read-only file system" in text:
            raise StorageFull("The disk that holds the index is full or read-only.") from error
        raise EngineUnavailable(f"Qdrant Edge failed: {text[:300]}") from error
    except BaseException as error:
        if type(error).__module__ != _PANIC_MODULE:
            raise
        raise EngineUnavailable(f"Qdrant Edge stopped on an internal error: {str(error)[:300]}") from error


def _index_fields(shard: edge.EdgeShard) -> None:
    """Make the payload indexes a shard does not have; an older Sourcier may have made it with fewer."""
    known = shard.info().payload_schema
    for kinds, schema in ((KEYWORD_FIELDS, "Keyword"), (INTEGER_FIELDS, "Integer")):
        for name in kinds:
            if name not in known:
                kind = getattr(edge.PayloadSchemaType, schema)
                shard.update(edge.UpdateOperation.create_field_index(name, kind))


def _to_point(point: IndexPoint) -> edge.Point:
    sparse = edge.SparseVector(list(point.sparse.indices), list(point.sparse.values))
    return edge.Point(point.passage_id, {"dense": point.dense.tolist(), "sparse": sparse}, point_payload(point))


def _bytes_of(batch: Sequence[edge.Point]) -> int:
    numbers = sum(len(_dense(point.vector)) + len(_sparse_terms(point.vector)) for point in batch)
    return numbers * _BYTES_PER_NUMBER + len(batch) * _BYTES_PER_POINT


def _sparse_terms(vectors: Any) -> Sequence[int]:
    return vectors["sparse"].indices if "sparse" in vectors else ()


def _dense(vectors: Any) -> DenseVector:
    return np.asarray(vectors["dense"], np.float32)


def _version_filter(version: VersionId) -> edge.Filter:
    return edge.Filter(must=[edge.FieldCondition("version_id", match=edge.MatchValue(version))])


def _scope_filter(scope: AccessScope) -> edge.Filter:
    as_of = to_microseconds(scope.as_of)
    begun = edge.Filter(
        should=[
            edge.IsEmptyCondition("valid_from"),
            edge.FieldCondition("valid_from", range=edge.RangeFloat(lte=as_of)),
        ]
    )
    must: list[Any] = [edge.FieldCondition("corpus_id", match=edge.MatchAny(sorted(scope.corpora))), begun]
    if not scope.is_administrator:
        must.append(edge.FieldCondition("groups", match=edge.MatchAny(sorted(scope.groups))))
    if scope.only.languages:
        must.append(edge.FieldCondition("language", match=edge.MatchAny(sorted(scope.only.languages))))
    if scope.only.versions is not None:
        must.append(edge.FieldCondition("version_id", match=edge.MatchAny(sorted(scope.only.versions))))
    ended = edge.FieldCondition("valid_to", range=edge.RangeFloat(lte=as_of))
    return edge.Filter(must=must, must_not=[ended])
