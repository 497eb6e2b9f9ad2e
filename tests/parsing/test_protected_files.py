"""Documents that ask for a password, read in the isolated child with those kept for their corpus."""

import io
import logging
import subprocess
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from parsing import document_builders as builders
from parsing.described import check_promises
from parsing.protected_builders import protected_office, protected_open_document, protected_pdf, table_pdf
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import DocumentEncrypted, DocumentError, PageUnavailable
from sourcier_ingest.parsing.extraction import ParseLimits, SourceFile
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.libre_office import converter
from sourcier_ingest.parsing.protected_files import passwords_in_time, unlocked
from sourcier_retrieval.page_images import render_page

RIGHT, WRONG = "Été-2026 à Nevers", "hunter2"
PROTECTED = {
    ".pdf": protected_pdf(RIGHT),
    ".docx": protected_office(".docx", RIGHT),
    ".xlsx": protected_office(".xlsx", RIGHT),
    ".pptx": protected_office(".pptx", RIGHT),
    ".odt": protected_open_document(builders.BUILDERS[".odt"](), RIGHT),
    ".ods": protected_open_document(builders.BUILDERS[".ods"](), RIGHT),
}
_PYTHON_WITH_OFFICE = "/usr/bin/python3"


def _has_office_with_python() -> bool:
    if converter() is None or not Path(_PYTHON_WITH_OFFICE).exists():
        return False
    return subprocess.run([_PYTHON_WITH_OFFICE, "-c", "import uno"], capture_output=True).returncode == 0


def _parse(
    parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes, *passwords: str
) -> ParsedDocument | DocumentError:
    (folder / "file").write_bytes(data)
    (outcome,) = parser.parse_many([(folder / "file", name)], DocumentPasswords(values=passwords))
    assert (folder / "file").read_bytes() == data, "the original stays as it is"
    return outcome


