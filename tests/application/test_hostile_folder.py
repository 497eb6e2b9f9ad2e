"""A folder full of hostile and odd files: each bad one fails with its reason, all others are published."""

import io
import json
import os
import pwd
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from application.live_application import LiveApplication
from application.test_loading import ask, paths
from sourcier_core.blobs import FolderBlobStore
from sourcier_core.db import tables
from sourcier_core.errors import DocumentError, DocumentUnreadable
from sourcier_evaluation.memory_sampling import MemorySampler
from sourcier_ingest.sources import FolderSource, local_copy

NFD_NAME = unicodedata.normalize("NFD", "procédure d'accueil.txt")
NFC_NAME = unicodedata.normalize("NFC", NFD_NAME)
QUOTED_NAME = 'it\'s "100 %" <b>;--.md'
MOST_GROWTH_MB = 700
MOST_OF_CHILDREN_MB = 1500
"""Two children side by side, and the server they are forked from."""


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


def test_bad_files_fail_with_their_reasons_and_the_rest_is_published(live: LiveApplication, folder: Path) -> None:
    write_hostile(folder)
    with MemorySampler(every_s=0.1) as memory:
        before = memory.peak.process
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
    assert memory.peak.process - before < MOST_GROWTH_MB
    assert 100 < memory.peak.children < MOST_OF_CHILDREN_MB
    assert "telework.md" in paths(live, "télétravail par semaine")
    assert NFC_NAME in paths(live, "accueil huit heures")
    with live.services.engines.database.transaction() as connection:
        texts = dict(
            connection.execute(
                select(tables.documents.c.path, tables.versions.c.canonical_text).join(
                    tables.versions, tables.versions.c.document_id == tables.documents.c.id
                )
            ).all()
        )
    assert "and nothing more" in texts["entity.html"]
    secret = Path("/etc/passwd").read_text("utf-8").splitlines()[0]
    assert secret.startswith("root:")
    assert not [path for path, text in texts.items() if text and ("root:" in text or secret in text)]
    quotes = [source["quote"]["text"] for source in ask(live, "entity nothing more")[0]["answer"]["sources"]]
    assert quotes
    assert not [quote for quote in quotes if "root:" in quote]


def test_files_and_folders_that_may_not_be_read_are_said() -> None:
    """Walked as a user who may not: root may read everything."""
    with tempfile.TemporaryDirectory(prefix="sourcier-test-") as name:
        folder, stored = Path(name, "documents"), Path(name, "stored")
        for place in (folder, folder / "closed", stored):
            place.mkdir()
        for place in (folder / "open.txt", folder / "locked.txt", folder / "closed" / "inside.txt"):
            place.write_text("Some words.", "utf-8")
        Path(name).chmod(0o755)
        stored.chmod(0o777)
        (folder / "locked.txt").chmod(0)
        (folder / "closed").chmod(0)
        try:
            found = as_nobody(lambda: store_all(folder, stored))
        finally:
            (folder / "closed").chmod(0o755)
    assert found["incomplete"] == ["closed"]
    assert found["stored"] == ["open.txt"]
    assert found["problems"] == {"locked.txt": "document_unreadable", "closed": "document_unreadable"}


def store_all(folder: Path, stored: Path) -> dict[str, Any]:
    """What a load does first: walk, and store the bytes of what was found."""
    source = FolderSource(folder, max_file_bytes=1 << 20)
    blobs = FolderBlobStore(stored, reserve_mb=0)
    kept: list[str] = []
    problems: dict[str, str] = {}
    for file in source.walk():
        try:
            if file.problem is not None:
                raise file.problem
            with local_copy(source, file, stored) as place:
                blobs.put_file(place)
            kept.append(file.path)
        except OSError:
            problems[file.path] = DocumentUnreadable.code
        except DocumentError as error:
            problems[file.path] = error.code
    return {"stored": kept, "problems": problems, "incomplete": list(source.incomplete_prefixes)}


def as_nobody(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Call it in a forked child which, when this is root, has become an ordinary user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                os.setgroups([])
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
            os.write(writing, json.dumps(act()).encode())
        except BaseException as error:  # noqa: BLE001 - the border of the child
            os.write(writing, json.dumps({"failed": repr(error)}).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found = json.loads(answer.read())
    os.waitpid(child, 0)
    return found
