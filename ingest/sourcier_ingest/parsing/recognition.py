"""Reads scanned pages with tesseract: French first, English when the words say so."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")
import tesserocr

from sourcier_ingest.parsing.pdf_lines import Line

DEFAULT_DATA = Path("/usr/share/tesseract-ocr/5/tessdata")
_DOTS_PER_INCH = 300
_LEAST_CONFIDENCE = 35
_FRENCH = frozenset(
    ["le", "la", "les", "des", "du", "et", "est", "une", "dans", "que", "pour", "à", "au", "en", "par", "sur"]
)
_ENGLISH = frozenset(["the", "of", "and", "to", "is", "in", "that", "for", "with", "are", "be", "this", "by", "on"])


def recognition_available(data: Path | None) -> bool:
    """Whether language data for French or English is installed."""
    place = data or DEFAULT_DATA
    return any((place / f"{language}.traineddata").is_file() for language in ("fra", "eng"))


@lru_cache(maxsize=4)
def _engine(data: str, language: str) -> Any:
    return tesserocr.PyTessBaseAPI(path=data, lang=language, psm=tesserocr.PSM.AUTO)


def _recognise(
    image: Any, data: Path, language: str, resolution: float
) -> list[tuple[str, tuple[float, float, float, float], float]]:
    engine = _engine(str(data), language)
    engine.SetImage(image)
    engine.SetSourceResolution(round(resolution))
    engine.Recognize()
    iterator = engine.GetIterator()
    level = tesserocr.RIL.TEXTLINE
    found: list[tuple[str, tuple[float, float, float, float], float]] = []
    while iterator is not None:
        box = iterator.BoundingBox(level)
        text = (iterator.GetUTF8Text(level) or "").strip() if box else ""
        confidence = iterator.Confidence(level) if box else 0.0
        if text and confidence >= _LEAST_CONFIDENCE:
            found.append((" ".join(text.split()), tuple(value * 72 / resolution for value in box), confidence))
        if not iterator.Next(level):
            break
    return found


def _says_english(texts: list[str]) -> bool:
    words = re.findall(r"[^\W\d_]+", " ".join(texts).casefold())
    return sum(word in _ENGLISH for word in words) > 2 * sum(word in _FRENCH for word in words)


def recognise_page(page: Any, number: int, data: Path | None) -> tuple[list[Line], float | None]:
    """The lines of a PDF page's picture, and the mean confidence (0 to 100), None without a line."""
    image = page.render(scale=_DOTS_PER_INCH / 72, grayscale=True).to_pil()
    return recognise_image(image, _DOTS_PER_INCH, number, data)


def recognise_image(image: Any, resolution: float, number: int, data: Path | None) -> tuple[list[Line], float | None]:
    """The same for a Pillow image of `resolution` dots per inch, which is page `number`; boxes are in points."""
    place = data or DEFAULT_DATA
    languages = [name for name in ("fra", "eng") if (place / f"{name}.traineddata").is_file()]
    found = _recognise(image, place, languages[0], resolution)
    if len(languages) == 2 and _says_english([text for text, _, _ in found]):
        found = _recognise(image, place, "eng", resolution)
    lines = [
        Line(text=text, x0=x0, y0=y0, x1=x1, y1=y1, size=10.0, bold=False, page=number)
        for text, (x0, y0, x1, y1), _ in found
    ]
    mean = sum(confidence for _, _, confidence in found) / len(found) if found else None
    return lines, None if mean is None else round(mean, 1)
