"""Reads scanned pages with tesseract: French first, English when the words say so."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")
import tesserocr

from sourcier_ingest.parsing.pdf_lines import Line
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA
from sourcier_ingest.parsing.straightening import skew_of, turned_back, turned_by

DOTS_PER_INCH = 300
LEAST_CONFIDENCE = 35.0
"""Lines read with less are not kept; they count in the confidence of their page."""
_FRENCH = frozenset(
    ["le", "la", "les", "des", "du", "et", "est", "une", "dans", "que", "pour", "à", "au", "en", "par", "sur"]
)
_ENGLISH = frozenset(["the", "of", "and", "to", "is", "in", "that", "for", "with", "are", "be", "this", "by", "on"])


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognisedLine:
    """A line as tesseract read it: its box in points, origin at the top left of the picture, confidence 0 to 100."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float


@lru_cache(maxsize=4)
def _engine(data: str, language: str) -> Any:
    return tesserocr.PyTessBaseAPI(path=data, lang=language, psm=tesserocr.PSM.AUTO)


def _recognise(image: Any, data: Path, language: str, resolution: float) -> list[RecognisedLine]:
    engine = _engine(str(data), language)
    engine.SetImage(image)
    engine.SetSourceResolution(round(resolution))
    engine.Recognize()
    iterator = engine.GetIterator()
    level = tesserocr.RIL.TEXTLINE
    found: list[RecognisedLine] = []
    while iterator is not None:
        box = iterator.BoundingBox(level)
        text = " ".join((iterator.GetUTF8Text(level) or "").split()) if box else ""
        if text:
            x0, y0, x1, y1 = (value * 72 / resolution for value in box)
            found.append(RecognisedLine(text=text, box=(x0, y0, x1, y1), confidence=iterator.Confidence(level)))
        if not iterator.Next(level):
            break
    return found


def _says_english(lines: Sequence[RecognisedLine]) -> bool:
    words = re.findall(r"[^\W\d_]+", " ".join(line.text for line in _kept(lines)).casefold())
    return sum(word in _ENGLISH for word in words) > 2 * sum(word in _FRENCH for word in words)


def _kept(lines: Sequence[RecognisedLine]) -> list[RecognisedLine]:
    return [line for line in lines if line.confidence >= LEAST_CONFIDENCE]


def mean_confidence(lines: Sequence[RecognisedLine]) -> float | None:
    """The confidence per character, 0 to 100; lines that were read too badly to be kept count. None without a line."""
    characters = sum(len(line.text) for line in lines)
    return round(sum(line.confidence * len(line.text) for line in lines) / characters, 1) if characters else None


def recognise(image: Any, resolution: float, data: Path | None) -> list[RecognisedLine]:
    """Every line of a Pillow image of `resolution` dots per inch, however badly it was read; it is levelled first."""
    angle = skew_of(image)
    if not angle:
        return _in_its_language(image, resolution, data)
    level = turned_by(image, angle)
    turned, size = ([side * 72 / resolution for side in one.size] for one in (level, image))
    return [
        replace(line, box=turned_back(line.box, angle, (turned[0], turned[1]), (size[0], size[1])))
        for line in _in_its_language(level, resolution, data)
    ]


def _in_its_language(image: Any, resolution: float, data: Path | None) -> list[RecognisedLine]:
    place = data or DEFAULT_DATA
    languages = [name for name in ("fra", "eng") if (place / f"{name}.traineddata").is_file()]
    found = _recognise(image, place, languages[0], resolution)
    if len(languages) == 2 and _says_english(found):
        found = _recognise(image, place, "eng", resolution)
    return found


def page_lines(found: Sequence[RecognisedLine], number: int) -> list[Line]:
    """What was read well enough, as lines of page `number`."""
    return [
        Line(text=line.text, x0=x0, y0=y0, x1=x1, y1=y1, size=10.0, bold=False, page=number)
        for line in _kept(found)
        for x0, y0, x1, y1 in (line.box,)
    ]


def recognise_image(image: Any, resolution: float, number: int, data: Path | None) -> tuple[list[Line], float | None]:
    """The lines of an image that is page `number`, and the mean confidence (0 to 100), None where nothing was seen."""
    found = recognise(image, resolution, data)
    return page_lines(found, number), mean_confidence(found)
