"""The graph is built on a copy, in a child, while everything goes on; a crash leaves the old or the new index."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.index_samples import IDENTITY, NOON, make_id, make_point, make_scope, unit
from sourcier_core.domain.search import SparseVector
from sourcier_core.errors import EngineUnavailable
from sourcier_core.index import edge
from sourcier_core.index.edge import EdgePassageIndex, open_edge_index
from sourcier_core.index.edge_files import EdgeFiles
from sourcier_core.index.edge_graph import GraphThread, OptimizerChild

WITHOUT_GRAPH = 100_000
OLD, NEW, GONE, DATED, MOVED = (make_id(number) for number in (7, 8, 9, 10, 11))

CRASHER = """
import os, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from index.index_samples import IDENTITY, make_id, make_point
from sourcier_core.index import edge, edge_files, edge_graph
moment = sys.argv[3]
if moment == "copied":
    edge_graph.OptimizerChild.run = lambda self, shard: os._exit(9)
if moment == "optimised":
    edge.EdgePassageIndex._swap_to = lambda self, generation: os._exit(9)
if moment == "replayed":
    edge_files.EdgeFiles.make_current = lambda self, generation: os._exit(9)
if moment == "switched":
    edge_files.EdgeFiles.discard = lambda self, generation: os._exit(9)
index = edge.open_edge_index(Path(sys.argv[1]), IDENTITY, optimize_threshold=50)
threading.Event().wait(60)
"""


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def fill(folder: Path) -> None:
    index = open_edge_index(folder, IDENTITY, optimize_threshold=WITHOUT_GRAPH)
    index.upsert([make_point(number, version_id=OLD) for number in range(300)])
    index.upsert([make_point(1_000 + number, version_id=GONE) for number in range(20)])
    index.upsert([make_point(2_000, version_id=DATED)])
    index.upsert([make_point(2_500, version_id=MOVED)])
    index.close()


def is_built(index: EdgePassageIndex) -> bool:
    return (index.describe().graph_indexed_points or 0) > 0


@pytest.mark.parametrize("early_rounds", [0, 5], ids=["in the last round", "in an early round"])
def test_writes_during_a_build_are_caught_up_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early_rounds: int
) -> None:
    monkeypatch.setattr(edge, "_CATCH_UP_ROUNDS", early_rounds)
    fill(tmp_path)
    optimised, finish = threading.Event(), threading.Event()
    real_run = OptimizerChild.run

    def run(self: OptimizerChild, shard: Path) -> None:
        real_run(self, shard)
        optimised.set()
        assert finish.wait(30)

    monkeypatch.setattr(OptimizerChild, "run", run)
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=50)
    assert optimised.wait(30)
    before = (tmp_path / "current").read_text()
    index.upsert([make_point(3_000, version_id=NEW), make_point(5, version_id=NEW)])
    index.delete_version(GONE)
    index.set_validity(DATED, valid_from=None, valid_to=NOON)
    index.set_groups(MOVED, frozenset({"board"}))
    index.flush()
    assert len(index.search(unit(1), scope=make_scope(), limit=1_000)) == 301
    finish.set()
    wait_until(lambda: is_built(index))
    assert (tmp_path / "current").read_text() != before
    check_delta(index)
    description = index.describe()
    assert description.points == 303
    assert description.graph_indexed_points == 303 - 4
    index.close()
    again = open_edge_index(tmp_path, IDENTITY, optimize_threshold=50)
    check_delta(again)
    assert len(list((tmp_path / "generations").iterdir())) == 1
    again.close()


def check_delta(index: EdgePassageIndex) -> None:
    assert index.count_by_version() == {OLD: 299, NEW: 2, DATED: 1, MOVED: 1}
    assert index.version_points(GONE) == 0
    assert index.passage_ids(NEW) == {make_id(3_000), make_id(5)}
    hits = index.search(unit(3_000), scope=make_scope(), limit=1_000)
    assert len(hits) == 301
    assert hits[0].passage_id == make_id(3_000)
    np.testing.assert_allclose(hits[0].score, 1.0, atol=1e-5)
    sparse = index.search(SparseVector(indices=(3_000,), values=(1.0,)), scope=make_scope(), limit=5)
    assert [hit.passage_id for hit in sparse] == [make_id(3_000)]
    board = index.search(unit(1), scope=make_scope(groups=frozenset({"board"})), limit=1_000)
    assert [hit.passage_id for hit in board] == [make_id(2_500)]
    vectors = index.dense_vectors([make_id(2_500), make_id(3_000), make_id(1_000)])
    assert set(vectors) == {make_id(2_500), make_id(3_000)}
    np.testing.assert_allclose(vectors[make_id(3_000)], unit(3_000), atol=1e-6)


@pytest.mark.parametrize("moment", ["copied", "optimised", "replayed", "switched"])
def test_a_crash_leaves_the_old_or_the_new_index(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "index"
    fill(folder)
    before = (folder / "current").read_text()
    command = [sys.executable, "-c", CRASHER, str(folder), str(Path(__file__).parents[1]), moment]
    assert subprocess.run(command, timeout=60, check=False).returncode == 9
    assert ((folder / "current").read_text() == before) == (moment != "switched")
    index = open_edge_index(folder, IDENTITY, optimize_threshold=WITHOUT_GRAPH)
    assert index.count_by_version() == {OLD: 300, GONE: 20, DATED: 1, MOVED: 1}
    assert len(index.search(unit(3), scope=make_scope(), limit=1_000)) == 322
    assert is_built(index) == (moment == "switched")
    assert len(list((folder / "generations").iterdir())) == 1
    index.close()


def test_a_failed_build_is_logged_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path)
    real_run, real_init = OptimizerChild.run, GraphThread.__init__
    attempts: list[Path] = []

    def run(self: OptimizerChild, shard: Path) -> None:
        attempts.append(shard)
        if len(attempts) == 1:
            next(shard.glob("segments/*/segment.json")).write_text("not a segment")
        real_run(self, shard)

    def begin(self: GraphThread, *arguments: Any) -> None:
        real_init(self, *arguments, retry_s=0.1)

    monkeypatch.setattr(OptimizerChild, "run", run)
    monkeypatch.setattr(GraphThread, "__init__", begin)
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=50)
    wait_until(lambda: is_built(index))
    assert len(attempts) == 2
    assert "trying again" in caplog.text
    assert index.describe().points == 322
    index.close()


def test_closing_does_not_wait_for_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    real_popen, started = subprocess.Popen, threading.Event()

    def popen(command: list[str], **options: Any) -> Any:
        process = real_popen(sleeper, **options)
        started.set()
        return process

    monkeypatch.setattr(subprocess, "Popen", popen)
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=50)
    assert started.wait(30)
    began = time.monotonic()
    index.close()
    assert time.monotonic() - began < 10
    monkeypatch.undo()
    again = open_edge_index(tmp_path, IDENTITY, optimize_threshold=WITHOUT_GRAPH)
    assert again.describe().points == 322
    again.close()


def test_a_stopped_child_starts_no_other(tmp_path: Path) -> None:
    child = OptimizerChild()
    child.stop()
    with pytest.raises(EngineUnavailable, match="closing"):
        child.run(tmp_path)


def test_the_current_generation_is_never_discarded(tmp_path: Path) -> None:
    files = EdgeFiles(tmp_path, IDENTITY)
    assert files.current() is None
    first = files.new_generation()
    first.mkdir()
    files.make_current(first)
    files.discard(first)
    assert files.current() == first
    second = files.new_generation()
    second.mkdir()
    files.discard(second)
    assert not second.exists()
    files.release()
