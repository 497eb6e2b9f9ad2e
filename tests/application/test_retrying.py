"""Trying again one document, and all of a corpus that another try may help."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from application.live_application import LiveApplication
from sourcier_api.dependencies import principal_of
from sourcier_core.access import Principal


def fail(live: LiveApplication, *paths: str, code: str = "parsing_timed_out", retryable: bool = True) -> None:
    """Let these documents' published contents have failed, as if the parser had given up on them."""
    with live.services.engines.database.transaction() as connection:
        connection.execute(text("DELETE FROM publications"))
        connection.execute(
            text(
                "UPDATE versions SET state = 'failed', failure_code = :code, failure_message = 'raw', "
                "failure_retryable = :again FROM documents WHERE documents.id = document_id AND path = ANY(:paths)"
            ),
            {"code": code, "again": retryable, "paths": list(paths)},
        )


def documents(live: LiveApplication) -> dict[str, dict[str, Any]]:
    return {document["path"]: document for document in live.http.get("/api/documents").json()["items"]}


def test_one_document_is_read_again_from_its_stored_bytes(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    fail(live, "telework.md", "passwords.txt")
    (folder / "telework.md").unlink()
    started = live.http.post(f"/api/documents/{documents(live)['telework.md']['id']}/retry")
    assert started.status_code == 202, started.text
    view = live.wait(started.json()["id"])
    assert [(item["path"], item["outcome"]) for item in view["items"]] == [("telework.md", "published")]
    found = documents(live)
    assert {path: document["state"] for path, document in found.items()} == {
        "telework.md": "published",
        "passwords.txt": "failed",
    }
    points = live.services.engines.index.version_points(found["telework.md"]["version_id"])
    assert points == found["telework.md"]["passage_count"] > 0


def test_what_has_not_failed_or_was_decided_is_not_tried_again(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    fail(live, "telework.md", code="document_rejected", retryable=False)
    for document in documents(live).values():
        response = live.http.post(f"/api/documents/{document['id']}/retry")
        assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    nothing = live.http.post("/api/corpora/hr/retry")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (422, "invalid_request")
    assert documents(live)["telework.md"]["failure_code"] == "document_rejected"


def test_all_of_a_corpus_that_another_try_may_help(live: LiveApplication, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "badges.txt").write_text("Badges are returned on the last day.", "utf-8")
    (folder / "link.txt").symlink_to(folder / "telework.md")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    live.load(folder)
    live.load(elsewhere)
    fail(live, "telework.md", "badges.txt")
    failures = live.http.get("/api/corpora/hr/failures").json()
    assert (failures["failed"], failures["retryable"]) == (4, 3)
    assert failures["codes"] == {"parsing_timed_out": 2, "document_corrupt": 1, "document_unreadable": 1}
    assert failures["retryable_codes"] == {"parsing_timed_out": 2, "document_unreadable": 1}
    (folder / "link.txt").unlink()
    (folder / "link.txt").write_text("Enfin un fichier ordinaire.", "utf-8")
    (folder / "new.txt").write_text("Ce fichier n'est pas l'affaire de cet essai.", "utf-8")
    started = live.http.post("/api/corpora/hr/retry")
    assert started.status_code == 202, started.text
    views = [live.wait(load["id"]) for load in started.json()]
    ended = {item["path"]: item["outcome"] for view in views for item in view["items"]}
    assert ended == {"telework.md": "published", "badges.txt": "published", "link.txt": "published"}
    assert live.http.get("/api/corpora/hr/failures").json()["retryable"] == 0


@pytest.mark.parametrize("path", ["/api/corpora/hr/retry", "/api/documents/{document}/retry"])
def test_only_administrators_try_again(live: LiveApplication, folder: Path, path: str) -> None:
    live.load(folder)
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    address = path.format(document=documents(live)["telework.md"]["id"])
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset({"staff"}))
    try:
        refused = live.http.post(address)
    finally:
        live.application.dependency_overrides.clear()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")
