"""A full disk: a clear reason while it lasts, nothing corrupted, and the load goes on by itself when there is room."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import paths
from sourcier_core.db.database import Database


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    place = tmp_path / "data" / "files"
    place.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def cramped(database: Database, tmp_path: Path, small_disk: Path) -> Iterator[LiveApplication]:
    with live_application(lambda: open_test_engines(tmp_path / "data", database=borrowed(database))) as running:
        yield running


def test_a_full_disk_holds_a_load_up_and_corrupts_nothing(
    cramped: LiveApplication, folder: Path, small_disk: Path
) -> None:
    assert cramped.load(folder)["published"] == 2
    for number in range(3):  # stored first, read afterwards: what cannot be read takes room all the same
        (folder / f"zz-{number}.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(3 << 20))
    started = cramped.http.post("/api/corpora/hr/loads", json={"folder": str(folder)}, headers=cramped.token).json()
    deadline = time.monotonic() + 60
    while not (view := cramped.http.get(f"/api/loads/{started['id']}").json())["message"]:
        assert time.monotonic() < deadline
        assert view["finished_at"] is None
        time.sleep(0.1)
    assert view["message"].startswith("storage_unavailable")
    assert "telework.md" in paths(cramped, "jours de télétravail"), "what is published stays readable"
    assert not list(small_disk.glob("incoming-*"))
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    final = cramped.wait(started["id"])
    assert (final["state"], final["published"] + final["unchanged"], final["failed"]) == ("finished", 2, 3)
    assert not final["message"]


def test_a_read_only_disk_is_said(cramped: LiveApplication, folder: Path, small_disk: Path) -> None:
    cramped.load(folder)
    (folder / "neu.txt").write_text("Nouveau règlement.", "utf-8")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    started = cramped.http.post("/api/corpora/hr/loads", json={"folder": str(folder)}, headers=cramped.token).json()
    deadline = time.monotonic() + 60
    while not (view := cramped.http.get(f"/api/loads/{started['id']}").json())["message"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert view["message"].startswith("storage_unavailable")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    final = cramped.wait(started["id"])
    assert (final["state"], final["published"], final["unchanged"]) == ("finished", 1, 2)
