"""The real child at work: the engine has its graph, searches are answered meanwhile, and kill -9 harms nothing."""

import dataclasses
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.index_samples import IDENTITY, NOON, make_id, make_point, make_scope, unit
from sourcier_core.domain.search import IndexPoint, SparseVector
from sourcier_core.index.edge import EdgePassageIndex, open_edge_index
from sourcier_core.index.edge_graph import GraphThread, OptimizerChild
from sourcier_core.index.edge_shard import EdgeShardHandle
from sourcier_core.index.memory import InMemoryPassageIndex

WIDE = dataclasses.replace(IDENTITY, dimension=64)
WITHOUT_GRAPH = 100_000
MANY = 4_000


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def graph_files(folder: Path) -> list[Path]:
    """What the engine writes when, and only when, it builds the graph of a segment."""
    current = folder / "generations" / (folder / "current").read_text()
    return list(current.rglob("graph.bin"))


def is_built(index: EdgePassageIndex) -> bool:
    return (index.describe().graph_indexed_points or 0) > 0


def fill_widely(folder: Path) -> None:
    index = open_edge_index(folder, WIDE, optimize_threshold=WITHOUT_GRAPH)
    index.upsert([make_point(number, dense=unit(number, 64)) for number in range(MANY)])
    index.close()


def test_searches_and_writes_are_answered_while_the_child_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_widely(tmp_path)
    assert graph_files(tmp_path) == []
    real_run, child_times = OptimizerChild.run, list[float]()

    def run(self: OptimizerChild, shard: Path) -> None:
        child_times.append(time.monotonic())
        real_run(self, shard)
        child_times.append(time.monotonic())

    monkeypatch.setattr(OptimizerChild, "run", run)
    index = open_edge_index(tmp_path, WIDE, optimize_threshold=50)
    calls: list[tuple[float, float]] = []
    written = 0
    while len(child_times) < 2:
        began = time.monotonic()
        number = len(calls) % MANY
        hits = index.search(unit(number, 64), scope=make_scope(), limit=5)
        calls.append((began, time.monotonic()))
        assert hits[0].passage_id == make_id(number)
        if child_times and written < 20:
            index.upsert([make_point(MANY + written, dense=unit(MANY + written, 64), version_id=make_id(5))])
            written += 1
        time.sleep(0.002)
        assert began - calls[0][0] < 120, "the child never finished"
    began, ended = child_times
    within = [(first, last) for first, last in calls if began <= first and last <= ended]
    assert len(within) >= 20
    assert max(last - first for first, last in within) < 0.5 * (ended - began)
    wait_until(lambda: is_built(index))
    assert written == 20
    assert index.version_points(make_id(5)) == 20
    assert len(graph_files(tmp_path)) > 0
    index.close()


def test_kill_9_of_the_child_leaves_the_index_and_the_next_child_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill_widely(tmp_path)
    before = (tmp_path / "current").read_text()
    real_popen, real_init, children = subprocess.Popen, GraphThread.__init__, list[Any]()
    killed = threading.Event()

    def popen(command: list[str], **options: Any) -> Any:
        if children:  # the second child waits until the index was looked at without any graph
            assert killed.wait(60)
        children.append(real_popen(command, **options))
        return children[-1]

    def begin(self: GraphThread, *arguments: Any) -> None:
        real_init(self, *arguments, retry_s=0.1)

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(GraphThread, "__init__", begin)
    index = open_edge_index(tmp_path, WIDE, optimize_threshold=50)
    wait_until(lambda: any(tmp_path.glob("generations/*/temp_segments/*")))  # in the middle of optimising
    os.kill(children[0].pid, signal.SIGKILL)
    wait_until(lambda: "trying again" in caplog.text)
    assert f"ended with -{signal.SIGKILL.value}" in caplog.text
    assert (tmp_path / "current").read_text() == before
    assert index.search(unit(7, 64), scope=make_scope(), limit=1)[0].passage_id == make_id(7)
    assert (index.describe().points, is_built(index)) == (MANY, False)
    killed.set()
    wait_until(lambda: is_built(index))
    assert index.describe().points == MANY
    index.close()
    again = open_edge_index(tmp_path, WIDE, optimize_threshold=WITHOUT_GRAPH)
    assert again.describe().points == MANY
    assert again.search(unit(7, 64), scope=make_scope(), limit=1)[0].passage_id == make_id(7)
    assert len(graph_files(tmp_path)) > 0
    again.close()


def random_point(number: int, random: np.random.Generator) -> IndexPoint:
    def date() -> Any:
        return None if random.random() < 0.4 else NOON + timedelta(microseconds=int(random.integers(-2, 3)))

    terms = tuple(sorted({int(term) for term in random.integers(0, 30, size=random.integers(0, 5))}))
    return make_point(
        number,
        version_id=make_id(10_000 + number % 7),
        corpus_id=str(random.choice(["hr", "it", "law"])),
        groups=frozenset(str(group) for group in ("board", "staff", "été") if random.random() < 0.4),
        sparse=SparseVector(indices=terms, values=tuple(float(random.integers(1, 9)) / 4 for _ in terms)),
        valid_from=date(),
        valid_to=date(),
    )


def test_a_built_index_filters_and_scores_like_memory(tmp_path: Path) -> None:
    """The engine rebuilds its payload indexes in another form then, and forgets deleted points in its IDF."""
    random = np.random.default_rng(3)
    points = [random_point(number, random) for number in range(300)]
    memory = InMemoryPassageIndex(IDENTITY)
    edge = open_edge_index(tmp_path, IDENTITY, optimize_threshold=WITHOUT_GRAPH)
    for index in (memory, edge):
        index.upsert(points)
        index.delete_version(make_id(10_003))
    edge.close()
    edge = open_edge_index(tmp_path, IDENTITY, optimize_threshold=50)
    wait_until(lambda: is_built(edge))
    for _ in range(60):
        scope = make_scope(
            is_administrator=bool(random.random() < 0.2),
            groups=frozenset(str(group) for group in ("board", "staff", "été") if random.random() < 0.5),
            corpora=frozenset(str(corpus) for corpus in ("hr", "it", "law") if random.random() < 0.6),
            as_of=NOON + timedelta(microseconds=int(random.integers(-3, 4))),
        )
        terms = SparseVector(indices=(int(random.integers(0, 15)), int(random.integers(15, 35))), values=(1.0, 0.5))
        for query in (unit(int(random.integers(1_000))), terms):
            wanted = {hit.passage_id: hit.score for hit in memory.search(query, scope=scope, limit=1_000)}
            found = {hit.passage_id: hit.score for hit in edge.search(query, scope=scope, limit=1_000)}
            assert found.keys() == wanted.keys()
            np.testing.assert_allclose([found[key] for key in wanted], list(wanted.values()), rtol=1e-4, atol=1e-5)
    edge.close()


def test_the_child_imports_nothing_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = tmp_path / "shard"
    EdgeShardHandle.create(shard, 4).close()
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "ctypes.py").write_text("raise SystemExit('code from the folder of documents ran')")
    monkeypatch.chdir(documents)
    OptimizerChild().run(shard)
