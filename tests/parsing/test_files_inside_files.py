"""Attachments and members of archives: handed on under safe names, bounded, never followed outside."""

import io
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from parsing import document_builders as builders
from parsing.compound_builders import compound, message_tree
from parsing.open_document_builders import archive
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentError, DocumentTooLarge
from sourcier_ingest.parsing.children import Children, extension_of, safe_name
from sourcier_ingest.parsing.extraction import ParseLimits
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser


def _parse(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> ParsedDocument | DocumentError:
    (folder / "file").write_bytes(data)
    (outcome,) = parser.parse_many([(folder / "file", name)])
    return outcome


def _read(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> ParsedDocument:
    outcome = _parse(parser, folder, name, data)
    assert isinstance(outcome, ParsedDocument), outcome
    return outcome


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\anne\\paie.xls", "Users/anne/paie.xls"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("dir/\x00na\x1fme\u202e.txt", "dir/name.txt"),
        ('l\'été "indien".txt', 'l\'été "indien".txt'),
        (unicodedata.normalize("NFD", "règle été.txt"), "règle été.txt"),
        ("a!/b.txt", "a_/b.txt"),
        ("..", ""),
        ("", ""),
    ],
)
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert safe_name(given, folders=True) == kept
    assert safe_name(given) == kept.rpartition("/")[2]


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("é" * 400 + ".docx")
    assert len(name.encode()) <= 200
    assert name.endswith(".docx")


def test_equal_names_are_told_apart() -> None:
    children = Children(ParseLimits())
    names = [children.add(name, b"x") for name in ("a.txt", "A.txt", "a.txt", "", "..", "sans")]
    assert len({name.casefold() for name in names}) == 6
    assert names[:2] == ["a.txt", "A (2).txt"]


def test_number_and_size_are_bounded() -> None:
    few = Children(ParseLimits(max_children=2))
    few.add("a", b"x")
    few.add("b", b"x")
    with pytest.raises(DocumentTooLarge):
        few.add("c", b"x")
    small = Children(ParseLimits(max_child_bytes=10))
    small.add("a", b"x" * 10)
    with pytest.raises(DocumentTooLarge):
        small.add("b", b"x")


def test_extensions_of_media_types() -> None:
    assert extension_of("application/pdf") == ".pdf"
    assert extension_of("text/html") == ".html"
    assert extension_of("application/x-nothing-known") == ".bin"


def test_attachments_of_a_mail_are_its_children(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "a@example.org", "Dedans / inside"
    inner.set_content("corps")
    inner.add_attachment(b"profond", maintype="application", subtype="pdf", filename="profond.pdf")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "rh@example.org", "tous@example.org", "Congés"
    mail.set_content("Le corps.")
    mail.add_alternative("<p>Le corps <b>mis en forme</b>.</p>", subtype="html")
    attached = builders.docx()
    mail.add_attachment(attached, maintype="application", subtype="msword", filename='../../règle "1".docx')
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf")
    mail.add_attachment(inner)
    mail.add_attachment(b"logo", maintype="image", subtype="png", cid="<logo>", disposition="inline")
    mail.add_attachment(b"s", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    parsed = _read(document_parser, tmp_path, "a.eml", mail.as_bytes())
    children = {child.name: child.content for child in parsed.children}
    assert list(children) == ['règle "1".docx', "attachment-2.pdf", "Dedans - inside.eml"]
    assert children['règle "1".docx'] == attached
    again = BytesParser(_class=EmailMessage).parsebytes(children["Dedans - inside.eml"])
    assert [part.get_filename() for part in again.walk() if part.get_filename()] == ["profond.pdf"]
    assert "mis en forme" in parsed.text
    assert parsed.text.count("Le corps") == 1
    assert all(name in parsed.text for name in children)


def test_a_mail_with_an_empty_formatted_body_is_read_from_its_plain_one(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "rh@example.org", "Congés"
    mail.set_content(builders.SENTENCE)
    mail.add_alternative("<html><body><img src='cid:x'></body></html>", subtype="html")
    assert builders.SENTENCE in _read(document_parser, tmp_path, "a.eml", mail.as_bytes()).text


def test_attachments_of_an_outlook_message_are_its_children(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    inner = message_tree("Dedans", "Le corps de dedans", {"é.txt": b"profond"}, embedded=True)
    data = compound(message_tree("Congés", builders.SENTENCE, {"..\\note.txt": b"abc", "transfert": inner}))
    parsed = _read(document_parser, tmp_path, "a.msg", data)
    assert [child.name for child in parsed.children] == ["note.txt", "transfert.eml"]
    inside = _read(document_parser, tmp_path, "transfert.eml", parsed.children[1].content)
    assert "Le corps de dedans" in inside.text
    assert [(child.name, child.content) for child in inside.children] == [("é.txt", b"profond")]


def test_messages_inside_messages_without_end_are_refused(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    tree = message_tree("fond", "fin", embedded=True)
    for _ in range(12):
        tree = message_tree("x", "x", {"x": tree}, embedded=True)
    outcome = _parse(document_parser, tmp_path, "a.msg", compound(message_tree("x", "x", {"x": tree})))
    assert isinstance(outcome, DocumentError)
    assert outcome.code == "document_hostile"


def test_members_of_an_archive_are_its_children(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    nested = archive({"profond.txt": builders.text()})
    name = unicodedata.normalize("NFD", 'été/l\'accord "signé".txt')
    data = archive({name: builders.text(), "dans.zip": nested, "__MACOSX/x": b"x", "vide.txt": b""})
    parsed = _read(document_parser, tmp_path, "lettres.zip", data)
    assert [child.name for child in parsed.children] == ['été/l\'accord "signé".txt', "dans.zip", "vide.txt"]
    assert parsed.children[1].content == nested
    assert "l'accord" in parsed.text
    assert "__MACOSX" in parsed.text, "what is left out is named"


def test_an_empty_archive_and_a_link_are_told(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    parsed = _read(document_parser, tmp_path, "vide.zip", archive({}))
    assert not parsed.children
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        link = zipfile.ZipInfo("lien.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    parsed = _read(document_parser, tmp_path, "lien.zip", stream.getvalue())
    assert not parsed.children
    assert "lien.txt" in parsed.text


@pytest.mark.parametrize("encoding", ["cp850", "utf-8"])
def test_older_names_in_archives_keep_their_accents(
    encoding: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    written = "è".encode(encoding)
    data = archive({f"r{'X' * len(written)}gle.txt": b"texte"}).replace(b"X" * len(written), written)
    parsed = _read(document_parser, tmp_path, "a.zip", data)
    assert [child.name for child in parsed.children] == ["règle.txt"]


def _encrypted() -> bytes:
    """The flag is what tells: bit 0 of both headers."""
    data = bytearray(archive({"secret.txt": b"abc"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: archive({"bombe.bin": b"\0" * (64 << 20)}), "document_hostile"),
        (lambda: archive({"../../etc/cron.d/x": b"x"}), "document_hostile"),
        (lambda: archive({"/etc/passwd": b"x"}), "document_hostile"),
        (lambda: archive({f"{number}.txt": b"x" for number in range(5_001)}), "document_too_large"),
        (_encrypted, "document_encrypted"),
    ],
    ids=["bomb", "traversal", "absolute", "too many", "encrypted"],
)
def test_a_hostile_archive_is_refused(
    data: Callable[[], bytes], code: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    outcome = _parse(document_parser, tmp_path, "a.zip", data())
    assert isinstance(outcome, DocumentError)
    assert outcome.code == code
