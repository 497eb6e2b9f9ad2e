"""A folder full of hostile and odd files: each bad one fails with its reason, all others are published."""

import io
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import psutil
from reportlab.pdfgen.canvas import Canvas

from application.live_application import LiveApplication
from application.test_loading import paths

NFD_NAME = unicodedata.normalize("NFD", "procédure d'accueil.txt")
NFC_NAME = unicodedata.normalize("NFC", NFD_NAME)
QUOTED_NAME = 'it\'s "100 %" <b>;--.md'
MOST_GROWTH_MB = 700


def many_pages(count: int) -> bytes:
    canvas = Canvas(buffer := io.BytesIO(), pageCompression=1)
    for number in range(count):
        canvas.drawString(72, 700, f"Clause {number}: the parties agree on point {number}.")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def zip_bomb() -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0" * (300 << 20))
    return buffer.getvalue()


def write_hostile(folder: Path) -> None:
    pdf = many_pages(3)
    (folder / "truncated.pdf").write_bytes(pdf[: len(pdf) // 3])
    (folder / "bomb.zip").write_bytes(zip_bomb())
    (folder / "empty.docx").write_bytes(b"")
    (folder / "program.exe").write_bytes(b"MZ\x90\x00" + bytes(range(256)) * 40)
    (folder / "noise.docx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 40)
    (folder / "entity.html").write_text(
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>The entity is &e; and nothing more.</p>', "utf-8"
    )
    (folder / "outside.txt").symlink_to("/etc/hostname")
    with (folder / "endless.txt").open("wb") as large:
        large.truncate(500 << 20)
    (folder / NFD_NAME).write_text("L'accueil ouvre à huit heures.", "utf-8")
    (folder / QUOTED_NAME).write_text("# Quotes\n\nThe name of this file has quotes.", "utf-8")
    (folder / "really-a-pdf.txt").write_bytes(pdf)
    (folder / "long.pdf").write_bytes(many_pages(10_000))


def resident_mb() -> float:
    return psutil.Process().memory_info().rss / 2**20


def test_bad_files_fail_with_their_reasons_and_the_rest_is_published(live: LiveApplication, folder: Path) -> None:
    write_hostile(folder)
    before = resident_mb()
    view = live.load(folder)
    items: dict[str, dict[str, Any]] = {item["path"]: item for item in view["items"]}
    assert view["state"] == "finished"
    reasons = {path: item["code"] for path, item in items.items() if item["outcome"] == "failed"}
    assert reasons == {
        "truncated.pdf": "document_corrupt",
        "bomb.zip": "document_hostile",
        "empty.docx": "document_empty",
        "program.exe": "document_type_unsupported",
        "noise.docx": "document_corrupt",
        "outside.txt": "document_unreadable",
        "endless.txt": "document_too_large",
        "long.pdf": "document_too_large",
    }
    published = {path for path, item in items.items() if item["outcome"] == "published"}
    assert {"telework.md", "passwords.txt", NFC_NAME, QUOTED_NAME, "really-a-pdf.txt"} <= published
    assert resident_mb() - before < MOST_GROWTH_MB
    assert "telework.md" in paths(live, "télétravail par semaine")
    assert NFC_NAME in paths(live, "accueil huit heures")
    assert not [path for path in paths(live, "entity nothing more") if "passwd" in path]
