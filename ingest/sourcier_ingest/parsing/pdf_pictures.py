"""Reads what stands only in the pictures of a PDF page: scans, faxes in strips, scans under a header, drawn letters.

Whether a page's pictures hold more than its text says is told from a small rendering: strong contrast inside the
pictures and outside the boxes of the text already there. A scan with its own text layer has next to none, so it is
not read twice; neither has a plain or shaded background.
"""

import ctypes
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium_c
from PIL import ImageDraw
from rapidfuzz import fuzz

from sourcier_ingest.parsing.pdf_lines import Line, Rectangle
from sourcier_ingest.parsing.pdf_objects import object_box, page_objects, visible_box
from sourcier_ingest.parsing.recognition import DOTS_PER_INCH, RecognisedLine, mean_confidence, page_lines, recognise
from sourcier_ingest.parsing.recognition_data import recognition_available

READ = "recognised from an image"
READ_IN_PART = "partly recognised from images"
NOTHING_READ = "an image in which no text was recognised"
NOTHING_READ_BESIDE_TEXT = "holds pictures in which no text was recognised"
NOT_READ = "holds pictures that were not read"
_MISSING = "no text recognition is installed"
_OUT_OF_TIME = "recognising this document's pictures took too long"

_FEW_CHARACTERS = 50
_SCANNED_SHARE = 0.3
_MIXED_SHARE = 0.5
_MENTIONED_SHARE = 0.2
_PROBE_SCALE = 100 / 72
_CONTRAST = 64
_LEAST_INK = 300
"""Pixels of strong contrast at 100 dots per inch: about ten letters."""
_LEAST_NEW_INK = 0.15
_AROUND_TEXT = 2.0
_SURE_BESIDE_TEXT = 50.0
_ENOUGH_TEXT = 200
_WORD = re.compile(r"[^\W\d_]{3,}|\d{2,}")
_ALREADY_SAID = 90
_LONG_ENOUGH_TO_COMPARE = 12

Mask = Any
"""A numpy array of booleans, one per pixel of the small rendering."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureReading:
    """A page's lines with those recognised in its pictures (also alone), how well, and what a person should know."""

    lines: list[Line]
    recognised: list[Line]
    confidence: float | None = None
    note: str | None = None
    unread_scan: bool = False
    """The page is nothing but a picture, and no recognition is installed."""


class RecognitionTime:
    """The time that a document's pages may take for pictures beside their text; scans are not counted."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @property
    def over(self) -> bool:
        """Whether it is used up."""
        return self._left <= 0

    def spend(self, since: float) -> None:
        """Count the time since a reading of `time.monotonic()`."""
        self._left -= time.monotonic() - since


def read_pictures(
    page: Any, number: int, text: tuple[list[Line], int], data: Path | None, allowed: RecognitionTime
) -> PictureReading:
    """What the pictures of page `number` add to its `text`: its lines and how many characters it has."""
    lines, characters = text
    as_it_is = PictureReading(lines=lines, recognised=[])
    pictures = _pictures(page)
    share = _covered(pictures, page)
    bare = characters == 0 and pdfium_c.FPDFPage_CountObjects(page) > 0
    if share < _MENTIONED_SHARE and not bare:
        return as_it_is
    few = characters < _FEW_CHARACTERS
    scan = few and share > _SCANNED_SHARE
    boxes = _text_boxes(page)
    if not scan and not _holds_more(page, pictures if pictures else None, boxes):
        return as_it_is
    if not scan and not bare and share < _MIXED_SHARE:
        return replace(as_it_is, note=NOT_READ)
    if not recognition_available(data):
        if scan and not lines:
            return replace(as_it_is, note=f"an image that was not read: {_MISSING}", unread_scan=True)
        return replace(as_it_is, note=f"{NOT_READ}: {_MISSING}" if pictures else None, unread_scan=scan)
    if not scan and allowed.over:
        return replace(as_it_is, note=f"{NOT_READ}: {_OUT_OF_TIME}")
    began = time.monotonic()
    found = recognise(_rendered(page, boxes), DOTS_PER_INCH, data)
    if not scan:
        allowed.spend(began)
    return _joined(lines, characters, found, number)


def _joined(lines: list[Line], characters: int, found: Sequence[RecognisedLine], number: int) -> PictureReading:
    if not lines:
        read = page_lines(found, number)
        note = READ if read else NOTHING_READ
        return PictureReading(lines=read, recognised=read, confidence=mean_confidence(found), note=note)
    said = " ".join(line.text for line in lines).casefold()
    new = [line for line in found if not _already_said(line.text, said)]
    read = page_lines([line for line in new if _believable(line, characters)], number)
    if not read:
        return PictureReading(lines=lines, recognised=[], note=NOTHING_READ_BESIDE_TEXT)
    merged = _merged(lines, read)
    return PictureReading(lines=merged, recognised=read, confidence=mean_confidence(new), note=READ_IN_PART)


def _believable(line: RecognisedLine, characters: int) -> bool:
    """Beside much text a picture is rather a photograph or a drawing, in which recognition sees marks."""
    return characters < _ENOUGH_TEXT or (line.confidence >= _SURE_BESIDE_TEXT and _WORD.search(line.text) is not None)


def _already_said(text: str, said: str) -> bool:
    return len(text) >= _LONG_ENOUGH_TO_COMPARE and fuzz.partial_ratio(text.casefold(), said) >= _ALREADY_SAID


def _merged(lines: Sequence[Line], read: Sequence[Line]) -> list[Line]:
    """Both in their own order; of the two next ones the higher on the page comes first."""
    merged: list[Line] = []
    left, right = list(lines), list(read)
    while left and right:
        merged.append((left if left[0].y0 <= right[0].y0 else right).pop(0))
    return merged + left + right


def _pictures(page: Any) -> list[Rectangle]:
    """The boxes of the page's images as it is shown, cut at its borders."""
    shown = visible_box(page)
    boxes: list[Rectangle] = []
    for item, matrix in page_objects(page):
        if pdfium_c.FPDFPageObj_GetType(item) != pdfium_c.FPDF_PAGEOBJ_IMAGE:
            continue
        box = object_box(item, matrix)
        if box is None:
            continue
        left, bottom = max(box[0], shown[0]), max(box[1], shown[1])
        right, top = min(box[2], shown[2]), min(box[3], shown[3])
        if left < right and bottom < top:
            boxes.append(_as_shown(page, (left, bottom, right, top)))
    return boxes


