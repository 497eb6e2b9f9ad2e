"""Files of which nothing could be stored are no documents; they are listed with their reason all the same."""

from pathlib import Path
from typing import Any

import pytest

from application.command import run_command
from application.live_application import LiveApplication
from sourcier_api.dependencies import principal_of
from sourcier_core.access import Principal


def listed(live: LiveApplication, **asked: str | int) -> dict[str, Any]:
    answer = live.http.get("/api/never-stored", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_files_that_are_no_documents_are_listed_until_they_are(live: LiveApplication, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "link.txt").symlink_to(folder / "telework.md")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    load = live.load(folder)
    found = listed(live)
    assert found["total"] == 2, "the broken one is stored, so it is a document"
    assert {item["path"]: (item["code"], item["retryable"]) for item in found["items"]} == {
        "empty.txt": ("document_empty", False),
        "link.txt": ("document_unreadable", True),
    }
    assert {item["message"] for item in found["items"]} == {"The file is empty.", "Links are not followed."}
    assert {(item["corpus_id"], item["load_id"], item["source"]) for item in found["items"]} == {
        ("hr", load["id"], str(folder))
    }
    assert [item["path"] for item in listed(live, query="LINK")["items"]] == ["link.txt"]
    assert [item["path"] for item in listed(live, corpus="hr", limit=1, offset=1)["items"]] == ["link.txt"]
    (folder / "empty.txt").write_text("Plus vide.", "utf-8")
    (folder / "link.txt").unlink()
    live.load(folder)
    assert listed(live) == {"items": [], "total": 0}


def test_the_command_that_lists_documents_lists_them_too(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "empty.txt").write_bytes(b"")
    live.load(folder)
    told = run_command(live, monkeypatch, "documents", "--state", "failed").output
    assert "Of 1 more, nothing could be stored" in told
    assert "hr/empty.txt  failed — document_empty: The file is empty." in told
    assert "nothing could be stored" not in run_command(live, monkeypatch, "documents", "--state", "published").output


def test_only_administrators_see_them(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset({"staff"}))
    try:
        refused = live.http.get("/api/never-stored")
    finally:
        live.application.dependency_overrides.clear()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")
