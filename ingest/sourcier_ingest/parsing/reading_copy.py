"""Lays out a document that has no pages of its own, so that each line of its text has an exact place on a page.

The layout is ours: it shows the words in order with headings, lists and table rows told apart, not the original's
look. Only the places are kept; a page is drawn from them when somebody opens it (`reading_page`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sourcier_core.domain.documents import Page, PageReading, Region, TextElement
from sourcier_ingest.parsing.typefaces import choose_typeface

A4 = (595.28, 841.89)
MARGIN = 56.0
NOTE_SIZE = 8.0
ASCENT = 0.82
DESCENT = 0.24
"""Of a line's box above and below its base line, as shares of the font's size."""
_BODY_SIZE = 10.5
_HEADING_SIZES = (17.0, 14.0, 12.0)
_SLIDE_SCALE = 1.4
_LINE_HEIGHT = 1.35
_INDENT = 16.0
_WORD = re.compile(r"(?:\S|[\u00a0\u202f])+")
_CHARACTERS_AT_ONCE = 4096
"""Of a line: some twenty lines on a page. What a whole one of a hundred megabytes needs would be too much."""


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    indent: float
    space_before: float


@dataclass(slots=True)
class ReadingCopy:
    """The pages and one region per line; offsets are those of the canonical text."""

    pages: list[Page] = field(default_factory=list[Page])
    regions: list[Region] = field(default_factory=list[Region])


def lay_out(
    text: str, elements: Sequence[TextElement], sections: Sequence[str], notes: Mapping[int, str], *, landscape: bool
) -> ReadingCopy:
    """Lay out `elements` of `text`. `element.page` is its section from 1; each section starts a new page.

    `notes` stand on the first page of their section.
    A section without elements still has its page, so that page and slide numbers agree as long as nothing overflows.
    """
    layout = _Layout(text, sections, landscape=landscape)
    position = 0
    for number in range(1, max(1, len(sections)) + 1):
        mine = position
        while position < len(elements) and (not sections or elements[position].page <= number):
            position += 1
        layout.start_section(number, notes.get(number), empty=mine == position)
        for element in elements[mine:position]:
            layout.add(element)
    return layout.finish()


class _Layout:
    def __init__(self, text: str, sections: Sequence[str], *, landscape: bool) -> None:
        self._text = text
        self._sections = sections
        self._section = 1
        self._scale = _SLIDE_SCALE if landscape else 1.0
        self._width, self._height = reversed(A4) if landscape else A4
        self._typeface = choose_typeface(text)
        self._copy = ReadingCopy()
        self._page = 0
        self._page_starts: list[tuple[int, str | None]] = []
        self._laid_out = 0
        self._y = 0.0

    def start_section(self, number: int, note: str | None, *, empty: bool) -> None:
        self._section = number
        name = self._sections[number - 1] if self._sections else None
        shown = f"{name} – no text" if name and empty else name
        self._start_page("; ".join(filter(None, (shown, note))) or None)

    def add(self, element: TextElement) -> None:
        style = self._style_of(element)
        if self._y > MARGIN:
            self._y += style.space_before
        lines_needed = 3 if element.category == "Title" else 1
        if self._y + lines_needed * style.size * _LINE_HEIGHT > self._height - MARGIN:
            self._continue_on_new_page()
        for start, end in self._wrap(element, style):
            if self._y + style.size * _LINE_HEIGHT > self._height - MARGIN:
                self._continue_on_new_page()
            self._place(start, end, style)

    def finish(self) -> ReadingCopy:
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
            return _Style(NOTE_SIZE * self._scale, False, 0.0, size * 0.5)
        return _Style(size, False, 0.0, size * 0.6)

    def _continue_on_new_page(self) -> None:
        name = self._sections[self._section - 1] if self._sections else None
        self._start_page(f"{name} (continued)" if name else None)

    def _start_page(self, note: str | None) -> None:
        self._page += 1
        self._y = MARGIN
        self._page_starts.append((self._laid_out, note))

    def _wrap(self, element: TextElement, style: _Style) -> Iterator[tuple[int, int]]:
        """Visual lines of an element as spans of the canonical text, without the white space at their ends."""
        room = self._width - 2 * MARGIN - style.indent
        place = element.start
        for line in self._text[element.start : element.end].split("\n"):
            yield from self._wrap_line(place, line, room, style)
            place += len(line) + 1

    def _wrap_line(self, place: int, line: str, room: float, style: _Style) -> Iterator[tuple[int, int]]:
        begin, _ = next(_words(line), (len(line), len(line)))
        indent = min(self._typeface.width(line[:begin], style.size, bold=style.bold), room / 3)
        length = _CHARACTERS_AT_ONCE
        while begin < len(line):
            stretch = line[begin : begin + length]
            *lines, last = self._fill_lines(stretch, room, indent, style)
            for start, end in lines:
                yield place + begin + start, place + begin + end
            if begin + length >= len(line):
                yield place + begin + last[0], place + begin + last[1]
                return
            # What follows may still belong to the last line: it is filled again from its start.
            begin, length = begin + last[0], (_CHARACTERS_AT_ONCE if lines else 2 * length)
            indent = 0.0 if lines else indent

    def _fill_lines(self, text: str, room: float, indent: float, style: _Style) -> Iterator[tuple[int, int]]:
        """Spans of the lines that the words of `text` fill; it begins with a word, at `indent` points."""
        words = list(_words(text))
        reach = self._typeface.reach(text, style.size, bold=style.bold)
        reach_of_words = [reach[end] for _, end in words]
        number, start = 0, 0
        while number < len(words):
            if reach_of_words[number] - reach[start] > room:  # a word that no line can hold is cut
                cut = bisect_right(reach, reach[start] + room, lo=start) - 1
                cut = min(max(cut, start + 1), words[number][1] - 1)
                if cut > start:
                    yield start, cut
                    start, indent = cut, 0.0
                    continue
            last = bisect_right(reach_of_words, reach[start] + room - indent, lo=number) - 1
            last = max(last, number)
            yield start, words[last][1]
            number, indent = last + 1, 0.0
            start = words[number][0] if number < len(words) else len(text)

    def _place(self, start: int, end: int, style: _Style) -> None:
        text = self._text[start:end]
        x = MARGIN + style.indent
        self._copy.regions.append(
            Region(
                start=start,
                end=end,
                page=self._page,
                x0=x,
                y0=round(self._y, 2),
                x1=round(x + self._typeface.width(text, style.size, bold=style.bold), 2),
                y1=round(self._y + style.size * (ASCENT + DESCENT), 2),
            )
        )
        self._laid_out = end
        self._y += style.size * _LINE_HEIGHT


def _words(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _WORD.finditer(text) if not match.group().isspace())