def _text_boxes(page: Any) -> list[Rectangle]:
    """The boxes of the page's text, invisible text included, as the page is shown."""
    page_text = page.get_textpage()
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    boxes: list[Rectangle] = []
    try:
        for number in range(pdfium_c.FPDFText_CountRects(page_text, 0, -1)):
            if pdfium_c.FPDFText_GetRect(page_text, number, left, top, right, bottom):
                boxes.append(_as_shown(page, (left.value, bottom.value, right.value, top.value)))
    finally:
        page_text.close()
    return boxes


def _as_shown(page: Any, box: Rectangle) -> Rectangle:
    """A box in the page's own points (origin at the bottom left) on the page as it is turned and cut when shown."""
    width, height = page.get_size()
    scale = 16
    corners: list[tuple[float, float]] = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, round(width * scale), round(height * scale), 0, x, y, across, down)
        corners.append((across.value / scale, down.value / scale))
    (x0, y0), (x1, y1) = corners
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _mask(boxes: Sequence[Rectangle], shape: tuple[int, int], scale: float, margin: float = 0.0) -> Mask:
    """Which pixels lie in one of the boxes."""
    mask = np.zeros(shape, dtype=bool)
    for x0, y0, x1, y1 in boxes:
        top, left = max(0, round((y0 - margin) * scale)), max(0, round((x0 - margin) * scale))
        mask[top : max(0, round((y1 + margin) * scale)), left : max(0, round((x1 + margin) * scale))] = True
    return mask


def _covered(boxes: Sequence[Rectangle], page: Any) -> float:
    """The share of the page that the boxes cover together."""
    if not boxes:
        return 0.0
    width, height = page.get_size()
    scale = 400 / max(width, height, 1.0)
    return float(_mask(boxes, (max(1, round(height * scale)), max(1, round(width * scale))), scale).mean())


def _holds_more(page: Any, pictures: Sequence[Rectangle] | None, text: Sequence[Rectangle]) -> bool:
    """Whether something like letters stands in the pictures (None: anywhere) that no text's box covers."""
    scale = min(_PROBE_SCALE, 2000 / max(*page.get_size(), 1.0))
    grey = np.asarray(page.render(scale=scale, grayscale=True).to_pil(), dtype=np.int16)
    ink = np.zeros(grey.shape, dtype=bool)
    ink[:, 1:] = np.abs(np.diff(grey, axis=1)) > _CONTRAST
    ink[1:, :] |= np.abs(np.diff(grey, axis=0)) > _CONTRAST
    if pictures is not None:
        ink &= _mask(pictures, grey.shape, scale)
    new = int((ink & ~_mask(text, grey.shape, scale, _AROUND_TEXT)).sum())
    return new >= _LEAST_INK and new >= _LEAST_NEW_INK * int(ink.sum())


def _rendered(page: Any, text: Sequence[Rectangle]) -> Any:
    """The page as a picture, white where its text is."""
    scale = DOTS_PER_INCH / 72
    image = page.render(scale=scale, grayscale=True).to_pil()
    pen = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in text:
        box = ((x0 - _AROUND_TEXT / 2) * scale, (y0 - _AROUND_TEXT / 2) * scale, x1 * scale, y1 * scale)
        if box[0] < box[2] and box[1] < box[3]:
            pen.rectangle(box, fill=255)
    return image
