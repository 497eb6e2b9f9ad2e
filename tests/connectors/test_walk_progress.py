"""Looking at a source is counted, and ends early when nobody wants to know any more."""

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.definitions import LIMIT, definition, opened
from connectors.servers import SERVERS, Server
from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import DocumentUnreadable, NotFound, SourcierError
from sourcier_ingest.connectors.opening import open_source
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.connectors.planning import Plan
from sourcier_ingest.connectors.walk_progress import WalkCancelled, WalkProgress
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder, TreeWalk
from sourcier_ingest.plan_run import PlanRun


class MadeUpTree:
    """So many folders, one in the other, with so many files each."""

    def __init__(self, folders: int, files: int) -> None:
        self._folders, self._files = folders, files

    def list_folder(self, path: str) -> Folder:
        depth = len(path.split("/")) if path else 0
        entries = [Entry(name=f"{number}.txt", kind=EntryKind.FILE, size_bytes=1) for number in range(self._files)]
        if depth + 1 < self._folders:
            entries.append(Entry(name="below", kind=EntryKind.FOLDER))
        return Folder(entries=entries)

    def read_start(self, path: str, limit: int) -> bytes:
        raise DocumentUnreadable

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        return None, ""


def walk(tree: MadeUpTree, progress: WalkProgress) -> TreeWalk:
    return TreeWalk(
        tree, patterns=PathPatterns(), access=AccessMode.CORPUS, max_file_bytes=9, local=True, progress=progress
    )


@given(folders=st.integers(1, 8), files=st.integers(0, 5), stop_after=st.integers(0, 50))
def test_a_walk_counts_what_it_gives_and_gives_nothing_after_the_end(folders: int, files: int, stop_after: int) -> None:
    progress, given_out = WalkProgress(), 0
    try:
        for _ in walk(MadeUpTree(folders, files), progress).files():
            given_out += 1
            assert progress.files == given_out
            if given_out == stop_after:
                progress.cancel()
    except WalkCancelled:
        assert given_out == stop_after
        return
    assert (progress.files, progress.folders) == (folders * files, folders)
    assert stop_after in {0, folders * files} or stop_after > folders * files


def test_folders_without_files_are_left_too() -> None:
    progress = WalkProgress()
    progress.cancel()
    with pytest.raises(WalkCancelled):
        list(walk(MadeUpTree(8, 0), progress).files())
    assert progress.folders == 0


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_remote_walk_is_counted_and_ended(server: Server) -> None:
    progress = WalkProgress()
    source = opened(server, progress=progress)
    assert len(list(source.walk())) == progress.files
    assert progress.folders == 4
    progress.cancel()
    with pytest.raises(WalkCancelled):
        list(source.walk())
    source.close()


@pytest.mark.parametrize("server", ["webdav"], indirect=True)
def test_nobody_waits_for_a_store_that_is_away(server: Server) -> None:
    progress = WalkProgress()
    source = opened(server, server.through_proxy(), retry_waits_s=(60.0,), progress=progress)
    server.proxy.refusing = True
    threading.Timer(0.3, progress.cancel).start()
    begun = time.monotonic()
    with pytest.raises(WalkCancelled):
        list(source.walk())
    source.close()
    assert time.monotonic() - begun < 20


def test_a_run_hands_over_its_plan_its_error_or_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.txt").write_text("a")

    def look(progress: WalkProgress) -> Plan:
        return Plan(new=tuple(open_source(definition(str(tmp_path)), max_file_bytes=LIMIT, progress=progress).walk()))

    run = PlanRun(look)
    assert run.ended(10)
    assert ([file.path for file in run.plan().new], run.progress.files) == (["a.txt"], 1)

    def gone(progress: WalkProgress) -> Plan:
        raise NotFound

    def broken(progress: WalkProgress) -> Plan:
        raise ValueError("secret detail")

    def endless(progress: WalkProgress) -> Plan:
        while True:
            progress.wait(0.01)

    for work, code in ((gone, "not_found"), (broken, "error")):
        run = PlanRun(work)
        assert run.ended(10)
        with pytest.raises(SourcierError) as failed:
            run.plan()
        assert failed.value.code == code
        assert "secret detail" not in failed.value.message
    run = PlanRun(endless)
    assert not run.ended(0.05)
    run.cancel()
    assert run.ended(10)
    with pytest.raises(WalkCancelled):
        run.plan()
