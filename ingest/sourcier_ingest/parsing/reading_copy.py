"""Lays out a document that has no pages of its own, so that each line of its text has an exact place on a page.

The layout is ours: it shows the words in order with headings, lists and table rows told apart, not the original's
look. Helvetica needs no font file and covers French and English; where a document holds other characters an embedded
TrueType font takes over, and a character that even it lacks is drawn as a question mark (the text is not touched).
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from sourcier_core.domain.documents import Page, PageReading, Region, TextElement

_A4 = (595.28, 841.89)
_MARGIN = 56.0
_BODY_SIZE = 10.5
_HEADING_SIZES = (17.0, 14.0, 12.0)
_SLIDE_SCALE = 1.4
_LINE_HEIGHT = 1.35
_ASCENT = 0.82
_DESCENT = 0.24
_INDENT = 16.0
_NOTE_SIZE = 8.0
_TRUETYPE_FOLDERS = (Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu"))
_TOKEN = re.compile(r"[^\S\u00a0\u202f]+|(?:\S|[\u00a0\u202f])+")

# What is drawn for a character that has a plain look-alike.
_LOOK_ALIKES = {
    **{0x202F: " ", 0x2007: " ", 0x2011: "-", 0x2010: "-", 0x00AD: "", 0x200B: "", 0xFEFF: "", 0x2060: ""},
    **dict.fromkeys((*range(8192, 8199), 8200, 8201, 8202, 8287, 12288), " "),
    **{0x0009: "    ", 0xFB01: "fi", 0xFB02: "fl", 0x2212: "-"},
}


@dataclass(frozen=True, slots=True)
class _Typeface:
    regular: str
    bold: str
    drawable: Callable[[str], str]

    def shown(self, text: str) -> str:
        return self.drawable(text.translate(_LOOK_ALIKES))

    def width(self, text: str, size: float, *, bold: bool) -> float:
        """The width of what is shown for a text."""
        return size * _unit_width(text, self.bold if bold else self.regular, self.drawable)


@lru_cache(maxsize=20_000)
def _unit_width(text: str, font: str, drawable: Callable[[str], str]) -> float:
    """The width at one point; words come again and again."""
    return pdfmetrics.stringWidth(drawable(text.translate(_LOOK_ALIKES)), font, 1.0)


def _as_it_is(shown: str) -> str:
    return shown


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    indent: float
    space_before: float


@dataclass(slots=True)
class ReadingCopy:
    """The PDF with its pages and one region per line; offsets are those of the canonical text."""

    pdf: bytes = b""
    pages: list[Page] = field(default_factory=list[Page])
    regions: list[Region] = field(default_factory=list[Region])


def _helvetica() -> _Typeface:
    return _Typeface("Helvetica", "Helvetica-Bold", _as_it_is)


@lru_cache
def _drawable(font: Any) -> Callable[[str], str]:
    """What the font cannot draw becomes a question mark."""
    glyphs = font.face.charToGlyph
    return lambda shown: "".join(character if ord(character) in glyphs else "?" for character in shown)


def _truetype() -> _Typeface:
    for folder, regular, bold in (
        *((folder, "DejaVuSans", "DejaVuSans-Bold") for folder in _TRUETYPE_FOLDERS),
        (Path(), "Vera", "VeraBd"),  # in reportlab's own font folder
    ):
        try:
            for name in (regular, bold):
                if name not in pdfmetrics.getRegisteredFontNames():
                    pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
        except (TTFError, OSError):
            continue
        addMapping(regular, 0, 0, regular)
        return _Typeface(regular, bold, _drawable(pdfmetrics.getFont(regular)))
    return _Typeface("Helvetica", "Helvetica-Bold", lambda shown: shown.encode("cp1252", "replace").decode("cp1252"))


def _choose_typeface(text: str) -> _Typeface:
    try:
        text.translate(_LOOK_ALIKES).encode("cp1252")
    except UnicodeEncodeError:
        return _truetype()
    return _helvetica()


def lay_out(
    text: str, elements: Sequence[TextElement], sections: Sequence[str], *, landscape: bool, title: str
) -> ReadingCopy:
    """Lay out `elements` of `text`. `element.page` is its section from 1; each section starts a new page.

    A section without elements still has its page, so that page and slide numbers agree as long as nothing overflows.
    """
    layout = _Layout(text, sections, landscape=landscape, title=title)
    position = 0
    for number in range(1, max(1, len(sections)) + 1):
        mine = position
        while position < len(elements) and (not sections or elements[position].page <= number):
            position += 1
        layout.start_section(number, empty=mine == position)
        for element in elements[mine:position]:
            layout.add(element)
    return layout.finish()


class _Layout:
    def __init__(self, text: str, sections: Sequence[str], *, landscape: bool, title: str) -> None:
        self._text = text
        self._sections = sections
        self._section = 1
        self._scale = _SLIDE_SCALE if landscape else 1.0
        self._width, self._height = reversed(_A4) if landscape else _A4
        self._typeface = _choose_typeface(text + "".join(sections))
        self._buffer = io.BytesIO()
        rl_config.useA85 = 0  # printable characters would take time and a quarter more room
        self._canvas = Canvas(self._buffer, pagesize=(self._width, self._height), pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._copy = ReadingCopy()
        self._page = 0
        self._page_starts: list[tuple[int, str | None]] = []
        self._laid_out = 0
        self._y = 0.0

    def start_section(self, number: int, *, empty: bool) -> None:
        self._section = number
        name = self._sections[number - 1] if self._sections else None
        self._start_page(f"{name} – no text" if name and empty else name)

    def add(self, element: TextElement) -> None:
        style = self._style_of(element)
        if self._y > _MARGIN:
            self._y += style.space_before
        lines_needed = 3 if element.category == "Title" else 1
        if self._y + lines_needed * style.size * _LINE_HEIGHT > self._height - _MARGIN:
            self._continue_on_new_page()
        for start, end in self._wrap(element, style):
            if self._y + style.size * _LINE_HEIGHT > self._height - _MARGIN:
                self._continue_on_new_page()
            self._draw(start, end, style)

    def finish(self) -> ReadingCopy:
        self._canvas.showPage()
        self._canvas.save()
        self._copy.pdf = self._buffer.getvalue()
        ends = [start for start, _ in self._page_starts[1:]] + [len(self._text)]
        self._copy.pages = [
            Page(
                number=number,
                width=self._width,
                height=self._height,
                start=start,
                end=end,
                note=note,
                reading=PageReading.READ if self._text[start:end].strip() else PageReading.NOTHING_FOUND,
            )
            for number, ((start, note), end) in enumerate(zip(self._page_starts, ends, strict=True), start=1)
        ]
        return self._copy

    def _style_of(self, element: TextElement) -> _Style:
        if element.category == "Title":
            size = _HEADING_SIZES[min(len(element.heading_path), len(_HEADING_SIZES)) - 1] * self._scale
            return _Style(size, True, 0.0, size * 0.9)
        size = _BODY_SIZE * self._scale
        if element.category == "ListItem":
            return _Style(size, False, _INDENT * self._scale, size * 0.25)
        if element.category in {"Header", "Footer"}:
            return _Style(_NOTE_SIZE * self._scale, False, 0.0, size * 0.5)
        return _Style(size, False, 0.0, size * 0.6)

    def _continue_on_new_page(self) -> None:
        name = self._sections[self._section - 1] if self._sections else None
        self._start_page(f"{name} (continued)" if name else None)

    def _start_page(self, note: str | None) -> None:
        if self._page:
            self._canvas.showPage()
        self._page += 1
        self._y = _MARGIN
        self._page_starts.append((self._laid_out, note))
        if note:
            self._canvas.setFont(self._typeface.regular, _NOTE_SIZE)
            self._canvas.setFillGray(0.45)
            self._canvas.drawString(_MARGIN, self._height - _MARGIN * 0.6, self._typeface.shown(note))
            self._canvas.setFillGray(0)

    def _wrap(self, element: TextElement, style: _Style) -> Iterator[tuple[int, int]]:
        """Visual lines of an element as spans of the canonical text, without the white space at their ends."""
        room = self._width - 2 * _MARGIN - style.indent
        place = element.start
        for line in self._text[element.start : element.end].split("\n"):
            yield from self._wrap_line(place, line, room, style)
            place += len(line) + 1

    def _wrap_line(self, place: int, line: str, room: float, style: _Style) -> Iterator[tuple[int, int]]:
        start: int | None = None
        end, used = place, 0.0
        for match in _TOKEN.finditer(line):
            token = match.group()
            first, last = place + match.start(), place + match.end()
            width = self._typeface.width(token, style.size, bold=style.bold)
            if token.isspace():
                used += width
                continue
            if start is not None and used + width > room:
                yield start, end
                start, used = None, 0.0
            if width > room:
                *full, (first, last) = self._break_word(first, token, room, style)
                yield from full
                width = self._typeface.width(self._text[first:last], style.size, bold=style.bold)
            if start is None:
                start, used = first, min(used, room / 3) if first == place + match.start() and end == place else 0.0
            used += width
            end = last
        if start is not None:
            yield start, end

    def _break_word(self, first: int, token: str, room: float, style: _Style) -> list[tuple[int, int]]:
        pieces: list[tuple[int, int]] = []
        begin, used = 0, 0.0
        for index, character in enumerate(token):
            width = self._typeface.width(character, style.size, bold=style.bold)
            if used + width > room and index > begin:
                pieces.append((first + begin, first + index))
                begin, used = index, 0.0
            used += width
        return [*pieces, (first + begin, first + len(token))]

    def _draw(self, start: int, end: int, style: _Style) -> None:
        text = self._text[start:end]
        x = _MARGIN + style.indent
        baseline = self._y + style.size * _ASCENT
        self._canvas.setFont(self._typeface.bold if style.bold else self._typeface.regular, style.size)
        self._canvas.drawString(x, self._height - baseline, self._typeface.shown(text))
        self._copy.regions.append(
            Region(
                start=start,
                end=end,
                page=self._page,
                x0=x,
                y0=round(self._y, 2),
                x1=round(x + self._typeface.width(text, style.size, bold=style.bold), 2),
                y1=round(baseline + style.size * _DESCENT, 2),
            )
        )
        self._laid_out = end
        self._y += style.size * _LINE_HEIGHT
