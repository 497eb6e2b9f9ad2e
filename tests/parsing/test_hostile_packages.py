"""Hostile files of every container format: entities, bombs and bottomless nesting, and every format misnamed."""

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from parsing import document_builders as builders
from parsing.described import check_promises
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

SECRET = "/etc/passwd"
BOMB_BYTES = 400 << 20
REFUSED = {"document_hostile", "document_corrupt", "document_too_large"}
STOPPED = {"parsing_timed_out", "parsing_out_of_memory", "parsing_crashed"}
NOTHING = {"document_without_text", "ocr_missing"}
ENTITY = f'<!DOCTYPE d [<!ENTITY stolen SYSTEM "file://{SECRET}">]>'.encode()


def outcome(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> ParsedDocument | str:
    """What was read, or the code of the error; a good file beside it is read in any case."""
    (folder / "bad").write_bytes(data)
    (folder / "good").write_bytes(builders.docx())
    bad, good = parser.parse_many([(folder / "bad", name), (folder / "good", "bon.docx")])
    assert isinstance(good, ParsedDocument), good
    if isinstance(bad, ParsedDocument):
        check_promises(bad)
        return bad
    assert bad.message
    return bad.code


def changed(package: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        assert member in old.namelist(), old.namelist()
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == member else content)
    return out.getvalue()


def with_entity(before: bytes, *, place: bytes) -> Callable[[bytes], bytes]:
    """Declare an entity for a file of the machine, and use it where the words `place` are."""

    def change(content: bytes) -> bytes:
        content = content.replace(b"<!DOCTYPE html>", b"")
        declared = content.replace(b"?>", b"?>" + before, 1) if b"?>" in content else before + content
        assert place in declared, declared
        return declared.replace(place, place + b" &stolen;", 1)

    return change


ENTITIES = {
    ".docx": ("word/document.xml", b"Cong"),
    ".xlsx": ("xl/worksheets/sheet1.xml", b"<v>2"),
    ".pptx": ("ppt/slides/slide1.xml", b"<a:t>"),
    ".odt": ("content.xml", b"Premier"),
    ".odp": ("content.xml", b"Note de l"),
    ".ods": ("content.xml", b"Jours"),
    ".epub": ("OEBPS/b.xhtml", b"La seconde partie."),
}


@pytest.mark.parametrize("suffix", ENTITIES)
def test_an_entity_never_brings_in_a_file_of_the_machine(
    suffix: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    member, place = ENTITIES[suffix]
    data = changed(builders.BUILDERS[suffix](), member, with_entity(ENTITY, place=place))
    found = outcome(document_parser, tmp_path, f"entite{suffix}", data)
    if isinstance(found, ParsedDocument):
        shown = found.text + "".join(element.html or "" for element in found.elements)
        assert suffix == ".epub", "an office file declares no entity"
        assert Path(SECRET).read_text().splitlines()[0] not in shown
        assert "root:" not in shown
    else:
        assert found in {"document_hostile", "document_corrupt"}


def pdf_bomb() -> bytes:
    """A page whose content, packed twice, expands to 400 MB."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(BOMB_BYTES >> 20)) + packer.flush()
    content = zlib.compress(once, 9)
    assert len(content) < 20_000
    return pdf_of(
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(content), content),
    )


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, from number 2 on; number 1 is the catalogue, number 2 the page tree."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate([b"<< /Type /Catalog /Pages 2 0 R >>", *objects], 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, start)
    return bytes(made)


def pdf_without_ground(depth: int) -> bytes:
    """A page tree so deep that the page at its end is never reached."""
    return pdf_of(
        *(
            b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R] /Count 1 >>" % (number - 1, number + 1)
            for number in range(2, depth + 2)
        ),
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % (depth + 1),
    )


def pdf_in_circles() -> bytes:
    return pdf_of(b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")


def member_bomb(suffix: str, member: str) -> bytes:
    return changed(builders.BUILDERS[suffix](), member, lambda content: content + b" " * (64 << 20))


def nested(suffix: str, member: str, around: bytes, tag: bytes, depth: int) -> bytes:
    """Wrap what stands in an element in many others."""
    opened, closed = b"<" + tag + b">", b"</" + tag + b">"

    def change(content: bytes) -> bytes:
        start, end = content.index(b"<" + around + b">") + len(around) + 2, content.rindex(b"</" + around + b">")
        return content[:start] + opened * depth + content[start:end] + closed * depth + content[end:]

    return changed(builders.BUILDERS[suffix](), member, change)


BOTTOMLESS: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
    "pdf bomb": ("bombe.pdf", pdf_bomb, REFUSED | STOPPED | NOTHING),
    "epub bomb": ("bombe.epub", lambda: member_bomb(".epub", "OEBPS/b.xhtml"), {"document_hostile"}),
    "odt bomb": ("bombe.odt", lambda: member_bomb(".odt", "content.xml"), {"document_hostile"}),
    "xlsx bomb": ("bombe.xlsx", lambda: member_bomb(".xlsx", "xl/worksheets/sheet1.xml"), {"document_hostile"}),
    "deep docx": (
        "profond.docx",
        lambda: nested(".docx", "word/document.xml", b"w:body", b"w:sdtContent", 50_000),
        REFUSED | STOPPED | NOTHING,
    ),
    "deep odt": (
        "profond.odt",
        lambda: nested(".odt", "content.xml", b"office:text", b"text:section", 50_000),
        REFUSED | STOPPED | NOTHING | {"read"},
    ),
    "deep page tree": ("profond.pdf", lambda: pdf_without_ground(20_000), REFUSED | STOPPED | NOTHING),
    "page tree in circles": ("cercle.pdf", pdf_in_circles, REFUSED | STOPPED | NOTHING),
}


@pytest.mark.parametrize("case", BOTTOMLESS)
def test_what_has_no_bottom_is_refused_or_stopped(
    case: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    name, build, expected = BOTTOMLESS[case]
    found = outcome(document_parser, tmp_path, name, build())
    assert ("read" if isinstance(found, ParsedDocument) else found) in expected


WITHOUT_A_SIGNATURE = {".md", ".txt", ".csv", ".tsv", ".eml", ".zip"}
"""Text that nothing marks, and an archive of anything: a name that claims more is refused, with that reason."""
PICTURES = {".png", ".jpg", ".tiff"}


@pytest.mark.parametrize("claimed", [".txt", ".pdf", ".docx", ".xls"])
@pytest.mark.parametrize("suffix", builders.BUILDERS)
def test_no_extension_misleads(
    suffix: str, claimed: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    found = outcome(document_parser, tmp_path, f"note{claimed}", builders.BUILDERS[suffix]())
    if suffix in PICTURES and not isinstance(found, ParsedDocument):
        assert found == "ocr_missing"
    elif suffix in WITHOUT_A_SIGNATURE and claimed != ".txt" and not isinstance(found, ParsedDocument):
        assert found in {"document_corrupt", "document_type_unsupported"}
    else:
        assert isinstance(found, ParsedDocument), found
        told = found.text + "".join(child.name for child in found.children)
        assert builders.SENTENCE in told or suffix in PICTURES | {".zip"}, told
