"""Source, files, PostgreSQL and index are compared, and what can be put right is."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from application.live_application import LiveApplication
from application.test_loading import paths


def finished(live: LiveApplication, number: int) -> dict[str, Any]:
    """The reconciliation as it ended, for good or ill."""
    deadline = time.monotonic() + 60
    while (view := live.http.get(f"/api/reconciliations/{number}").json())["finished_at"] is None:
        assert time.monotonic() < deadline, view
        time.sleep(0.05)
    return view


def reconcile(live: LiveApplication, *, repair: bool = False) -> dict[str, Any]:
    response = live.http.post("/api/reconciliations", json={"repair": repair})
    assert response.status_code == 202, response.text
    view = finished(live, response.json()["id"])
    assert view["state"] == "finished", view["message"]
    return view


def repaired(live: LiveApplication) -> dict[str, Any]:
    """Repair, and wait for the loads that do it."""
    view = reconcile(live, repair=True)
    wait_for_loads(live)
    return view


def wait_for_loads(live: LiveApplication) -> None:
    deadline = time.monotonic() + 60
    while any(load["finished_at"] is None for load in live.http.get("/api/loads").json()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_after_a_load_everything_agrees(live: LiveApplication, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    live.load(folder)
    view = reconcile(live)
    assert view["files"] == {"hr": {"published": 2, "document_corrupt": 1, "document_empty": 1}}
    assert view["passages"] == view["points"] > 0
    assert view["kinds"] == {}
    (folder / "new.txt").write_text("Arrivé depuis.", "utf-8")
    view = reconcile(live)
    assert [(item["kind"], item["path"]) for item in view["findings"]] == [("not_loaded", "new.txt")]
    assert live.http.get("/api/reconciliations/last").json() == view


def test_points_lost_from_the_index_come_back(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    index = live.services.engines.index
    (document,) = live.http.get("/api/documents", params={"query": "telework"}).json()["items"]
    points = index.version_points(document["version_id"])
    index.delete_version(document["version_id"])
    assert "telework.md" not in paths(live, "jours de télétravail")
    found = reconcile(live)
    assert found["kinds"] == {"points_missing": 1}
    repaired(live)
    assert index.version_points(document["version_id"]) == points
    assert reconcile(live)["kinds"] == {}
    assert "telework.md" in paths(live, "jours de télétravail")
    (folder / "telework.md").unlink()
    live.load(folder)
    assert "telework.md" not in paths(live, "jours de télétravail")


def test_points_of_nothing_are_removed(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    with live.services.engines.database.transaction() as connection:
        (version,) = connection.execute(text("SELECT id FROM versions ORDER BY id LIMIT 1")).one()
        for table, column in (
            ("load_items", "version_id"),
            ("publications", "version_id"),
            ("passages", "version_id"),
            ("pages", "version_id"),
            ("versions", "id"),
        ):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = :version"), {"version": version})
    kinds = reconcile(live)["kinds"]
    assert kinds.pop("points_without_passage") == 1
    assert set(kinds) <= {"file_unreferenced", "not_loaded"}
    repaired(live)
    assert live.services.engines.index.version_points(str(version)) == 0


def test_a_lost_file_is_taken_from_the_source_again(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    (document,) = live.http.get("/api/documents", params={"query": "telework"}).json()["items"]
    (version,) = live.http.get(f"/api/documents/{document['id']}/versions").json()
    blobs = live.services.engines.blobs
    blobs.delete(version["content_sha256"])
    assert reconcile(live)["kinds"] == {"file_missing": 1}
    repaired(live)
    assert reconcile(live)["kinds"] == {}
    assert blobs.path(version["content_sha256"]).read_bytes() == (folder / "telework.md").read_bytes()


def test_work_that_stopped_halfway_is_taken_up(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    with live.services.engines.database.transaction() as connection:
        connection.execute(text("DELETE FROM publications"))
        connection.execute(text("UPDATE versions SET state = 'stored'"))
    assert reconcile(live)["kinds"] == {"cut_off": 2}
    repaired(live)
    assert reconcile(live)["kinds"] == {}
    assert "telework.md" in paths(live, "jours de télétravail")


def findings(view: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["kind"], item["path"]) for item in view["findings"]]


def test_a_folder_is_compared_with_the_patterns_of_its_newest_load(live: LiveApplication, folder: Path) -> None:
    live.load(folder, exclude=["*.txt"])
    assert reconcile(live)["findings"] == []
    (folder / "new.md").write_text("# Congés\n\nVingt-cinq jours.\n", "utf-8")
    (folder / "new.txt").write_text("Vingt-cinq jours.\n", "utf-8")
    assert findings(reconcile(live)) == [("not_loaded", "new.md")]
    live.services.engines.index.delete_version(
        live.http.get("/api/documents", params={"query": "telework"}).json()["items"][0]["version_id"]
    )
    repaired(live)  # a load of the repair lists nothing: its patterns are nobody's choice
    assert findings(reconcile(live)) == [("not_loaded", "new.md")]


def test_a_source_that_was_never_loaded_is_compared_too(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    wanted = {"name": "Règles", "url": folder.as_uri(), "include": ["*.md"]}
    made = live.http.post("/api/corpora/hr/sources", json=wanted, headers=live.token)
    assert made.status_code == 201, made.text
    assert findings(reconcile(live)) == [("not_loaded", "telework.md")]


def test_files_are_compared_both_ways_and_each_is_counted_once(live: LiveApplication, folder: Path) -> None:
    (folder / "holidays.md").write_text("# Congés\n\nVingt-cinq jours de congés.\n", "utf-8")
    live.load(folder)
    (folder / "holidays.md").unlink()
    live.load(folder)
    assert reconcile(live)["files"] == {"hr": {"published": 2, "withdrawn": 1}}
    (folder / "holidays.md").write_text("# Congés\n\nVingt-six jours de congés.\n", "utf-8")
    assert findings(reconcile(live)) == [("not_loaded", "holidays.md")]
    live.load(folder)
    (folder / "holidays.md").write_bytes(b"")
    assert reconcile(live)["files"] == {"hr": {"published": 3}}  # two contents, one file
    for file in folder.iterdir():
        file.unlink()
    assert "were kept" in live.load(folder)["message"]
    view = reconcile(live)
    assert view["kinds"] == {"gone_from_source": 3}
    assert view["files"] == {"hr": {"published": 3}}
    (document,) = live.http.get("/api/documents", params={"query": "holidays"}).json()["items"]
    live.http.post(f"/api/documents/{document['id']}/purge")
    view = reconcile(live)
    assert view["kinds"] == {"gone_from_source": 2}
    assert view["files"] == {"hr": {"published": 2, "document_purged": 1}}
