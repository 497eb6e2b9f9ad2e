"""Every step of a document and what each of its pages yielded is written down, and survives being cut off."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from sqlalchemy import text

from application.live_application import LiveApplication
from application.test_reconciliation import reconcile
from parsing import document_builders as builders
from sourcier_api.dependencies import principal_of
from sourcier_core.access import Principal
from sourcier_core.db import corpora, readings
from sourcier_core.db.database import Database
from sourcier_ingest import worker
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.recognition_data import recognition_available

SCAN = ["Le procès-verbal est approuvé à l'unanimité."]
NEEDS_RECOGNITION = pytest.mark.skipif(
    not recognition_available(None), reason="tesseract's language data is not installed"
)
STEPS = ["stored", "parsed", "chunked", "embedded", "indexed", "published"]


def mixed_pdf() -> bytes:
    """A page of text, a scanned one, and an empty one."""
    writer = PdfWriter()
    for part in (builders.pdf(), builders.scanned_pdf(SCAN)):
        writer.append(PdfReader(io.BytesIO(part)))
    writer.add_blank_page(width=595, height=842)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.fixture
def steps(database: Database) -> Iterator[list[tuple[str, str]]]:
    """Every state that PostgreSQL was told of, as (path, state), in the order of the rows; filled by `collect`."""
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE noted_steps (number bigserial, path text, state text)"))
        for table, when, path, state in (
            (
                "versions",
                "INSERT OR UPDATE OF state",
                "(SELECT path FROM documents WHERE id = NEW.document_id)",
                "NEW.state",
            ),
            ("load_items", "INSERT", "NEW.path", "CASE WHEN NEW.version_id IS NULL THEN 'seen' ELSE 'other' END"),
        ):
            connection.execute(
                text(
                    f"CREATE FUNCTION note_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                    f"INSERT INTO noted_steps (path, state) VALUES ({path}, {state}); RETURN NULL; END $$"
                )
            )
            connection.execute(
                text(f"CREATE TRIGGER noted AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION note_{table}()")
            )
    yield []
    with database.transaction() as connection:
        for table in ("versions", "load_items"):
            connection.execute(text(f"DROP FUNCTION note_{table}() CASCADE"))
        connection.execute(text("DROP TABLE noted_steps"))


def collect(database: Database) -> dict[str, list[str]]:
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT path, state FROM noted_steps ORDER BY number")).all()
    found: dict[str, list[str]] = {}
    for row in rows:
        if found.setdefault(row.path, [])[-1:] != [row.state]:
            found[row.path].append(row.state)
    return found


def test_every_step_of_a_document_is_written_down(
    live: LiveApplication, folder: Path, database: Database, steps: list[tuple[str, str]]
) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "empty.txt").write_bytes(b"")
    live.load(folder)
    assert collect(database) == {
        "telework.md": ["seen", *STEPS],
        "passwords.txt": ["seen", *STEPS],
        "broken.pdf": ["seen", "stored", "failed"],
        "empty.txt": ["seen"],
    }


@pytest.mark.parametrize(
    ("broken", "left_at"),
    [
        ("loader._keep", "parsed"),
        ("loader._index_ready", "chunked"),
        ("index.upsert", "embedded"),
        ("loader._publish_ready", "indexed"),
    ],
)
def test_what_was_cut_off_at_any_step_is_published_once_by_the_next_load(
    live: LiveApplication, folder: Path, broken: str, left_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    where, name = broken.split(".")
    target = live.services.loader if where == "loader" else live.services.engines.spaces.serving.index
    with monkeypatch.context() as patched:
        patched.setattr(worker, "_MAX_TRIES", 1)
        patched.setattr(target, name, dies)
        assert live.load(folder)["state"] == "failed"
    listed = live.http.get("/api/documents").json()["items"]
    assert {document["state"] for document in listed} == {left_at}
    view = live.load(folder)
    assert (view["published"], view["failed"], view["pending"]) == (2, 0, 0)
    for document in live.http.get("/api/documents").json()["items"]:
        assert document["state"] == "published"
        assert live.services.engines.index.version_points(document["version_id"]) == document["passage_count"] > 0


def test_a_file_that_was_gone_when_its_turn_came_is_not_forgotten(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    database = live.services.engines.database
    with database.transaction() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION add_vanished() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO load_items "
                "(load_id, path, outcome) VALUES (NEW.id, 'vanished.txt', 'pending'); RETURN NULL; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER vanished AFTER INSERT ON loads FOR EACH ROW EXECUTE FUNCTION add_vanished()")
        )
    try:
        view = live.load(folder)
    finally:
        with database.transaction() as connection:
            connection.execute(text("DROP FUNCTION add_vanished() CASCADE"))
    assert (view["published"], view["failed"], view["pending"]) == (2, 1, 0)
    (gone,) = [item for item in view["items"] if item["outcome"] == "failed"]
    assert (gone["path"], gone["code"], gone["state"]) == ("vanished.txt", "document_unreadable", "failed")


def pages_of(live: LiveApplication, version: str, **query: Any) -> list[dict[str, Any]]:
    response = live.http.get(f"/api/versions/{version}/pages", params=query)
    assert response.status_code == 200, response.text
    return response.json()["items"]


def one_document(live: LiveApplication, path: str) -> dict[str, Any]:
    listed = live.http.get("/api/documents").json()["items"]
    return next(document for document in listed if document["path"] == path)


def without_recognition(live: LiveApplication, empty: Path, monkeypatch: pytest.MonkeyPatch) -> IsolatedDocumentParser:
    parser = IsolatedDocumentParser(wall_time_s=60, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=empty)
    monkeypatch.setattr(live.services.loader, "_parser", parser)
    return parser


def test_pages_that_yielded_nothing_are_reported_everywhere(
    live: LiveApplication, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "minutes.pdf").write_bytes(mixed_pdf())
    nothing_installed = tmp_path / "nothing"
    nothing_installed.mkdir()
    parser = without_recognition(live, nothing_installed, monkeypatch)
    try:
        view = live.load(folder)
    finally:
        parser.close()
    assert view["state"] == "finished"
    assert (view["pages"], view["pages_without_text"], view["pages_unread"]) == (5, 2, 1)
    assert view["documents_with_pages_without_text"] == 1
    assert view["pages_per_minute"] > view["files_per_minute"] > 0
    notable = live.http.get(f"/api/loads/{view['id']}").json()["items"]
    assert [item["path"] for item in notable] == ["minutes.pdf"], "those that are whole are not listed"
    (item,) = notable
    assert (item["outcome"], item["page_count"], item["pages_without_text"], item["pages_unread"]) == (
        "published",
        3,
        2,
        1,
    )

    pages = pages_of(live, item["version_id"])
    assert [(page["number"], page["state"], page["code"]) for page in pages] == [
        (1, "published", "read"),
        (2, "unread", "unread"),
        (3, "nothing_found", "nothing_found"),
    ]
    assert pages[0]["characters"] > 0
    assert pages[0]["passages"] == 1
    assert "no text recognition is installed" in pages[1]["reason"]
    assert [page["number"] for page in pages_of(live, item["version_id"], without_text=True)] == [2, 3]
    assert [page["number"] for page in pages_of(live, item["version_id"], limit=1, offset=1)] == [2]

    report = live.http.get(f"/api/loads/{view['id']}/report.csv").text[1:]
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(report))}
    assert (rows["minutes.pdf"]["pages_without_text"], rows["minutes.pdf"]["pages_unread"]) == ("2", "1")
    assert rows["telework.md"]["pages_without_text"] == "0"
    listed = {document["path"]: document for document in live.http.get("/api/documents").json()["items"]}
    assert listed["minutes.pdf"]["pages_without_text"] == 2
    balance = reconcile(live)
    assert (balance["pages"], balance["pages_without_text"]) == (5, 2)

    again = live.load(folder)
    assert (again["unchanged"], again["pages_without_text"]) == (3, 0), "what was not read again is not counted again"


@NEEDS_RECOGNITION
def test_how_well_a_page_was_recognised_is_kept(live: LiveApplication, folder: Path) -> None:
    (folder / "minutes.pdf").write_bytes(mixed_pdf())
    view = live.load(folder)
    (item,) = [item for item in view["items"] if item["path"] == "minutes.pdf"]
    assert 70 < item["lowest_recognition"] <= 100
    assert (view["pages_without_text"], view["pages_unread"]) == (1, 0)
    second = pages_of(live, item["version_id"])[1]
    assert (second["state"], second["code"]) == ("published", "recognised")
    assert second["recognition_confidence"] == item["lowest_recognition"]
    versions = live.http.get(f"/api/documents/{item['document_id']}/versions").json()
    assert [(version["pages_without_text"], version["lowest_recognition"]) for version in versions] == [
        (1, item["lowest_recognition"])
    ]


def test_pages_are_only_for_those_who_may_read_the_document(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    version = live.http.get("/api/documents").json()["items"][0]["version_id"]
    missing = live.http.get("/api/versions/00000000-0000-0000-0000-000000000000/pages")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert pages_of(live, version)
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset({"staff"}))
    try:
        closed = live.http.get(f"/api/versions/{version}/pages")
        assert (closed.status_code, closed.json()["error"]["code"]) == (404, "not_found")
        with live.services.engines.database.transaction() as connection:
            corpora.change_corpus(connection, "hr", groups=frozenset({"staff"}))
        assert pages_of(live, version)
    finally:
        live.application.dependency_overrides.clear()


@pytest.fixture
def unread(live: LiveApplication, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The failures of a corpus with a scan that was loaded before text recognition was installed, which it is now."""
    (folder / "minutes.pdf").write_bytes(mixed_pdf())
    nothing_installed = tmp_path / "nothing"
    nothing_installed.mkdir()
    with monkeypatch.context() as before_installing:
        parser = without_recognition(live, nothing_installed, before_installing)
        before_installing.setattr(live.services.engines.settings, "ocr_data_dir", nothing_installed)
        try:
            live.load(folder)
        finally:
            parser.close()
        failures = live.http.get("/api/corpora/hr/failures").json()
        assert live.http.post("/api/corpora/hr/retry").status_code == 422, "it would end the same"
    return failures


