"""Text of a PDF page that a reader of the page does not see: invisible, in the background's colour, tiny, off the page.

It looks at the page's drawing objects, not at single characters: text drawn by one operator has one colour and size.
Not seen: text under something drawn later, layers that are switched off, and text in a picture's own colours.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium_c

from sourcier_core.domain.documents import ConcealedText, Concealment
from sourcier_ingest.parsing.pdf_objects import (
    Box,
    Matrix,
    multiplied,
    object_box,
    object_matrix,
    page_objects,
    visible_box,
)

Colour = tuple[int, int, int]

TINY_POINTS = 2.5
NEAR_COLOUR = 16
"""Largest difference of a channel (0–255) at which text and background count as one colour."""
_WHITE: Colour = (255, 255, 255)
_MOST_SHAPES = 400
_MOST_CHARACTERS = 20_000
_SCANNED_SHARE = 0.5
_RECTANGLE_SEGMENTS = 5
_NOT_PAINTED = {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE}
_FILLED = {pdfium_c.FPDF_TEXTRENDERMODE_FILL, pdfium_c.FPDF_TEXTRENDERMODE_FILL_CLIP}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Something painted below later text: its box, and its colour where that is one plain colour."""

    box: Box
    colour: Colour | None
    image: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    manner: Concealment
    box: Box
    size: float


def concealed_on_page(page: Any, number: int) -> list[ConcealedText]:
    """What is concealed on a page of PDFium, in drawing order; neighbours of one manner are one text.

    Invisible text over an image is left out: it is how recognised scans keep their words.
    """
    visible = visible_box(page)
    shapes: list[_Shape] = []
    found: list[_Found] = []
    text_page: Any = None
    try:
        for item, matrix in page_objects(page):
            kind = pdfium_c.FPDFPageObj_GetType(item)
            if kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
                shape = _shape(item, kind, matrix)
                if shape is not None:
                    shapes.append(shape)
                continue
            box = object_box(item, matrix)
            size = _font_size(item, matrix)
            manner = None if box is None else _manner(item, box, size, visible, shapes)
            if box is not None and manner is not None:
                text_page = text_page or page.get_textpage()
                if written := _text(item, text_page):
                    found.append(_Found(written, manner, box, size))
    finally:
        if text_page is not None:
            text_page.close()
    return _joined(found, number)


def _shape(item: Any, kind: int, matrix: Matrix) -> _Shape | None:
    box = object_box(item, matrix)
    if box is None:
        return None
    if kind != pdfium_c.FPDF_PAGEOBJ_PATH:
        return _Shape(box, None, image=kind == pdfium_c.FPDF_PAGEOBJ_IMAGE)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(item, fill, stroke) or fill.value == pdfium_c.FPDF_FILLMODE_NONE:
        return None
    colour, opacity = _colour(item)
    if opacity == 0:
        return None
    plain = pdfium_c.FPDFPath_CountSegments(item) <= _RECTANGLE_SEGMENTS and opacity == 255
    return _Shape(box, colour if plain else None)


def _colour(item: Any) -> tuple[Colour | None, int]:
    """Fill colour (None: a pattern) and opacity, 0–255."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return None, 255
    return (red.value, green.value, blue.value), alpha.value


def _font_size(item: Any, matrix: Matrix) -> float:
    """Height of the letters' body in points on the page."""
    size = ctypes.c_float()
    pdfium_c.FPDFTextObj_GetFontSize(item, size)
    _, _, c, d, _, _ = multiplied(object_matrix(item), matrix)
    return abs(size.value) * (c * c + d * d) ** 0.5


def _manner(item: Any, box: Box, size: float, visible: Box, shapes: Sequence[_Shape]) -> Concealment | None:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item)
    outside = box[2] <= visible[0] or box[0] >= visible[2] or box[3] <= visible[1] or box[1] >= visible[3]
    if mode in _NOT_PAINTED:
        scanned = any(shape.image and _share(box, shape.box) >= _SCANNED_SHARE for shape in shapes)
        return None if scanned else Concealment.HIDDEN
    if outside:
        return Concealment.OFF_PAGE
    # Fonts of drawn glyphs may be of nominal size 1 and yet large: the box must be small too.
    if size < TINY_POINTS and min(box[3] - box[1], box[2] - box[0]) < TINY_POINTS:
        return Concealment.TINY
    if mode not in _FILLED:
        return None
    colour, opacity = _colour(item)
    if opacity == 0:
        return Concealment.HIDDEN
    if colour is None:
        return None
    backgrounds = _backgrounds(box, shapes)
    if backgrounds and all(_near(colour, opacity, background) for background in backgrounds):
        return Concealment.SAME_COLOUR
    return None


def _share(box: Box, other: Box) -> float:
    """Share of `box` that lies in `other`."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return 0.0 if width <= 0 or height <= 0 else 1.0 if area <= 0 else width * height / area


def _backgrounds(box: Box, shapes: Sequence[_Shape]) -> list[Colour]:
    """The colours behind a text; empty when they cannot be known (pictures, shadings, curved shapes)."""
    if len(shapes) > _MOST_SHAPES:
        return []
    colours: list[Colour] = []
    for shape in reversed(shapes):
        share = _share(box, shape.box)
        if share < 0.02:
            continue
        if shape.colour is None:
            return []
        colours.append(shape.colour)
        if share > 0.9:
            return colours
    return [*colours, _WHITE]


def _near(colour: Colour, opacity: int, background: Colour) -> bool:
    return all(
        abs(part - behind) * opacity <= NEAR_COLOUR * 255 for part, behind in zip(colour, background, strict=True)
    )


def _text(item: Any, text_page: Any) -> str:
    length = pdfium_c.FPDFTextObj_GetText(item, text_page, None, 0)
    if length <= 2:
        return ""
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium_c.FPDFTextObj_GetText(item, text_page, buffer, length)
    written = bytes(buffer).decode("utf-16-le", "ignore").replace("\x00", "")
    return "" if written.isspace() else written


def _joined(found: Sequence[_Found], number: int) -> list[ConcealedText]:
    texts: list[ConcealedText] = []
    written, before, total = "", None, 0
    for item in found:
        if before is not None and item.manner is before.manner:
            same_line = abs(item.box[1] - before.box[1]) < max(before.size, 1)
            apart = not same_line or item.box[0] - before.box[2] > 0.15 * before.size
            written += (" " if apart else "") + item.text
        else:
            if before is not None:
                texts.append(_concealed(written, before.manner, number))
            written = item.text
        before = item
        total += len(item.text)
        if total > _MOST_CHARACTERS:
            break
    if before is not None:
        texts.append(_concealed(written, before.manner, number))
    return texts


def _concealed(written: str, manner: Concealment, number: int) -> ConcealedText:
    return ConcealedText(text=" ".join(written.split()), manner=manner, page=number)
