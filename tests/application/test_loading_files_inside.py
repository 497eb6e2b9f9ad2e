"""Attachments and members of archives are documents of their own, with a path that says where they were found."""

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from application.live_application import LiveApplication
from application.test_loading import ask, paths
from sourcier_core.errors import ParsingCrashed
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

NOTE = "# Astreinte\n\nL'astreinte du week-end est payée 90 euros.\n"
RULE = "# Badge\n\nLe badge perdu est remplacé pour 15 euros.\n"


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def letter(attachments: dict[str, bytes], text: str = "Veuillez trouver la note ci-jointe.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rh@example.org", "tous@example.org", "Astreintes"
    message.set_content(text)
    for name, content in attachments.items():
        message.add_attachment(content, maintype="text", subtype="markdown", filename=name)
    return message.as_bytes()


def outcomes(view: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {item["path"]: item["outcome"] for item in view["items"]}


def test_what_is_inside_is_found_cited_and_follows_its_file(live: LiveApplication, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    inner = archive({"notes/astreinte.md": NOTE.encode(), "badge.md": RULE.encode(), "vide.txt": b""})
    (folder / "envoi.zip").write_bytes(inner)
    (folder / "lettre.eml").write_bytes(letter({"note.md": NOTE.replace("90", "95").encode()}))
    view = live.load(folder)
    assert outcomes(view) == {
        "envoi.zip": "published",
        "envoi.zip!/notes/astreinte.md": "published",
        "envoi.zip!/badge.md": "published",
        "envoi.zip!/vide.txt": "failed",
        "lettre.eml": "published",
        "lettre.eml!/note.md": "published",
    }
    assert "envoi.zip!/badge.md" in paths(live, "badge perdu remplacé")
    assert "lettre.eml!/note.md" in paths(live, "astreinte du week-end")
    again = live.load(folder)
    assert again["published"] == 0
    assert outcomes(again)["envoi.zip!/badge.md"] == "unchanged"

    (folder / "envoi.zip").write_bytes(archive({"notes/astreinte.md": NOTE.replace("90", "80").encode()}))
    changed = live.load(folder)
    assert outcomes(changed)["envoi.zip!/notes/astreinte.md"] == "published"
    assert "envoi.zip!/badge.md" not in paths(live, "badge perdu remplacé")

    (folder / "lettre.eml").unlink()
    live.load(folder)
    assert not any(path.startswith("lettre.eml") for path in paths(live, "astreinte du week-end"))


def test_archives_inside_archives_end_somewhere(live: LiveApplication, tmp_path: Path) -> None:
    folder = tmp_path / "dolls"
    folder.mkdir()
    content = archive({"fond.md": NOTE.encode()})
    for depth in range(8):
        content = archive({f"niveau-{depth}.zip": content})
    (folder / "poupees.zip").write_bytes(content)
    (folder / "bombe.zip").write_bytes(archive({"zeros.txt": b"0" * (256 << 20)}))
    (folder / "bon.md").write_text(RULE, "utf-8")
    view = live.load(folder)
    codes = {item["path"]: item["code"] for item in view["items"] if item["outcome"] == "failed"}
    assert codes.pop("bombe.zip") == "document_hostile"
    assert list(codes.values()) == ["document_hostile"]
    assert outcomes(view)["bon.md"] == "published"


FIRST = {"notes/astreinte.md": NOTE.encode(), "deep.zip": archive({"badge.md": RULE.encode()})}
SECOND = {"notes/astreinte.md": NOTE.replace("90", "80").encode(), "prime.md": b"# Prime\n\nLa prime vaut 40 euros.\n"}


def quoted(live: LiveApplication, question: str) -> str:
    return " ".join(source["quote"]["text"] for source in ask(live, question)[0]["answer"]["sources"])


def test_what_is_inside_comes_back_with_its_file(live: LiveApplication, folder: Path) -> None:
    place = folder / "envoi.zip"
    place.write_bytes(archive(FIRST))
    live.load(folder)
    place.unlink()
    live.load(folder)
    assert "envoi.zip!/deep.zip!/badge.md" not in paths(live, "badge perdu remplacé")
    place.write_bytes(archive(FIRST))
    back = outcomes(live.load(folder))
    inside = {"envoi.zip!/notes/astreinte.md", "envoi.zip!/deep.zip", "envoi.zip!/deep.zip!/badge.md"}
    assert {path for path, outcome in back.items() if outcome == "published"} == inside | {"envoi.zip"}
    assert "envoi.zip!/deep.zip!/badge.md" in paths(live, "badge perdu remplacé")
    assert "envoi.zip!/notes/astreinte.md" in paths(live, "astreinte du week-end")
    assert set(outcomes(live.load(folder)).values()) == {"unchanged"}


def test_an_earlier_content_that_is_back_brings_what_was_inside_it(live: LiveApplication, folder: Path) -> None:
    place = folder / "envoi.zip"
    for members in (FIRST, SECOND, FIRST):
        place.write_bytes(archive(members))
        view = live.load(folder)
    assert view["failed"] == view["pending"] == 0
    assert "90" in quoted(live, "astreinte du week-end")
    assert "80 euros" not in quoted(live, "astreinte du week-end")
    assert "envoi.zip!/deep.zip!/badge.md" in paths(live, "badge perdu remplacé")
    assert "envoi.zip!/prime.md" not in paths(live, "la prime vaut 40 euros")


def test_an_earlier_content_that_cannot_be_read_again_leaves_the_valid_one(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder / "envoi.zip"
    for members in (FIRST, SECOND):
        place.write_bytes(archive(members))
        live.load(folder)
    parse_many = IsolatedDocumentParser.parse_many

    def crashing(parser: IsolatedDocumentParser, files: Sequence[tuple[Path, str]], *_: Any) -> list[Any]:
        return [ParsingCrashed() if path == "envoi.zip" else parse_many(parser, [(at, path)])[0] for at, path in files]

    place.write_bytes(archive(FIRST))
    with monkeypatch.context() as patched:
        patched.setattr(IsolatedDocumentParser, "parse_many", crashing)
        failed = live.load(folder)
    assert {item["code"] for item in failed["items"] if item["outcome"] == "failed"} == {"parsing_crashed"}
    assert "80" in quoted(live, "astreinte du week-end")
    again = live.wait(live.http.post(f"/api/loads/{failed['id']}/retry").json()["id"])
    assert set(outcomes(again).values()) <= {"published", "unchanged"}
    assert "90" in quoted(live, "astreinte du week-end")
