"""Every uploaded file has a line in its load: none overwrites another, none vanishes, no copy stays behind."""

from pathlib import Path
from typing import Any

import pytest

from application.live_application import LiveApplication
from application.test_loading_files_inside import outcomes
from sourcier_core.db.loads import LoadItem, LoadOutcome
from sourcier_ingest import loading
from sourcier_ingest.uploads import UPLOAD_SOURCE, UploadFolder


def upload(live: LiveApplication, *files: tuple[str, bytes]) -> dict[str, Any]:
    live.http.post("/api/corpora", json={"id": "up", "title": "Uploads"})
    sent = [("files", (name, content, "text/plain")) for name, content in files]
    answer = live.http.post("/api/corpora/up/uploads", files=sent)
    assert answer.status_code == 202, answer.text
    return live.wait(answer.json()["id"])


def copies(live: LiveApplication) -> list[Path]:
    return list((live.services.engines.settings.data_dir / "uploads").iterdir())


def codes(view: dict[str, Any]) -> dict[str, str]:
    return {item["path"]: item["code"] for item in view["items"] if item["outcome"] == "failed"}


def test_every_uploaded_file_is_accounted_for(live: LiveApplication) -> None:
    view = upload(
        live,
        ("report.txt", b"The first report."),
        ("report.txt", b"The second report."),
        ("2024/report.txt", b"The report of a folder."),
        ("Thumbs.db", b"pictures"),
        ("~$report.docx", b"lock"),
        ("2024/.hidden/notes.txt", b"hidden"),
        ("x" * 300 + ".txt", b"long"),
        ("empty.txt", b""),
    )
    assert {path for path, outcome in outcomes(view).items() if outcome == "published"} == {
        "report.txt",
        "report (2).txt",
        "2024/report.txt",
    }
    assert codes(view) == {
        "Thumbs.db": "document_ignored",
        "~$report.docx": "document_ignored",
        "2024/.hidden/notes.txt": "document_ignored",
        "x" * 300 + ".txt": "document_unreadable",
        "empty.txt": "document_empty",
    }
    assert view["seen"] == 8
    again = live.wait(live.http.post(f"/api/loads/{view['id']}/retry").json()["id"])
    assert codes(again) == {"x" * 300 + ".txt": "upload_not_kept", "empty.txt": "upload_not_kept"}
    assert copies(live) == []


def test_a_file_that_is_gone_is_said_when_it_is_tried_again(live: LiveApplication, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    view = live.load(folder)
    (folder / "empty.txt").unlink()
    again = live.wait(live.http.post(f"/api/loads/{view['id']}/retry").json()["id"])
    assert codes(again) == {"empty.txt": "document_gone"}


def test_an_upload_that_is_cancelled_before_it_begins_leaves_no_copy(live: LiveApplication, tmp_path: Path) -> None:
    database, loader = live.services.engines.database, live.services.loader
    live.http.post("/api/corpora", json={"id": "up", "title": "Uploads"})
    place = tmp_path / "copies"
    place.mkdir()
    (place / "a.txt").write_text("A.", "utf-8")
    options = loading.LoadOptions(folder=str(place), keep_missing=True, remove_folder=True)
    with database.transaction() as connection:
        load = loading.loads.create_load(
            connection,
            corpus_id="up",
            source=UPLOAD_SOURCE,
            options={"folder": options.folder, "remove_folder": True},
            now=loading.datetime.now(loading.UTC),
        )
    live.http.post(f"/api/loads/{load.id}/cancel").raise_for_status()
    loader.run(load.id)
    assert not place.exists()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.txt", "a.txt", "a (2).txt"], ["a.txt", "a (2).txt", "a (2) (2).txt"]),
        (["a", "a/b", "a/c"], ["a", "a (2)/b", "a (2)/c"]),
        (["a/b", "a"], ["a/b", "a (2)"]),
        (["../../etc/passwd", "C:\\mes docs\\x.txt"], ["etc/passwd", "C:/mes docs/x.txt"]),
        (["e\u0301.txt", "\u00e9.txt"], ["\u00e9.txt", "\u00e9 (2).txt"]),
        (["a\x00b.txt", "/", None], ["a\ufffdb.txt", "_", "_ (2)"]),
    ],
)
def test_each_name_has_a_place_of_its_own(names: list[str | None], expected: list[str]) -> None:
    upload = UploadFolder(Path("/uploads"))
    assert [upload.place(name) for name in names] == [Path("/uploads") / path for path in expected]
    assert upload.refused == []


def test_what_can_be_tried_again_is_counted_beyond_what_is_shown(live: LiveApplication) -> None:
    live.http.post("/api/corpora", json={"id": "up", "title": "Uploads"})
    with live.services.engines.database.transaction() as connection:
        load = loading.loads.create_load(
            connection, corpus_id="up", source="s", options={}, now=loading.datetime.now(loading.UTC)
        )
        items = [
            LoadItem(path=f"{number:04}.txt", outcome=LoadOutcome.FAILED, code="document_unreadable", retryable=True)
            for number in range(700)
        ]
        loading.loads.put_items(connection, load.id, items)
    view = live.http.get(f"/api/loads/{load.id}").json()
    assert (len(view["items"]), view["failed"], view["retryable"]) == (500, 700, 700)