@pytest.mark.parametrize("suffix", PROTECTED)
def test_the_right_password_opens_the_file(
    suffix: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    read = _parse(document_parser, tmp_path, f"congés{suffix}", PROTECTED[suffix], WRONG, RIGHT)
    assert isinstance(read, ParsedDocument), read
    assert builders.SENTENCE in read.text
    check_promises(read)
    (tmp_path / "open").write_bytes(builders.BUILDERS[suffix]())
    (plain,) = document_parser.parse_many([(tmp_path / "open", f"congés{suffix}")])
    assert isinstance(plain, ParsedDocument)
    assert (read.text, read.media_type, read.title, read.parser) == (
        plain.text,
        plain.media_type,
        plain.title,
        plain.parser,
    )


@pytest.mark.parametrize("suffix", PROTECTED)
@pytest.mark.parametrize(
    ("passwords", "said"),
    [((), "none is kept"), ((WRONG,), "the one that is kept"), ((WRONG, "secret"), "none of the 2 that are kept")],
)
def test_without_the_right_password_it_is_refused_and_said_why(
    suffix: str, passwords: tuple[str, ...], said: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    refused = _parse(document_parser, tmp_path, f"a{suffix}", PROTECTED[suffix], *passwords)
    assert isinstance(refused, DocumentEncrypted), refused
    assert said in refused.message
    assert not any(password in refused.message for password in passwords)


def test_passwords_that_cannot_be_decrypted_are_said_to_be_so(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    files = [(tmp_path / suffix, f"a{suffix}") for suffix in PROTECTED]
    for place, name in files:
        place.write_bytes(PROTECTED[Path(name).suffix])
    for refused in document_parser.parse_many(files, DocumentPasswords(unreadable=True)):
        assert isinstance(refused, DocumentEncrypted)
        assert "cannot be decrypted" in refused.message


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
@pytest.mark.parametrize("password", [RIGHT, "owner's"])
def test_every_encryption_of_pdf_with_its_tables(
    algorithm: str, password: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    data = protected_pdf(RIGHT, algorithm=algorithm, data=table_pdf())
    read = _parse(document_parser, tmp_path, "a.pdf", data, password)
    assert isinstance(read, ParsedDocument), read
    assert any(element.category == "Table" for element in read.elements)


def test_a_pdf_with_an_owners_password_only_needs_none(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    for passwords in ((), (WRONG,)):
        read = _parse(document_parser, tmp_path, "a.pdf", protected_pdf(""), *passwords)
        assert isinstance(read, ParsedDocument), read
        assert builders.SENTENCE in read.text


def test_a_workbook_that_is_only_write_protected_needs_none(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    data = protected_office(".xlsx", "VelvetSweatshop")
    assert isinstance(_parse(document_parser, tmp_path, "a.xlsx", data), ParsedDocument)


def test_what_is_decrypted_is_no_safer_than_what_was_not(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    bomb = io.BytesIO(builders.docx())
    with ZipFile(bomb, "a", ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bmp", b"\0" * (64 << 20))
    refused = _parse(document_parser, tmp_path, "a.docx", protected_office(".docx", RIGHT, bomb.getvalue()), RIGHT)
    assert isinstance(refused, DocumentError)
    assert refused.code == "document_hostile"


def test_the_decrypted_copy_goes_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(PROTECTED[".docx"])
    source = SourceFile(
        path=tmp_path / "file", name="a.docx", limits=ParseLimits(), passwords=DocumentPasswords(values=(RIGHT,))
    )
    with unlocked(source, DocumentEncrypted()) as readable:
        assert readable.sample.startswith(b"PK")
        place = readable.path
    assert not place.exists()


def test_trying_ends_with_its_time(tmp_path: Path) -> None:
    kept = DocumentPasswords(values=("a", "b"))
    source = SourceFile(path=tmp_path, name="a", limits=ParseLimits(password_time_s=-1), passwords=kept)
    assert list(passwords_in_time(source)) == []


def test_a_page_is_drawn_with_the_password_and_not_without(tmp_path: Path) -> None:
    place = tmp_path / "a.pdf"
    place.write_bytes(PROTECTED[".pdf"])
    assert render_page(str(place), 1, [], [], 1.0, [WRONG, RIGHT]).startswith(b"\x89PNG")
    with pytest.raises(PageUnavailable, match="asks for a password"):
        render_page(str(place), 1, [], [], 1.0, [WRONG])


def test_passwords_are_in_no_representation_and_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = DocumentPasswords(values=(RIGHT, WRONG))
    source = SourceFile(path=tmp_path / "file", name="a.docx", limits=ParseLimits(), passwords=kept)
    assert RIGHT not in repr(kept) + repr(source)
    (tmp_path / "file").write_bytes(PROTECTED[".docx"])
    with caplog.at_level(logging.DEBUG), unlocked(source, DocumentEncrypted()):
        pass
    assert RIGHT not in caplog.text
    assert NO_PASSWORDS.values == ()


@pytest.mark.skipif(
    not _has_office_with_python(), reason="LibreOffice with its Python is not installed (Debian: python3-uno)"
)
@pytest.mark.parametrize(
    ("suffix", "wanted"),
    [
        (".docx", {".doc": "MS Word 97", ".odt": "writer8"}),
        (".xlsx", {".xls": "MS Excel 97", ".ods": "calc8"}),
    ],
)
def test_what_libre_office_protects_is_read(
    suffix: str, wanted: dict[str, str], document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / f"a{suffix}").write_bytes(builders.BUILDERS[suffix]())
    pairs = [word for made, kind in wanted.items() for word in (f"p{made}", kind)]
    script = Path(__file__).with_name("protecting_office.py")
    command = [_PYTHON_WITH_OFFICE, str(script), str(tmp_path), f"a{suffix}", "Été-2026"]
    subprocess.run([*command, *pairs], check=True, timeout=120, capture_output=True, env={"PATH": "/usr/bin:/bin"})
    for made in wanted:
        data = (tmp_path / f"p{made}").read_bytes()
        refused = _parse(document_parser, tmp_path, f"p{made}", data, WRONG)
        assert isinstance(refused, DocumentEncrypted), made
        read = _parse(document_parser, tmp_path, f"p{made}", data, WRONG, "Été-2026")
        assert isinstance(read, ParsedDocument), (made, read)
        assert builders.SENTENCE in read.text


def test_open_documents_that_are_hostile_or_protected_in_other_ways(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    plain = builders.BUILDERS[".odt"]()
    right = protected_open_document(plain, RIGHT)
    cases = {
        "document_hostile": protected_open_document(plain, RIGHT, content=b" " * (64 << 20)),
        "document_encrypted": _changed_manifest(right, b"aes256-cbc", b"blowfish"),
        "document_corrupt": protected_open_document(plain, RIGHT, content=b"<no"),
    }
    for code, data in cases.items():
        refused = _parse(document_parser, tmp_path, "a.odt", data, RIGHT)
        assert isinstance(refused, DocumentError)
        assert refused.code == code
    slow = _changed_manifest(right, b'iteration-count="1000"', b'iteration-count="2000000000"')
    refused = _parse(document_parser, tmp_path, "a.odt", slow, RIGHT)
    assert isinstance(refused, DocumentEncrypted)
    assert "cannot undo" in refused.message


def _changed_manifest(data: bytes, old: bytes, new: bytes) -> bytes:
    from parsing.open_document_builders import archive

    with ZipFile(io.BytesIO(data)) as given:
        members: dict[str, str | bytes] = {name: given.read(name) for name in given.namelist()}
    members["META-INF/manifest.xml"] = given_manifest = bytes(members["META-INF/manifest.xml"]).replace(old, new)
    assert new in given_manifest
    return archive(members)
