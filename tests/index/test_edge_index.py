"""What Qdrant Edge adds to the contract: one owner, one model, and nothing lost in a crash."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.index_samples import IDENTITY, make_id, make_point, make_scope, unit
from sourcier_core.domain.search import SearchFilter
from sourcier_core.errors import EmbeddingModelChanged, EngineUnavailable, IndexLocked, StorageFull
from sourcier_core.index import edge_files, edge_shard
from sourcier_core.index.edge import open_edge_index
from sourcier_core.index.edge_files import storage_errors
from sourcier_core.index.edge_shard import EdgeShardHandle, engine_errors

WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from index.index_samples import IDENTITY, NOON, make_id, make_point
from sourcier_core.index.edge import open_edge_index
index = open_edge_index(Path(sys.argv[1]), IDENTITY, optimize_threshold=100_000)
index.upsert([make_point(number, version_id=make_id(7)) for number in range(700)])
index.upsert([make_point(1_000, version_id=make_id(8)), make_point(1_001, version_id=make_id(9))])
index.set_validity(make_id(8), valid_from=None, valid_to=NOON)
index.delete_version(make_id(9))
if sys.argv[3] == "flushed":
    index.flush()
print("written", flush=True)
time.sleep(60)
"""


def test_reopening_finds_everything(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=100)
    index.upsert([make_point(number) for number in range(1, 20)])
    before = index.search(unit(3), scope=make_scope(), limit=5)
    index.close()
    index.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        index.search(unit(3), scope=make_scope(), limit=5)
    again = open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=100)
    assert again.search(unit(3), scope=make_scope(), limit=5) == before
    description = again.describe()
    assert (description.engine, description.points, description.graph_indexed_points) == ("qdrant-edge", 19, 0)
    again.close()


def test_an_index_of_an_older_sourcier_gets_the_payload_indexes_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_shard, "KEYWORD_FIELDS", ("corpus_id", "groups", "version_id"))
    older = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    older.upsert([make_point(1), make_point(2, language="en")])
    older.close()
    monkeypatch.undo()
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    english = make_scope(only=SearchFilter(languages=frozenset({"en"})))
    assert [point.passage_id for point in index.search(unit(1), scope=english, limit=9)] == [make_id(2)]
    assert index._shard._shard.info().payload_schema["language"].points == 2
    index.close()


def test_a_second_owner_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    with pytest.raises(IndexLocked):
        open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    first.upsert([make_point(1)])
    first.close()
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()


@pytest.mark.parametrize("change", [{"name": "other"}, {"fingerprint": "e" * 64}, {"dimension": 8}])
def test_another_model_is_refused_by_name(tmp_path: Path, change: dict[str, str | int]) -> None:
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()
    other = dataclasses.replace(IDENTITY, **change)  # type: ignore[arg-type]
    with pytest.raises(EmbeddingModelChanged) as caught:
        open_edge_index(tmp_path, other, optimize_threshold=100)
    assert repr(IDENTITY.name) in caught.value.message
    assert repr(other.name) in caught.value.message
    assert caught.value.details["stored"]["name"] == IDENTITY.name
    assert caught.value.details["wanted"]["name"] == other.name
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()


@pytest.mark.parametrize("state", ["flushed", "acknowledged"])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, state: str) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "index"), str(Path(__file__).parents[1]), state]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        with pytest.raises(IndexLocked):
            open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=100_000)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    index = open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=100_000)
    assert [index.version_points(make_id(version)) for version in (7, 8, 9)] == [700, 1, 0]
    assert len(index.search(unit(5), scope=make_scope(), limit=1_000)) == 700
    index.close()


