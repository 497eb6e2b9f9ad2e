"""Pictures of text (PNG, JPEG, every page of a TIFF), read by recognition; a PDF of them is what is shown."""

import io
import math
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageOps, ImageSequence
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from sourcier_core.errors import DocumentCorrupt, DocumentError, DocumentTooLarge, OpticalRecognitionMissing
from sourcier_ingest.parsing.extraction import Extraction, PageFrame, ParseLimits, SourceFile
from sourcier_ingest.parsing.pdf_blocks import BlockMaker
from sourcier_ingest.parsing.pdf_lines import Line
from sourcier_ingest.parsing.pdf_reading import Reading
from sourcier_ingest.parsing.recognition import recognise_image
from sourcier_ingest.parsing.recognition_data import recognition_available

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"II+\x00": "image/tiff",
    b"MM\x00+": "image/tiff",
}
_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
_FORMATS = ("PNG", "JPEG", "TIFF")
_ORIENTATION = 0x0112
_LONG_SIDE_INCHES = 11.69
_BELIEVABLE_RESOLUTION = (100.0, 1200.0)
_ENLARGE_BELOW, _ENLARGE_TO = 180.0, 300.0
_LARGEST_ENLARGED = 40_000_000
_QUALITY = 80


def picture_resolution(image: Any) -> float:
    """Dots per inch: what the file says when that is believable, else as if the long side were that of A4."""
    declared = image.info.get("dpi")
    value = float(declared[0]) if isinstance(declared, tuple) and declared else 0.0
    if math.isfinite(value) and _BELIEVABLE_RESOLUTION[0] <= value <= _BELIEVABLE_RESOLUTION[1]:
        return value
    return max(72.0, max(image.size) / _LONG_SIDE_INCHES)


def upright(image: Any) -> Any:
    """The picture as a person sees it: turned as its camera says, on white, grey or coloured."""
    turned: Any = ImageOps.exif_transpose(image)
    if turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info:
        white = Image.new("RGBA", turned.size, "white")
        return Image.alpha_composite(white, turned.convert("RGBA")).convert("RGB")
    if turned.mode.startswith(("I", "F")):
        grey: Any = turned.convert("F")
        low, high = grey.getextrema()
        scale = 255 / max(high - low, 1e-9)

        def stretch(value: Any) -> Any:  # Pillow hands over an expression, not a number
            return value * scale - low * scale

        return grey.point(stretch).convert("L")
    return turned.convert("L" if turned.mode in {"1", "L"} else "RGB")


def _pictures(source: SourceFile, limits: ParseLimits) -> Iterator[tuple[Any, float]]:
    """Each picture in the file with its resolution.

    Raises:
        DocumentTooLarge: too many pictures, or too large ones.
    """
    with Image.open(source.path, formats=_FORMATS) as opened:
        count = getattr(opened, "n_frames", 1) if opened.format == "TIFF" else 1
        if count > limits.max_pages:
            raise DocumentTooLarge(f"{count} pages; the limit is {limits.max_pages}.")
        for number, frame in enumerate(ImageSequence.Iterator(opened)):
            if number >= count:
                return
            width, height = frame.size
            if width * height > limits.max_image_pixels:
                raise DocumentTooLarge(f"A picture has {width} × {height} points, more than are read.")
            resolution = picture_resolution(frame)
            yield upright(frame), resolution


def _draw(canvas: Canvas, image: Any, width: float, height: float) -> None:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    buffer.seek(0)
    canvas.setPageSize((width, height))
    canvas.drawImage(ImageReader(buffer), 0, 0, width, height)
    canvas.showPage()


def enlarged(image: Any, resolution: float) -> tuple[Any, float]:
    """A small picture made larger, since letters of a few points are not recognised."""
    if resolution >= _ENLARGE_BELOW:
        return image, resolution
    factor = min(_ENLARGE_TO / resolution, math.sqrt(_LARGEST_ENLARGED / (image.width * image.height)))
    if factor <= 1:
        return image, resolution
    size = (math.ceil(image.width * factor), math.ceil(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS), resolution * factor


class ImageParser:
    """One picture, or the pages of a fax or scan."""

    def bid(self, source: SourceFile) -> float:
        """By its first bytes, or by name when damaged."""
        if any(source.sample.startswith(signature) for signature in _SIGNATURES):
            return 0.95
        return 0.55 if source.suffix in _SUFFIXES and b"\x00" in source.sample else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The recognised lines with their places.

        Raises:
            OpticalRecognitionMissing: no recognition is installed.
            DocumentTooLarge, DocumentCorrupt: it is too large, or cannot be decoded.
        """
        if not recognition_available(source.limits.recognition_data):
            raise OpticalRecognitionMissing
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                return self._read(source)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DocumentTooLarge("A picture has far more points than are read.") from error
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # Pillow's decoders raise many kinds for a damaged file
            raise DocumentCorrupt("The picture cannot be read; it may be damaged.") from error

    def _read(self, source: SourceFile) -> Extraction:
        pages: list[list[Line]] = []
        frames: list[PageFrame] = []
        shown = io.BytesIO()
        canvas = Canvas(shown, invariant=1)
        for number, (image, resolution) in enumerate(_pictures(source, source.limits), start=1):
            width, height = image.width * 72 / resolution, image.height * 72 / resolution
            larger, its_resolution = enlarged(image.convert("L"), resolution)
            lines, confidence = recognise_image(larger, its_resolution, number, source.limits.recognition_data)
            note = "recognised from an image" if lines else "an image in which no text was recognised"
            _draw(canvas, image, width, height)
            pages.append(lines)
            frames.append(PageFrame(width=width, height=height, recognition_confidence=confidence, note=note))
        canvas.save()
        maker, reading = BlockMaker(pages, [frame.height for frame in frames], {}), Reading()
        for lines in pages:
            for block in maker.blocks(lines):
                reading.add(block)
        kinds = (kind for signature, kind in _SIGNATURES.items() if source.sample.startswith(signature))
        return Extraction(
            elements=reading.elements,
            media_type=next(kinds, "image/jpeg"),
            parser="image/1",
            frames=frames,
            lines=reading.lines,
            rendition=shown.getvalue(),
        )