def read_again(live: LiveApplication) -> list[dict[str, Any]]:
    started = live.http.post("/api/corpora/hr/retry")
    assert started.status_code == 202, started.text
    return [item for load in started.json() for item in live.wait(load["id"])["items"]]


@NEEDS_RECOGNITION
def test_unread_pages_are_read_again_once_recognition_is_installed(
    live: LiveApplication, folder: Path, unread: dict[str, Any]
) -> None:
    assert (unread["failed"], unread["unread"], unread["unread_retryable"]) == (0, 1, 0)
    assert live.http.get("/api/corpora/hr/failures").json()["unread_retryable"] == 1
    first = one_document(live, "minutes.pdf")
    assert [(item["path"], item["outcome"]) for item in read_again(live)] == [("minutes.pdf", "published")]
    second = one_document(live, "minutes.pdf")
    assert second["version_id"] != first["version_id"]
    assert pages_of(live, first["version_id"])[1]["code"] == "unread", "a published version never changes"
    assert pages_of(live, second["version_id"])[1]["code"] == "recognised"
    assert live.http.get("/api/corpora/hr/failures").json()["unread"] == 0
    found = live.http.post("/api/search", json={"question": "procès-verbal approuvé unanimité"}).json()
    hits = [hit for hit in found["hits"] if hit["path"] == "minutes.pdf"]
    assert {hit["version_id"] for hit in hits} == {second["version_id"]}
    assert any("unanimité" in hit["text"] for hit in hits)
    again = live.load(folder)
    assert again["unchanged"] == 3, "the newest reading is its source's content"
    assert one_document(live, "minutes.pdf")["version_id"] == second["version_id"]
    assert reconcile(live)["findings"] == []


