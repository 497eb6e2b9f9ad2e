"""Groups the lines of a PDF into headings, paragraphs, list items and running headers."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sourcier_ingest.parsing.pdf_lines import Line

_BULLET = re.compile(r"^\s*([•●▪◦‣\uf0b7\uf0a7■–—*-]|\(?[a-z0-9ivx]{1,3}[.)])\s+", re.IGNORECASE)
_NUMBERED = re.compile(
    r"^\s*(\d{1,2}(\.\d{1,2}){0,4}\.?|[IVX]{1,5}[.)]|[A-Z][.)]|(article|annexe|chapitre|section|titre|appendix|chapter|"
    r"annex)\s+\w+)\s+\S",
    re.IGNORECASE,
)
_BAND = 0.09
_LONGEST_HEADING = 120


@dataclass(kw_only=True)
class Block:
    """Lines that belong together; `kind` is heading, paragraph, item or running."""

    kind: str
    lines: list[Line] = field(default_factory=list[Line])
    level: int = 0


def _masked(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.casefold())


def _running(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> set[tuple[str, bool]]:
    """Masked texts that stand in the top or bottom band of many pages."""
    seen: Counter[tuple[str, bool]] = Counter()
    for lines, height in zip(pages, heights, strict=True):
        seen.update({(_masked(line), line.y0 < height / 2) for line in lines if _in_band(line, height)})
    least = max(2, len(pages) * 0.3)
    return {key for key, count in seen.items() if count >= least and len(pages) >= 2}


def _in_band(line: Line, height: float) -> bool:
    return line.y1 < height * _BAND or line.y0 > height * (1 - _BAND)


class BlockMaker:
    """Knows the document's body size, heading sizes, bookmarks and running lines."""

    def __init__(
        self, pages: Sequence[Sequence[Line]], heights: Sequence[float], bookmarks: Mapping[int, Mapping[str, int]]
    ) -> None:
        sizes: Counter[float] = Counter()
        for lines in pages:
            for line in lines:
                sizes[line.size] += len(line.text)
        self._body = sizes.most_common(1)[0][0] if sizes else 10.0
        self._heading_sizes = sorted((size for size in sizes if size > self._body * 1.12), reverse=True)
        self._running = _running(pages, heights)
        self._heights = heights
        self._bookmarks = bookmarks

    def heading_level(self, line: Line) -> int:
        """The level of a heading from 1, or 0."""
        text = line.text
        bare = re.sub(r"\W+", "", text).casefold()
        known = self._bookmarks.get(line.page, {})
        if bare and bare in known:
            return known[bare]
        if len(text) > _LONGEST_HEADING or text.endswith((",", ";")) or not re.search(r"[^\W\d_]{2}", text):
            return 0
        if line.size in self._heading_sizes:
            return 1 + min(5, self._heading_sizes.index(line.size))
        if line.bold and line.size >= self._body * 0.98 and len(text) < 90:
            return len(self._heading_sizes[:5]) + 1 if _NUMBERED.match(text) or text[-1] not in ".:" else 0
        return 0

    def is_running(self, line: Line) -> bool:
        """Whether it is a running header or footer."""
        height = self._heights[line.page - 1]
        return _in_band(line, height) and (_masked(line), line.y0 < height / 2) in self._running

    def blocks(self, lines: Sequence[Line]) -> list[Block]:
        """The blocks of one page, in order."""
        made: list[Block] = []
        current: Block | None = None
        for line in lines:
            if self.is_running(line):
                made.append(Block(kind="running", lines=[line]))
                current = None
                continue
            level = self.heading_level(line)
            kind = "heading" if level else "item" if _BULLET.match(line.text) else "paragraph"
            if current is not None and self._continues(current, line, kind, level):
                current.lines.append(line)
                continue
            current = Block(kind=kind, lines=[line], level=level)
            made.append(current)
        return made

    def _continues(self, block: Block, line: Line, kind: str, level: int) -> bool:
        last = block.lines[-1]
        gap = line.y0 - last.y1
        same_size = abs(last.size - line.size) < 0.6
        if kind == "heading" or block.kind == "heading":
            close = 0 <= gap < max(last.y1 - last.y0, last.size) * 1.1
            return (
                kind == block.kind and block.level == level and same_size and close and not _NUMBERED.match(line.text)
            )
        same_line = abs((last.y0 + last.y1) - (line.y0 + line.y1)) < 4 and -1 <= line.x0 - last.x1 < 40
        if same_line:
            return True
        if kind != "paragraph" or not same_size:
            return False
        ended = re.search(r"[.!?:»\"]\s*$", last.text) is not None
        if line.y0 < last.y0 - 2 * last.size:
            return not ended  # the paragraph goes on in the next column
        full = max(item.x1 for item in block.lines)
        short = len(block.lines) > 1 and last.x1 < full - 0.18 * (full - block.lines[0].x0)
        line_height = max(last.y1 - last.y0, last.size)
        return gap < line_height * 0.75 and not (ended and (short or gap > line_height * 0.55))


def join_lines(lines: Sequence[Line]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a block, and each line's span in it. A soft hyphen at a line's end joins the word; others stay."""
    text = ""
    spans: list[tuple[int, int]] = []
    for line in lines:
        if text.endswith("\u00ad"):
            text = text[:-1]
            spans[-1] = (spans[-1][0], len(text))
        elif text and not (re.search(r"[a-zà-ÿ]-$", text) and line.text[:1].islower()):
            text += " "
        spans.append((len(text), len(text) + len(line.text)))
        text += line.text
    return text, spans