@pytest.mark.parametrize("flushed", [True, False])
def test_flush_brings_points_from_the_log_into_the_segments(tmp_path: Path, flushed: bool) -> None:
    """Without its log, a copy taken after `flush` has everything; one taken before shows that this proves something."""
    index = open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=100)
    index.upsert([make_point(number) for number in range(50)])
    if flushed:
        index.flush()
    generation = tmp_path / "index" / "generations" / (tmp_path / "index" / "current").read_text()
    shutil.copytree(generation, tmp_path / "copy", ignore=shutil.ignore_patterns("wal"))
    index.close()
    copy = EdgeShardHandle.load(tmp_path / "copy")
    assert copy.points() == (50 if flushed else 0)
    copy.close()


def test_leftovers_of_a_killed_optimisation_are_cleared(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    index.upsert([make_point(1)])
    index.close()
    current = tmp_path / "generations" / (tmp_path / "current").read_text()
    (current / "temp_segments" / "half").mkdir(parents=True)
    (tmp_path / "generations" / "000009").mkdir()
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    assert index.version_points(make_id(10_000)) == 1
    assert not (current / "temp_segments" / "half").exists()
    assert [folder.name for folder in (tmp_path / "generations").iterdir()] == [current.name]
    index.close()


def test_a_damaged_index_says_so(tmp_path: Path) -> None:
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()
    (tmp_path / "current").write_text("000042")
    with pytest.raises(EngineUnavailable, match="damaged"):
        open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    (tmp_path / "identity.json").write_text("{")
    with pytest.raises(EngineUnavailable, match="damaged"):
        open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)


def test_a_crash_before_the_first_generation_is_current_leaves_an_index_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    edge_files.EdgeFiles(tmp_path, IDENTITY).release()
    with monkeypatch.context() as patch:
        patch.setattr(edge_files, "write_durably", fail)
        with pytest.raises(StorageFull):
            open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()


def test_a_lost_pointer_is_told_and_costs_no_points(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    index.upsert([make_point(number) for number in range(20)])
    index.close()
    pointer = (tmp_path / "current").read_text()
    (tmp_path / "current").unlink()
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match=rf"'current' is missing.*{pointer} holds 20 passages"):
            open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    (tmp_path / "current").write_text(pointer)
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    assert index.describe().points == 20
    index.close()


def test_a_lost_identity_is_told_rather_than_models_mixed(tmp_path: Path) -> None:
    open_edge_index(tmp_path, IDENTITY, optimize_threshold=100).close()
    (tmp_path / "identity.json").unlink()
    other = dataclasses.replace(IDENTITY, name="other")
    for identity in (other, IDENTITY):
        with pytest.raises(EngineUnavailable, match="what model made it"):
            open_edge_index(tmp_path, identity, optimize_threshold=100)
    assert (tmp_path / "current").exists()


def test_a_half_made_first_generation_is_made_again(tmp_path: Path) -> None:
    files = edge_files.EdgeFiles(tmp_path, IDENTITY)
    (files.draft / "segments").mkdir(parents=True)
    files.release()
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    index.upsert([make_point(1)])
    assert [folder.name for folder in (tmp_path / "generations").iterdir()] == [(tmp_path / "current").read_text()]
    index.close()


def test_a_panic_inside_the_engine_is_an_error_like_any_other(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    index.upsert([make_point(1)])
    index.close()
    damaged = next(tmp_path.glob("generations/*/segments/*/payload_index/is_null/status.dat"), None) or next(
        tmp_path.rglob("is_null/status.dat")
    )
    damaged.write_bytes(b"")
    with pytest.raises(EngineUnavailable, match="internal error"):
        open_edge_index(tmp_path, IDENTITY, optimize_threshold=100)
    with pytest.raises(KeyboardInterrupt), engine_errors():
        raise KeyboardInterrupt


@pytest.mark.parametrize("number", [28, 30, 13], ids=["full", "read-only", "forbidden"])
def test_only_storage_errors_become_storage_full(number: int) -> None:
    with pytest.raises(StorageFull), storage_errors():
        raise OSError(number, os.strerror(number))
    with pytest.raises(FileNotFoundError), storage_errors():
        raise FileNotFoundError(2, "No such file")