@NEEDS_RECOGNITION
@pytest.mark.usefixtures("unread")
def test_a_reading_that_was_cut_off_before_its_load_is_taken_up(live: LiveApplication) -> None:
    first = one_document(live, "minutes.pdf")["version_id"]
    with live.services.engines.database.transaction() as connection:  # and here the process was killed
        (begun,) = readings.add_readings(connection, [first], datetime.now(UTC))
    assert live.http.get("/api/corpora/hr/failures").json()["unread"] == 1
    assert [(item["version_id"], item["outcome"]) for item in read_again(live)] == [(begun, "published")]
    assert live.http.get("/api/corpora/hr/failures").json()["unread"] == 0


@NEEDS_RECOGNITION
@pytest.mark.usefixtures("unread")
def test_a_reading_that_fails_leaves_the_earlier_one_valid(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = one_document(live, "minutes.pdf")
    hasty = IsolatedDocumentParser(wall_time_s=0.01, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=None)
    with monkeypatch.context() as in_a_hurry:
        in_a_hurry.setattr(live.services.loader, "_parser", hasty)
        try:
            assert [(item["path"], item["code"]) for item in read_again(live)] == [("minutes.pdf", "parsing_timed_out")]
        finally:
            hasty.close()
    failures = live.http.get("/api/corpora/hr/failures").json()
    assert (failures["retryable"], failures["unread"]) == (1, 0), "it is tried again as what it is now: a failure"
    assert live.load(folder)["unchanged"] == 3
    found = live.http.post("/api/search", json={"question": "texte", "limit": 100}).json()
    assert first["version_id"] in {hit["version_id"] for hit in found["hits"]}
