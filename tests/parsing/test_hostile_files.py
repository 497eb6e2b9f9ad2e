"""Bad files: each ends in a clear error or an honest reading, and the good file beside it is read all the same."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from parsing import document_builders as builders
from parsing import open_document_builders
from parsing.compound_builders import compound
from parsing.described import check_promises
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentError
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

CUSTOM_XML = "docProps/custom.xml"


def _add_member(office: bytes, name: str, content: bytes) -> bytes:
    stream = io.BytesIO(office)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def _replace_member(office: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(office)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            new.writestr(member.filename, change(content) if member.filename == name else content)
    return out.getvalue()


def _with_entities(declaration: bytes) -> bytes:
    def change(content: bytes) -> bytes:
        return content.replace(b"?>", b"?>" + declaration, 1).replace(b"<w:t>", b"<w:t>&lol;", 1)

    return _replace_member(builders.docx(), "word/document.xml", change)


def _nested_mail(depth: int) -> bytes:
    message = b"From: a@example.org\nSubject: fond\n\nfin\n"
    for _ in range(depth):
        message = b"From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" + message
    return message


HOSTILE: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
    "empty": ("vide.pdf", lambda: b"", {"document_empty"}),
    "only white space": ("blanc.txt", lambda: b" \n\t\n" * 400, {"document_without_text"}),
    "encrypted pdf": ("paie.pdf", lambda: builders.pdf(password="secret"), {"document_encrypted"}),
    "pdf that is not one": ("faux.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, {"document_corrupt"}),
    "office archive bomb": (
        "bombe.docx",
        lambda: _add_member(builders.docx(), "word/media/image1.bmp", b"\0" * (64 << 20)),
        {"document_hostile"},
    ),
    "path out of the archive": (
        "sortie.xlsx",
        lambda: _add_member(builders.xlsx(), "../../etc/cron.d/x", b"x"),
        {"document_hostile"},
    ),
    "external entity": (
        "entite.docx",
        lambda: _with_entities(b'<!DOCTYPE d [<!ENTITY lol SYSTEM "file:///etc/passwd">]>'),
        {"document_hostile"},
    ),
    "billion laughs": (
        "rires.docx",
        lambda: _with_entities(b'<!DOCTYPE d [<!ENTITY a "' + b"a" * 4000 + b'"><!ENTITY lol "&a;&a;&a;">]>'),
        {"document_hostile"},
    ),
    "unknown kind": ("programme.exe", lambda: b"MZ\x90\x00" + bytes(range(256)) * 40, {"document_type_unsupported"}),
    "binary named as text": ("image.txt", lambda: bytes(range(256)) * 40, {"document_type_unsupported"}),
    "password of an office file": (
        "protege.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096,
        {"document_encrypted", "document_corrupt"},
    ),
    "mail nested too deep": ("poupees.eml", lambda: _nested_mail(60), {"document_hostile", "document_corrupt"}),
    "deep markup": (
        "profond.html",
        lambda: b"<html><body>" + b"<div>" * 30_000 + b"x" + b"</div>" * 30_000,
        {"document_corrupt", "document_without_text", "read", "parsing_crashed", "parsing_timed_out"},
    ),
    "password of a workbook": (
        "paie.xls",
        lambda: compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(100)}),
        {"document_encrypted"},
    ),
    "password of an odt": (
        "protege.odt",
        lambda: open_document_builders.odt("x", encrypted=True),
        {"document_encrypted"},
    ),
    "protected book": ("livre.epub", lambda: open_document_builders.epub("x", protected=True), {"document_encrypted"}),
    "rich text nested too deep": ("poupees.rtf", lambda: b"{\\rtf1" + b"{" * 100_000, {"document_hostile"}),
    "external entity in an odt": (
        "entite.odt",
        lambda: _replace_member(
            open_document_builders.odt("x"),
            "content.xml",
            lambda content: content.replace(b"?>", b'?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1),
        ),
        {"document_hostile"},
    ),
    "too many pages": ("long.pdf", lambda: builders.pdf("p", pages=5_001), {"document_too_large"}),
    "beyond the size limit": ("gros.txt", lambda: b"mot " * (6 << 20), {"document_too_large"}),
}


def _parse_beside_a_good_file(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> str:
    (folder / "bad").write_bytes(data)
    (folder / "good").write_bytes(builders.docx())
    bad, good = parser.parse_many([(folder / "bad", name), (folder / "good", "bon.docx")])
    assert isinstance(good, ParsedDocument), good
    assert builders.SENTENCE in good.text
    if isinstance(bad, ParsedDocument):
        check_promises(bad)
        assert bad.text.strip()
        return "read"
    assert isinstance(bad, DocumentError)
    assert bad.message
    assert str(folder) not in bad.message, "an error shows no path of the server"
    return bad.code


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(
    case: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    name, build, expected = HOSTILE[case]
    assert _parse_beside_a_good_file(document_parser, tmp_path, name, build()) in expected


@pytest.mark.parametrize("suffix", builders.BUILDERS)
@pytest.mark.parametrize("damage", ["truncated", "flipped", "begun twice"])
def test_a_damaged_file_gives_an_error_or_an_honest_reading(
    suffix: str, damage: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    data = bytearray(builders.BUILDERS[suffix]())
    dice = random.Random(f"{suffix} {damage}")
    if damage == "truncated":
        del data[len(data) * 2 // 3 :]
    elif damage == "flipped":
        for _ in range(20):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    else:
        data = data[: len(data) // 2] + data
    outcome = _parse_beside_a_good_file(document_parser, tmp_path, f"abime{suffix}", bytes(data))
    assert outcome in {"read", "document_corrupt", "document_hostile", "document_encrypted", "document_without_text",
                       "document_type_unsupported", "document_too_large", "ocr_missing",
                       "document_encoding_unknown"}  # fmt: skip


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".html", ".eml", ".rtf", ".odt", ".xls", ".msg"])
def test_a_wrong_extension_does_not_mislead(
    suffix: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(builders.BUILDERS[suffix]())
    (parsed,) = document_parser.parse_many([(tmp_path / "file", "note.txt")])
    assert isinstance(parsed, ParsedDocument), parsed
    assert builders.SENTENCE in parsed.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "cp850", "mac_roman"])
def test_accents_survive_every_encoding(encoding: str, document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    written = "Règlement intérieur\n\n" + (builders.SENTENCE + " Où ? À Nevers, l'été, çà et là.\n") * 5
    (tmp_path / "file").write_bytes(written.encode(encoding))
    (parsed,) = document_parser.parse_many([(tmp_path / "file", "reglement.txt")])
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.text.split() == written.split()
