"""Pictures of text in Word and PowerPoint files: read where recognition is installed, else said unread."""

import io
from pathlib import Path
from typing import Any

import pytest

from parsing.described import check_promises
from parsing.document_builders import SENTENCE, picture
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA

recognised = pytest.mark.skipif(
    not all((DEFAULT_DATA / f"{name}.traineddata").is_file() for name in ("fra", "eng")),
    reason="tesseract's French and English data are not installed (Debian: tesseract-ocr-fra tesseract-ocr-eng)",
)
BEFORE, AFTER = "Le tableau suivant est affiché à l'atelier.", "Il est revu chaque année."


def _word(pictures: list[bytes]) -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph(BEFORE)
    for content in pictures:
        document.add_picture(io.BytesIO(content))
    document.add_paragraph(AFTER)
    return _saved(document)


def _deck(pictures: list[bytes]) -> bytes:
    from pptx import Presentation

    deck = Presentation()
    for title in ("Un", "Deux"):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
    for content in pictures:
        slide.shapes.add_picture(io.BytesIO(content), 0, 0)
    return _saved(deck)


def _saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _read(folder: Path, name: str, data: bytes, parser: IsolatedDocumentParser) -> ParsedDocument:
    (folder / "file").write_bytes(data)
    (parsed,) = parser.parse_many([(folder / "file", name)])
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    return parsed


@pytest.fixture
def without_recognition(tmp_path: Path) -> Any:
    parser = IsolatedDocumentParser(
        wall_time_s=60, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=tmp_path
    )
    yield parser
    parser.close()


@recognised
def test_a_picture_in_a_word_file_is_read_where_it_stands(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    parsed = _read(tmp_path, "note.docx", _word([picture([SENTENCE])]), document_parser)
    label = "[image reconnue / recognised picture]"
    assert parsed.text.index(BEFORE) < parsed.text.index(f"{label} {SENTENCE}") < parsed.text.index(AFTER)
    assert parsed.pages[0].note is None


@recognised
def test_a_picture_on_a_slide_is_read_with_its_slide(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    parsed = _read(tmp_path, "presentation.pptx", _deck([picture([SENTENCE])] * 2), document_parser)
    found = [element for element in parsed.elements if SENTENCE in parsed.text[element.start : element.end]]
    assert [element.page for element in found] == [2], "the same picture is read once"


@recognised
def test_small_pictures_are_passed_over_and_damaged_ones_mentioned(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(stream, "PNG")
    parsed = _read(tmp_path, "note.docx", _word([stream.getvalue()]), document_parser)
    assert parsed.pages[0].note is None
    parsed = _read(tmp_path, "note.docx", _with_half_a_picture(_word([picture([SENTENCE])])), document_parser)
    assert parsed.text.split("\n\n") == [BEFORE, AFTER]
    assert parsed.pages[0].note == "1 picture was not read: it is damaged, too large or of another kind"


def _with_half_a_picture(data: bytes) -> bytes:
    from zipfile import ZipFile

    stream = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as archive, ZipFile(stream, "w") as copied:
        for name in archive.namelist():
            content = archive.read(name)
            copied.writestr(name, content[: len(content) // 2] if name.startswith("word/media/") else content)
    return stream.getvalue()


@pytest.mark.parametrize(("name", "build", "page"), [("a.docx", _word, 0), ("a.pptx", _deck, 1)])
def test_without_recognition_unread_pictures_are_counted(
    name: str, build: Any, page: int, without_recognition: IsolatedDocumentParser, tmp_path: Path
) -> None:
    pictures = [picture([SENTENCE]), picture([BEFORE])]
    parsed = _read(tmp_path, name, build(pictures), without_recognition)
    note = parsed.pages[page].note or ""
    assert note.endswith("2 pictures were not read: no text recognition is installed")
    assert sum("not read" in (each.note or "") for each in parsed.pages) == 1
