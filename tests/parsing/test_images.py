"""Pictures of text: every page is recognised, shown as a PDF, and counted when it gave nothing."""

import io
import struct
import zlib
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from parsing import document_builders as builders
from parsing.described import check_promises
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentError, OpticalRecognitionMissing
from sourcier_ingest.parsing.extraction import ParseLimits, SourceFile
from sourcier_ingest.parsing.image_format import ImageParser
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA

recognised = pytest.mark.skipif(
    not all((DEFAULT_DATA / f"{name}.traineddata").is_file() for name in ("fra", "eng")),
    reason="tesseract's French and English data are not installed (Debian: tesseract-ocr-fra tesseract-ocr-eng)",
)


def _outcome(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> ParsedDocument | DocumentError:
    (folder / "file").write_bytes(data)
    (outcome,) = parser.parse_many([(folder / "file", name)])
    return outcome


def _blank(kind: str, size: tuple[int, int] = (600, 400)) -> bytes:
    stream = io.BytesIO()
    Image.new("L", size, 255).save(stream, kind)
    return stream.getvalue()


def _huge_png() -> bytes:
    """A header that claims 30,000 by 30,000 points over next to no data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@recognised
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff"])
def test_a_picture_is_read_and_shown(suffix: str, document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    parsed = _outcome(document_parser, tmp_path, f"scan{suffix}", builders.BUILDERS[suffix]())
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    assert builders.SENTENCE in parsed.text
    assert all((page.recognition_confidence or 0) > 70 for page in parsed.pages)
    assert parsed.rendition is not None
    shown = pypdfium2.PdfDocument(parsed.rendition)
    sizes = [shown.get_page_size(number) for number in range(len(shown))]
    shown.close()
    assert sizes == [pytest.approx((page.width, page.height), abs=0.1) for page in parsed.pages]
    assert len(parsed.pages) == (2 if suffix == ".tiff" else 1)
    assert parsed.pages[0].width == pytest.approx(1100 * 72 / 200, abs=0.5)
    line = parsed.regions[0]
    assert 45 < line.y0 < 70, "the first line stands where it was drawn: 150 of 200 dots per inch from the top"


@recognised
def test_a_turned_photograph_is_read_upright(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    turned = Image.open(io.BytesIO(builders.png())).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    turned.save(stream, "JPEG", exif=exif, dpi=(200, 200), quality=95)
    parsed = _outcome(document_parser, tmp_path, "photo.jpg", stream.getvalue())
    assert isinstance(parsed, ParsedDocument), parsed
    assert builders.SENTENCE in parsed.text


@recognised
def test_a_page_without_text_is_reported(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    pages = [Image.open(io.BytesIO(builders.png())), Image.open(io.BytesIO(_blank("PNG", (1100, 700))))]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200))
    parsed = _outcome(document_parser, tmp_path, "fax.tif", stream.getvalue())
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.pages[1].note == "an image in which no text was recognised"
    assert parsed.pages[1].recognition_confidence is None


@recognised
def test_pictures_without_any_text_or_far_too_large_are_errors(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    codes = [
        outcome.code
        for name, data in (("blanc.png", _blank("PNG")), ("immense.png", _huge_png()))
        if isinstance(outcome := _outcome(document_parser, tmp_path, name, data), DocumentError)
    ]
    assert codes == ["document_without_text", "document_too_large"]


def test_without_recognition_installed_a_picture_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(_blank("PNG"))
    source = SourceFile(path=tmp_path / "file", name="a.png", limits=ParseLimits(recognition_data=tmp_path))
    with pytest.raises(OpticalRecognitionMissing):
        ImageParser().parse(source)
