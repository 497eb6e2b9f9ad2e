"""The passage index on one machine: Qdrant Edge inside the application.

docs/decisions/0004-qdrant-edge-graph-in-a-child.md says why graphs are built as they are.
"""

import contextlib
import json
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sourcier_core.access import AccessScope
from sourcier_core.disk_space import RESERVE_MB, DiskReserve
from sourcier_core.domain.identifiers import PassageId, VersionId
from sourcier_core.domain.search import (
    DenseVector,
    EmbeddingModelIdentity,
    IndexDescription,
    IndexPoint,
    ScoredPoint,
    SparseVector,
)
from sourcier_core.errors import EngineUnavailable, StorageFull
from sourcier_core.index.checks import check_points, check_search, finds_nothing
from sourcier_core.index.edge_files import EdgeFiles, folder_bytes, storage_errors
from sourcier_core.index.edge_graph import GraphThread, OptimizerChild
from sourcier_core.index.edge_shard import EdgeShardHandle

logger = logging.getLogger(__name__)

_CATCH_UP_ROUNDS = 5
_VECTOR_BATCH = 500
_SIZES_OF_A_GRAPH = 2
"""Room for a graph, in sizes of the shard: its copy (holes and all), and the segments the optimiser makes of it."""
_BEFORE_OPENING = ""
"""Stands in `_fresh` for the points that were without a graph when the index was opened."""


