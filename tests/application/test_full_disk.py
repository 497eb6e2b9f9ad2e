"""Full disks: a clear reason while it lasts, nothing corrupted, and the load goes on by itself when there is room."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from application.killed_loads import LoadingProcess, make_sources, strike_when
from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import paths
from sourcier_core.db.database import Database
from sourcier_ingest import worker


def mount(place: Path, size_mb: int) -> None:
    place.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")


def unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    place = tmp_path / "data" / "files"
    mount(place, 8)
    yield place
    unmount(place)


@pytest.fixture
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a test can bear, and an end of the tries that comes early where there is one."""
    monkeypatch.setattr(worker, "_FIRST_WAIT_S", 0.1)
    monkeypatch.setattr(worker, "_LONGEST_WAIT_S", 0.5)
    monkeypatch.setattr(worker, "_MAX_TRIES", 2)


@pytest.fixture
def cramped(database: Database, tmp_path: Path, small_disk: Path) -> Iterator[LiveApplication]:
    with live_application(lambda: open_test_engines(tmp_path / "data", database=borrowed(database))) as running:
        yield running


def held_up(application: LiveApplication, folder: Path) -> str:
    """Ask for a load that cannot go on; returns it when that is shown and it was tried oftener than a mistake is."""
    started = application.http.post(
        "/api/corpora/hr/loads", json={"folder": str(folder)}, headers=application.token
    ).json()
    deadline = time.monotonic() + 90
    tries = text("SELECT max(attempts) FROM procrastinate_jobs WHERE args->>'load_id' = :load")
    while True:
        view = application.http.get(f"/api/loads/{started['id']}").json()
        assert view["finished_at"] is None, view
        with application.services.engines.database.transaction() as connection:
            tried = connection.execute(tries, {"load": started["id"]}).scalar_one()
        if view["message"] and tried > worker._MAX_TRIES:
            assert view["message"].startswith("storage_unavailable")
            return started["id"]
        assert time.monotonic() < deadline, view
        time.sleep(0.1)


def too_much(folder: Path) -> None:
    for number in range(3):  # stored first, read afterwards: what cannot be read takes room all the same
        (folder / f"zz-{number}.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(3 << 20))


@pytest.mark.usefixtures("quick_tries")
def test_a_full_disk_holds_a_load_up_for_as_long_as_it_takes_and_corrupts_nothing(
    cramped: LiveApplication, folder: Path, small_disk: Path
) -> None:
    assert cramped.load(folder)["published"] == 2
    too_much(folder)
    started = held_up(cramped, folder)
    assert "telework.md" in paths(cramped, "jours de télétravail"), "what is published stays readable"
    assert not list(small_disk.glob("incoming-*"))
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    final = cramped.wait(started)
    assert (final["state"], final["published"] + final["unchanged"], final["failed"]) == ("finished", 2, 3)
    assert not final["message"]


def test_a_load_that_is_held_up_can_be_cancelled_and_gives_way_to_a_newer_one(
    cramped: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_FIRST_WAIT_S", 600)
    monkeypatch.setattr(worker, "_LONGEST_WAIT_S", 600)
    monkeypatch.setattr(worker, "_MAX_TRIES", 0)
    cramped.load(folder)
    too_much(folder)
    started = held_up(cramped, folder)
    cancelled = cramped.http.post(f"/api/loads/{started}/cancel").json()
    assert cancelled["state"] == "cancelled"
    for file in folder.glob("zz-*"):
        file.unlink()
    assert cramped.load(folder)["state"] == "finished"


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


def leave_free(disk: Path, megabytes: int) -> None:
    """Somebody else fills the disk."""
    with (disk / "ballast").open("ab") as ballast:
        while (room := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - (megabytes << 20)) >= 4096:
            try:
                ballast.write(bytes(min(1 << 20, room)))
                ballast.flush()
            except OSError:  # others write, too
                return


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    place, size_mb = request.param
    mount(tmp_path / place, size_mb)
    yield tmp_path / place
    unmount(tmp_path / place)


def begin_loading(place: Path, environment: dict[str, str] | None = None) -> LoadingProcess:
    first, _ = make_sources(place, "notes")
    running = LoadingProcess(
        ["load", str(place / "data"), "notes", "--slowly", "--reserve", "64", "--source", str(first)],
        environment or {},
    )
    running.wait_for_the_load()
    return running


def check_outcome(running: LoadingProcess) -> None:
    found = running.outcome()
    assert [row[2] for row in found["items"] if row[1] != "published"] == ["document_corrupt"]
    assert len({row[0] for row in found["passages"]}) == len(found["publications"]) == 16


@pytest.mark.slow
@pytest.mark.parametrize("disk", [("data", 400)], indirect=True)
def test_the_whole_data_directory_full_to_the_last_byte(tmp_path: Path, disk: Path) -> None:
    running = begin_loading(tmp_path)
    strike_when(running, lambda progress: progress["chunked"] >= 2, "nobody", disk)
    leave_free(disk, 20)
    running.wait_for("state running storage_unavailable: The disk is too full")
    leave_free(disk, 0)
    time.sleep(5)
    assert running.process.poll() is None, running.complaints
    (disk / "ballast").unlink()
    check_outcome(running)


@pytest.mark.slow
@pytest.mark.parametrize("disk", [("data/postgresql", 120)], indirect=True)
def test_the_disk_of_postgresql_full_to_the_last_byte(tmp_path: Path, disk: Path) -> None:
    running = begin_loading(tmp_path)
    strike_when(running, lambda progress: progress["chunked"] >= 2, "nobody", disk)
    leave_free(disk, 0)
    with pytest.raises(psycopg.Error), psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE filler AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 100000) n")
    time.sleep(5)
    assert running.process.poll() is None, running.complaints
    (disk / "ballast").unlink()
    check_outcome(running)


@pytest.mark.slow
@pytest.mark.parametrize("disk", [("temporary", 8)], indirect=True)
def test_a_full_temporary_folder_holds_the_load_up(tmp_path: Path, disk: Path) -> None:
    running = begin_loading(tmp_path, {"TMPDIR": str(disk)})
    running.wait_for("state scanning storage_unavailable: The disk is too full for temporary files")
    subprocess.run(["mount", "-o", "remount,size=400m", str(disk)], check=True)
    check_outcome(running)
