"""Pages of a PDF that are pictures in part or in strips: what is only in the picture is read, once, or said unread."""

import io
import random
from pathlib import Path

import pypdfium2
import pytest

from parsing.described import check_promises
from parsing.scan_builders import PdfPages, page_picture
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.recognition import RecognisedLine, mean_confidence
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA

recognised = pytest.mark.skipif(
    not all((DEFAULT_DATA / f"{name}.traineddata").is_file() for name in ("fra", "eng")),
    reason="tesseract's French and English data are not installed (Debian: tesseract-ocr-fra tesseract-ocr-eng)",
)
LINES = [
    "Le procès-verbal est approuvé à l'unanimité.",
    "La réunion s'achève à dix-sept heures trente.",
    "Le prochain comité se tiendra en septembre.",
    "Chaque membre reçoit une copie de la décision.",
]
FAX_HEADER = "De : Usine de Nevers  +33 3 86 00 00 00   2026-03-14 09:12   Page 1 / 1"


def _read(parser: IsolatedDocumentParser, folder: Path, data: bytes) -> ParsedDocument:
    (folder / "file").write_bytes(data)
    (outcome,) = parser.parse_many([(folder / "file", "scan.pdf")])
    assert isinstance(outcome, ParsedDocument), outcome
    check_promises(outcome)
    return outcome


def _flat(text: str) -> str:
    return " ".join(text.split())


@recognised
def test_a_scan_in_strips_is_read(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    pages = PdfPages()
    pages.strips(page_picture(LINES), 8)
    parsed = _read(document_parser, tmp_path, pages.data())
    for line in LINES:
        assert line in _flat(parsed.text)
    assert parsed.pages[0].note == "recognised from an image"
    assert (parsed.pages[0].recognition_confidence or 0) > 70


@recognised
def test_a_fax_header_does_not_hide_the_scan_below_it(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES))
    pages.words(FAX_HEADER, 30, 822, size=9)
    parsed = _read(document_parser, tmp_path, pages.data())
    text = _flat(parsed.text)
    assert text.count("Usine de Nevers") == 1
    assert text.index("Usine de Nevers") < text.index(LINES[0])
    for line in LINES:
        assert text.count(line) == 1
    assert parsed.pages[0].note == "partly recognised from images"
    assert parsed.pages[0].recognition_confidence is not None
    assert all(element.category != "Title" for element in parsed.elements), "recognised lines are no headings"


@recognised
def test_a_scan_with_its_own_text_layer_is_not_read_twice(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES))
    for number, line in enumerate(LINES):
        pages.words(line, 150 * 595 / 1654, 842 - (200 + 80 * number + 36) * 842 / 2339, size=14.4, invisible=True)
    parsed = _read(document_parser, tmp_path, pages.data())
    text = _flat(parsed.text)
    for line in LINES:
        assert text.count(line) == 1
    assert parsed.pages[0].recognition_confidence is None
    assert parsed.pages[0].note is None


@recognised
def test_a_text_layer_that_stops_early_is_completed(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES))
    for number, line in enumerate(LINES[:2]):
        pages.words(line, 150 * 595 / 1654, 842 - (200 + 80 * number + 36) * 842 / 2339, size=14.4, invisible=True)
    text = _flat(_read(document_parser, tmp_path, pages.data()).text)
    for line in LINES:
        assert text.count(line) == 1


@recognised
def test_text_over_a_plain_or_shaded_background_is_not_recognised_again(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    from PIL import Image

    pages = PdfPages()
    pages.picture(Image.linear_gradient("L").point(lambda value: 200 + value // 5))
    for number, line in enumerate(LINES):
        pages.words(line, 72, 700 - 20 * number)
    parsed = _read(document_parser, tmp_path, pages.data())
    assert _flat(parsed.text) == " ".join(LINES)
    assert parsed.pages[0].note is None


@recognised
def test_a_photograph_gives_no_words(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    from PIL import Image

    noise = Image.frombytes("L", (400, 560), random.Random(4).randbytes(400 * 560))
    pages = PdfPages()
    pages.picture(noise, (0, 0, 595, 640))
    for number, line in enumerate(LINES):
        pages.words(line, 72, 790 - 20 * number)
    parsed = _read(document_parser, tmp_path, pages.data())
    assert _flat(parsed.text) == " ".join(LINES)
    assert parsed.pages[0].note == "holds pictures in which no text was recognised"


def test_a_text_page_with_a_picture_beside_says_that_it_was_not_read(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES, size=(1654, 900)), (72, 100, 451, 245))
    for number, line in enumerate(LINES):
        pages.words(line, 72, 770 - 20 * number)
    parsed = _read(document_parser, tmp_path, pages.data())
    assert parsed.pages[0].note == "holds pictures that were not read"


def test_without_recognition_a_mixed_page_says_so(tmp_path: Path) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES))
    pages.words(FAX_HEADER, 30, 822, size=9)
    parser = IsolatedDocumentParser(
        wall_time_s=60, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=tmp_path
    )
    try:
        parsed = _read(parser, tmp_path, pages.data())
    finally:
        parser.close()
    assert "Usine de Nevers" in parsed.text
    assert parsed.pages[0].note == "holds pictures that were not read: no text recognition is installed"


@recognised
def test_a_turned_scan_is_read_with_its_boxes_on_the_page(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    pages = PdfPages()
    pages.picture(page_picture(LINES, size=(2339, 1654)).rotate(90, expand=True))
    turned, stream = pypdfium2.PdfDocument(pages.data()), io.BytesIO()
    turned[0].set_rotation(90)
    turned.save(stream)
    turned.close()
    parsed = _read(document_parser, tmp_path, stream.getvalue())
    for line in LINES:
        assert line in _flat(parsed.text)
    assert (parsed.pages[0].width, parsed.pages[0].height) == (842, 595)


def test_lines_read_badly_count_in_the_confidence_of_their_page() -> None:
    good = RecognisedLine(text="Le procès-verbal", box=(0, 0, 9, 9), confidence=90.0)
    bad = RecognisedLine(text="l'~ cc,;: mol %", box=(0, 0, 9, 9), confidence=20.0)
    assert mean_confidence([]) is None
    assert mean_confidence([good]) == 90.0
    mean = mean_confidence([good, bad])
    assert mean is not None
    assert 50 < mean < 60