class EdgePassageIndex:
    """A PassageIndex on Qdrant Edge; made by `open_edge_index`. Thread-safe."""

    def __init__(
        self,
        files: EdgeFiles,
        shard: EdgeShardHandle,
        identity: EmbeddingModelIdentity,
        *,
        optimize_threshold: int,
        reserve_mb: int,
    ) -> None:
        self._files = files
        self._reserve_mb = reserve_mb
        self._shard = shard
        self._identity = identity
        self._optimize_threshold = optimize_threshold
        self._writing = threading.RLock()
        self._access = threading.RLock()  # taken after _writing, never before it
        self._fresh: Counter[VersionId] = Counter({_BEFORE_OPENING: self._read_fresh()})
        self._touched: set[VersionId] | None = None
        self._closed = False
        self._child = OptimizerChild()
        self._graphs = GraphThread(self._graph_due, self._build_graph)
        self._graphs.ring()

    def search(self, query: DenseVector | SparseVector, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """See PassageSearcher. Raises TypeError, InvalidRequest, or EngineUnavailable (also once closed)."""
        check_search(query, scope, limit, self._identity.dimension)
        if finds_nothing(query, scope):
            return []
        with self._access:
            return self._open_shard().search(query, scope, limit)

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """See PassageWriter. Raises InvalidRequest (nothing changed), StorageFull or EngineUnavailable."""
        check_points(points, self._identity.dimension)
        with self._writing:
            self._touch(point.version_id for point in points)
            with self._access:
                self._open_shard().upsert(points)
            self._fresh.update(point.version_id for point in points)
        self._graphs.ring()

    def set_validity(self, version: VersionId, *, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """See PassageWriter. Raises InvalidRequest for a date without a time zone."""
        with self._writing:
            self._touch([version])
            with self._access:
                self._open_shard().set_validity(version, valid_from, valid_to)

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """See PassageWriter."""
        with self._writing:
            self._touch([version])
            with self._access:
                self._open_shard().set_groups(version, groups)

    def delete_version(self, version: VersionId) -> None:
        """See PassageWriter."""
        with self._writing:
            self._touch([version])
            with self._access:
                self._open_shard().delete_version(version)
            self._fresh.pop(version, None)

    def flush(self) -> None:
        """See PassageWriter. Raises StorageFull or EngineUnavailable."""
        with self._writing, storage_errors():
            with self._access:
                self._open_shard().flush()
            self._write_fresh()

    def describe(self) -> IndexDescription:
        """Engine, place, counts and model. Points in the graph are an estimate after a crash."""
        with self._writing, self._access:
            points = self._open_shard().points()
            indexed = max(0, points - self._fresh.total())
        return IndexDescription(
            engine="qdrant-edge",
            location=str(self._files.root),
            points=points,
            graph_indexed_points=indexed,
            model=self._identity,
        )

    def version_points(self, version: VersionId) -> int:
        """How many points a version has."""
        with self._access:
            return self._open_shard().version_points(version)

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """The passages of a version that have a point."""
        with self._access:
            return self._open_shard().passage_ids(version)

    def count_by_version(self) -> dict[VersionId, int]:
        """How many points each version has. Searches wait between batches only."""
        counts: Counter[VersionId] = Counter()
        offset: Any = None
        while True:
            with self._access:
                versions, offset = self._open_shard().version_batch(offset)
            counts.update(versions)
            if offset is None:
                return dict(counts)

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """The stored vectors of those passages that have a point. Searches wait between batches only."""
        found: dict[PassageId, DenseVector] = {}
        for start in range(0, len(passages), _VECTOR_BATCH):
            with self._access:
                found.update(self._open_shard().dense_vectors(passages[start : start + _VECTOR_BATCH]))
        return found

    def close(self) -> None:
        """Stop building, flush, and release the index. Twice is once."""
        self._child.stop()
        self._graphs.stop()
        with self._writing, self._access:
            if self._closed:
                return
            self._closed = True
            try:
                with contextlib.suppress(StorageFull), storage_errors():
                    self._shard.flush()
                    self._write_fresh()
                self._shard.close()
            finally:
                self._files.release()

    def _open_shard(self) -> EdgeShardHandle:
        if self._closed:
            raise EngineUnavailable("The index is closed.")
        return self._shard

    # -- graphs: everything below runs on the graph thread, but for `_touch` and the note on fresh points

    def _graph_due(self) -> bool:
        with self._writing:
            return self._fresh.total() > self._optimize_threshold

    def _build_graph(self) -> None:
        """Optimise a copy in a child, bring it up to date, and serve it instead. On failure the old one serves on."""
        generation = self._files.new_generation()
        try:
            with self._writing, storage_errors():
                shard = self._open_shard()
                shard.flush()
                reserve = DiskReserve(self._files.root, self._reserve_mb)
                reserve.for_additions(_SIZES_OF_A_GRAPH * folder_bytes(shard.folder))
                shutil.copytree(shard.folder, generation)
                self._touched = set()
            self._child.run(generation)
            self._swap_to(generation)
        finally:
            with self._writing:
                self._touched = None
            self._files.discard(generation)

    def _swap_to(self, generation: Path) -> None:
        built = EdgeShardHandle.load(generation, reserve_mb=self._reserve_mb)
        caught_up: set[VersionId] = set()
        try:
            for _ in range(_CATCH_UP_ROUNDS):
                if not (touched := self._take_touched()):
                    break
                self._shard.copy_versions(touched, built)
                caught_up |= touched
            with self._writing:
                touched = self._take_touched()
                self._shard.copy_versions(touched, built)
                caught_up |= touched
                built.flush()
                self._make_current(generation)
                with self._access:
                    retired, self._shard = self._shard, built
                self._fresh = Counter({version: built.version_points(version) for version in caught_up})
                self._write_fresh()
        except BaseException:
            if self._shard is not built:
                built.close()
            raise
        retired.close()
        self._files.discard(retired.folder)
        logger.info("The index's graph is built; it now serves generation %s.", generation.name)

    def _make_current(self, generation: Path) -> None:
        try:
            self._files.make_current(generation)
        except (OSError, StorageFull):
            # The rename may have happened and only its sync failed: what the disk says now is what a restart reads.
            if self._files.current() != generation:
                raise
            logger.warning("The switch to generation %s could not be synced to disk.", generation.name)

    def _touch(self, versions: Iterable[VersionId]) -> None:
        if self._touched is not None:
            self._touched.update(versions)

    def _take_touched(self) -> set[VersionId]:
        with self._writing:
            touched, self._touched = self._touched or set(), set()
            return touched

    def _read_fresh(self) -> int:
        points = self._shard.points()
        try:
            note = json.loads((self._files.root / "graph.json").read_text())
            if note["generation"] == self._shard.folder.name:
                return min(points, int(note["fresh"]) + abs(points - int(note["points"])))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return points

    def _write_fresh(self) -> None:
        note = {
            "generation": self._shard.folder.name,
            "points": self._shard.points(),
            "fresh": self._fresh.total(),
        }
        (self._files.root / "graph.json").write_text(json.dumps(note))


def open_edge_index(
    path: Path, identity: EmbeddingModelIdentity, *, optimize_threshold: int, reserve_mb: int = RESERVE_MB
) -> EdgePassageIndex:
    """Open the index in a folder, or make it.

    Args:
        path: the folder; this process owns it until `close`.
        identity: the embedding model, which must be the one that made the index.
        optimize_threshold: points without a graph past which one is built in the background.
        reserve_mb: what is left free on its disk (`disk_space`).

    Raises:
        IndexLocked: the folder is in use.
        EmbeddingModelChanged: another model made the index.
        EngineUnavailable: its files are damaged or missing; nothing is removed then.
        StorageFull: the disk is full or read-only.
    """
    files = EdgeFiles(path, identity)
    try:
        folder = files.current()
        if folder is None:
            folder = _make_first_generation(files, identity.dimension, reserve_mb)
        shard = EdgeShardHandle.load(folder, reserve_mb=reserve_mb)
        return EdgePassageIndex(files, shard, identity, optimize_threshold=optimize_threshold, reserve_mb=reserve_mb)
    except BaseException:
        files.release()
        raise


def _make_first_generation(files: EdgeFiles, dimension: int, reserve_mb: int) -> Path:
    for leftover in files.generations():
        _check_is_empty(leftover, files.root, reserve_mb)
        files.discard(leftover)
    EdgeShardHandle.create(files.draft, dimension, reserve_mb=reserve_mb).close()
    folder = files.finish_draft()
    files.make_current(folder)
    return folder


def _check_is_empty(leftover: Path, root: Path, reserve_mb: int) -> None:
    """A first opening cut short leaves an empty generation; one with points means that `current` was lost."""
    shard = EdgeShardHandle.load(leftover, reserve_mb=reserve_mb)
    try:
        points = shard.points()
    finally:
        shard.close()
    if points:
        raise EngineUnavailable(
            f"The index at {root} is damaged: its file 'current' is missing, and generation {leftover.name} holds "
            f"{points} passages. Restore the file, or write {leftover.name} into it."
        )
