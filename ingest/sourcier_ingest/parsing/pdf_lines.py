"""Lines of a PDF page with their boxes, sizes and weights, from PDFium's character stream."""

import ctypes
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pypdfium2.raw as pdfium_c

Rectangle = tuple[float, float, float, float]

_HYPHEN_AT_LINE_END = "\x02"
_BOLD_NAMES = (b"bold", b"black", b"-bd", b"cmbx", b"semibold")
_FORCE_BOLD = 1 << 18
_FIXED_PITCH_NAMES = (b"courier", b"mono", b"consol", b"typewriter", b"nimbusmon", b"cmtt", b"sftt", b"txtt")
_FIXED_PITCH = 1
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of a line between wide gaps, with its base line; in points, origin at the top left."""

    text: str
    x0: float
    x1: float
    baseline: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line: box in points with the origin at the top left, font size in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    page: int
    fixed_pitch: bool = False
    pieces: tuple[Piece, ...] = ()
    """All of its words, parted at wide gaps; empty where they are not known."""


def wide_gap(size: float) -> float:
    """From how many points on a gap in a line of this size is no space between words: what parts tight columns."""
    return max(7.0, 0.9 * size)


def _clean(text: str) -> str:
    text = text.replace(_HYPHEN_AT_LINE_END, "-").replace("\ufffe", "\u00ad")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\uffff]", " ", text)


def _font(page_text: Any, index: int) -> tuple[float, bool, bool]:
    """Size, whether it is bold, whether all its letters have one width."""
    size = pdfium_c.FPDFText_GetFontSize(page_text, index)
    matrix = pdfium_c.FS_MATRIX()
    if pdfium_c.FPDFText_GetMatrix(page_text, index, matrix):
        size *= (matrix.b**2 + matrix.d**2) ** 0.5 or 1
    flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(128)
    length = pdfium_c.FPDFText_GetFontInfo(page_text, index, buffer, 128, flags)
    name = buffer.raw[: max(0, length - 1)].lower()
    bold = pdfium_c.FPDFText_GetFontWeight(page_text, index) >= 600 or any(part in name for part in _BOLD_NAMES)
    fixed_pitch = bool(flags.value & _FIXED_PITCH) or any(part in name for part in _FIXED_PITCH_NAMES)
    return round(size * 2) / 2, bold or bool(flags.value & _FORCE_BOLD), fixed_pitch


def _rectangles(page_text: Any, start: int, count: int, height: float) -> list[Rectangle]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    found: list[Rectangle] = []
    for number in range(pdfium_c.FPDFText_CountRects(page_text, start, count)):
        if pdfium_c.FPDFText_GetRect(page_text, number, left, top, right, bottom):
            found.append((left.value, height - top.value, right.value, height - bottom.value))
    return found


def _groups(rectangles: Sequence[Rectangle], size: float) -> list[list[Rectangle]]:
    """Rectangles that stand apart belong to other columns."""
    groups = [[rectangles[0]]]
    for rectangle in rectangles[1:]:
        before = groups[-1][-1]
        apart = rectangle[0] - before[2] > max(3 * size, 24)
        other_line = abs((rectangle[1] + rectangle[3]) - (before[1] + before[3])) / 2 > max(1.2 * size, 8)
        if apart or other_line:
            groups.append([rectangle])
        else:
            groups[-1].append(rectangle)
    return groups


def _hull(group: Sequence[Rectangle]) -> Rectangle:
    return (
        min(rectangle[0] for rectangle in group),
        min(rectangle[1] for rectangle in group),
        max(rectangle[2] for rectangle in group),
        max(rectangle[3] for rectangle in group),
    )


def page_lines(page: Any, number: int) -> tuple[list[Line], int]:
    """The lines of a page in PDFium's order, and how many characters it has."""
    page_text = page.get_textpage()
    try:
        count = pdfium_c.FPDFText_CountChars(page_text)
        if count <= 0:
            return [], 0
        # One code unit of the buffer per PDFium character, so that offsets agree.
        text = "".join(_character(pdfium_c.FPDFText_GetUnicode(page_text, index)) for index in range(count))
        lines: list[Line] = []
        for match in re.finditer(r"[^\r\n]+", text):
            lines.extend(_lines_of(page_text, text, match.start(), match.end(), page.get_height(), number))
        return lines, count
    finally:
        page_text.close()


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _lines_of(page_text: Any, text: str, start: int, end: int, height: float, number: int) -> list[Line]:
    written = text[start:end]
    rectangles = _rectangles(page_text, start, end - start, height)
    visible = [index for index in range(start, end) if text[index].isalnum()] or [
        index for index in range(start, end) if not text[index].isspace()
    ]
    if not rectangles or not visible:
        return []
    fonts = [_font(page_text, index) for index in {visible[0], visible[len(visible) // 2], visible[-1]}]
    size = Counter(size for size, _, _ in fonts).most_common(1)[0][0]
    bold, fixed_pitch = (sum(font[part] for font in fonts) * 2 > len(fonts) for part in (1, 2))
    groups = _groups(rectangles, size)
    # Of no use in a listing, and dear: two questions to PDFium a word.
    pieces = [] if fixed_pitch else _pieces(page_text, text, (start, end), size, height)
    lines: list[Line] = []
    for group in groups:
        x0, y0, x1, y1 = _hull(group)
        shown = written
        if len(groups) > 1:
            shown = page_text.get_text_bounded(x0 - 0.5, height - y1 - 0.5, x1 + 0.5, height - y0 + 0.5)
        shown = " ".join(_clean(shown).split())
        if shown:
            line = Line(
                text=shown, x0=x0, y0=y0, x1=x1, y1=y1, size=size, bold=bold, page=number, fixed_pitch=fixed_pitch
            )
            lines.append(replace(line, pieces=_pieces_within(line, pieces)))
    return lines


def _pieces(page_text: Any, text: str, span: tuple[int, int], size: float, height: float) -> list[Piece]:
    """The words of a span of the page's text, together where no wide gap parts them."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))

    def sides(index: int) -> tuple[float, float]:
        pdfium_c.FPDFText_GetCharBox(page_text, index, left, right, bottom, top)
        return left.value, right.value

    wide = wide_gap(size)
    found: list[tuple[int, int, float, float]] = []
    for word in _WORD.finditer(text, *span):
        x0, x1 = sides(word.start())[0], sides(word.end() - 1)[1]
        if found and -1 < x0 - found[-1][3] < wide:
            found[-1] = (found[-1][0], word.end(), found[-1][2], x1)
        else:
            found.append((word.start(), word.end(), x0, x1))
    pieces: list[Piece] = []
    for first, last, x0, x1 in found:
        pdfium_c.FPDFText_GetCharOrigin(page_text, first, left, bottom)
        words = " ".join(_clean(text[first:last]).split())
        if words:
            pieces.append(Piece(text=words, x0=x0, x1=x1, baseline=height - bottom.value))
    return pieces


def _pieces_within(line: Line, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    mine = tuple(
        piece
        for piece in pieces
        if line.x0 - 1 <= (piece.x0 + piece.x1) / 2 <= line.x1 + 1 and line.y0 - 2 <= piece.baseline <= line.y1 + 2
    )
    same = "".join(piece.text for piece in mine).replace(" ", "") == line.text.replace(" ", "")
    return mine if same else ()
