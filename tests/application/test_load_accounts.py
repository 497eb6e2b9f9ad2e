"""A load accounts for every file: its report, its pace, trying again; and it does not embed what it has embedded."""

import csv
import io
from pathlib import Path

import pytest

from application.live_application import LiveApplication
from sourcier_ingest import worker


def rows(live: LiveApplication, load_id: str) -> dict[str, dict[str, str]]:
    text = live.http.get(f"/api/loads/{load_id}/report.csv").text
    assert text.startswith("\ufeffpath,outcome")
    return {row["path"]: row for row in csv.DictReader(io.StringIO(text[1:]))}


def test_the_report_lists_every_file_with_its_reason(live: LiveApplication, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "=cmd|calc.txt").write_text("Une formule qui n'en est pas une.", "utf-8")
    view = live.load(folder)
    found = rows(live, view["id"])
    assert {path: row["outcome"] for path, row in found.items()} == {
        "empty.txt": "failed",
        "passwords.txt": "published",
        "telework.md": "published",
        "'=cmd|calc.txt": "published",
    }
    assert found["empty.txt"]["code"] == "document_empty"
    assert int(found["telework.md"]["passages"]) >= 1
    assert view["files_per_minute"] > 0
    assert view["seconds_left"] is None


def test_what_failed_can_be_tried_again_without_the_rest(live: LiveApplication, folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder / "telework.md")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    first = live.load(folder)
    assert (first["failed"], first["retryable"]) == (2, 1)
    (folder / "link.txt").unlink()
    (folder / "link.txt").write_text("Enfin un fichier ordinaire.", "utf-8")
    (folder / "telework.md").unlink()  # what is gone is not this load's business
    again = live.http.post(f"/api/loads/{first['id']}/retry")
    assert again.status_code == 202, again.text
    view = live.wait(again.json()["id"])
    assert {item["path"]: item["outcome"] for item in view["items"]} == {
        "link.txt": "published",
        "broken.pdf": "failed",
    }
    assert view["withdrawn"] == 0


def test_nothing_to_try_again_is_said(live: LiveApplication, folder: Path) -> None:
    view = live.load(folder)
    response = live.http.post(f"/api/loads/{view['id']}/retry")
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")


def test_a_text_that_is_in_the_index_is_not_embedded_again(
    live: LiveApplication, folder: Path, embedded_texts: list[str]
) -> None:
    pages = [f"# Fiche {number}\n\nLa fiche {number} décrit la procédure {number * 7}.\n" for number in range(30)]
    for number, page in enumerate(pages):
        (folder / f"fiche-{number:02}.md").write_text(page, "utf-8")
    live.load(folder)
    before = len(embedded_texts)
    assert before >= 32
    (folder / "fiche-03.md").write_text(pages[3].replace("décrit", "remplace"), "utf-8")
    (folder / "copie.md").write_text(pages[5], "utf-8")
    view = live.load(folder)
    assert view["published"] == 2
    assert len(embedded_texts) - before == 1


def test_a_mistake_of_ours_ends_the_load_as_failed(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "_MAX_TRIES", 2)
    monkeypatch.setattr(live.services.loader, "_keep", mistaken)
    view = live.load(folder)
    assert view["state"] == "failed"
    assert "ZeroDivisionError" in view["message"]
