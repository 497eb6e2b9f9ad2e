"""Loads through the running application, on real parsers, PostgreSQL and index."""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import psutil

from application.killed_loads import children_at_work
from application.live_application import LiveApplication
from parsing.document_builders import pdf


def ask(live: LiveApplication, question: str) -> tuple[dict[str, Any], list[str]]:
    """The last event's body and the names of all events."""
    names: list[str] = []
    body: dict[str, Any] = {}
    with live.http.stream("POST", "/api/ask", json={"question": question}) as response:
        for line in response.iter_lines():
            if line.startswith("event:"):
                names.append(line.split(":", 1)[1].strip())
            elif line.startswith("data:"):
                body = json.loads(line.split(":", 1)[1])
    return body, names


def paths(live: LiveApplication, question: str) -> set[str]:
    return {source["path"] for source in ask(live, question)[0]["answer"]["sources"]}


def test_new_unchanged_changed_and_vanished_files(live: LiveApplication, folder: Path) -> None:
    first = live.load(folder)
    assert (first["state"], first["published"], first["failed"]) == ("finished", 2, 0)
    assert "telework.md" in paths(live, "jours de télétravail")
    again = live.load(folder)
    assert (again["published"], again["unchanged"]) == (0, 2)

    (folder / "telework.md").write_text("# Télétravail\n\nTrois jours de télétravail par semaine.\n", "utf-8")
    changed = live.load(folder)
    assert (changed["published"], changed["unchanged"]) == (1, 1)
    answer = ask(live, "Combien de jours de télétravail ?")[0]["answer"]
    assert any("Trois jours" in source["quote"]["text"] for source in answer["sources"])
    assert all("deux jours" not in source["quote"]["text"] for source in answer["sources"])

    (folder / "telework.md").unlink()
    vanished = live.load(folder)
    assert (vanished["withdrawn"], vanished["unchanged"]) == (1, 1)
    assert "telework.md" not in paths(live, "jours de télétravail")


def test_an_unusual_share_of_vanished_files_needs_a_confirmation(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    for file in folder.iterdir():
        file.unlink()
    kept = live.load(folder)
    assert kept["withdrawn"] == 0
    assert "confirmation_required" in kept["message"]
    assert len(paths(live, "password")) > 0
    confirmed = live.load(folder, confirm_withdrawals=True)
    assert confirmed["withdrawn"] == 2
    assert paths(live, "password") == set()


def test_one_bad_file_fails_with_its_reason_and_the_others_are_published(live: LiveApplication, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (folder / "program.exe").write_bytes(bytes(range(256)) * 10)
    (folder / "truncated.docx").write_bytes(b"PK\x03\x04 and nothing more")
    (folder / "link.txt").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.txt")
    view = live.load(folder)
    codes = {item["path"]: item["code"] for item in view["items"] if item["outcome"] == "failed"}
    assert codes == {
        "empty.txt": "document_empty",
        "broken.pdf": "document_corrupt",
        "program.exe": "document_type_unsupported",
        "truncated.docx": "document_corrupt",
        "link.txt": "document_unreadable",
        "pipe.txt": "document_unreadable",
    }
    assert (view["published"], view["seen"]) == (2, 8)
    assert all(item["message"] for item in view["items"] if item["outcome"] == "failed")
    (folder / "empty.txt").write_text("Now there is a text about parking.", "utf-8")
    assert live.load(folder)["published"] == 1


def test_a_file_whose_parser_is_killed_fails_with_that_reason(live: LiveApplication, folder: Path) -> None:
    (folder / "long.pdf").write_bytes(pdf(pages=1500))
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    started = live.http.post("/api/corpora/hr/loads", json={"folder": str(folder)}, headers=live.token).json()
    deadline = time.monotonic() + 60
    while (view := live.http.get(f"/api/loads/{started['id']}").json())["finished_at"] is None:
        assert time.monotonic() < deadline, view
        for child in children_at_work(os.getpid()):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        time.sleep(0.002)
    items = {item["path"]: item for item in live.wait(started["id"])["items"]}
    assert (items["long.pdf"]["outcome"], items["long.pdf"]["code"]) == ("failed", "parsing_crashed")
    assert "killed from outside" in items["long.pdf"]["message"]
    retried = live.wait(live.http.post(f"/api/loads/{started['id']}/retry", headers=live.token).json()["id"])
    assert retried["failed"] == 0
    assert "long.pdf" in {item["path"] for item in retried["items"] if item["outcome"] == "published"}


def test_a_document_is_withdrawn_and_restored_by_hand(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    found = live.http.get("/api/documents", params={"query": "passwords"}).json()["items"][0]
    live.http.post(f"/api/documents/{found['id']}/withdraw").raise_for_status()
    assert "passwords.txt" not in paths(live, "password characters")
    live.http.post(f"/api/documents/{found['id']}/restore").raise_for_status()
    assert "passwords.txt" in paths(live, "password characters")


def test_an_upload_is_loaded_and_its_copy_removed(live: LiveApplication) -> None:
    live.http.post("/api/corpora", json={"id": "up", "title": "Uploads"})
    files = [("files", ("../../escape.txt", b"The cafeteria opens at noon.", "text/plain"))]
    view = live.wait(live.http.post("/api/corpora/up/uploads", files=files).json()["id"])
    assert [(item["path"], item["outcome"]) for item in view["items"]] == [("escape.txt", "published")]
    assert not list((live.services.engines.settings.data_dir / "uploads").iterdir())
