"""Collects the elements of a PDF's pages with a box for each of their lines."""

from collections.abc import Sequence

from unstructured.documents.elements import Element, ElementMetadata, Header, ListItem, NarrativeText, Table, Title

from sourcier_ingest.parsing.extraction import LineBox
from sourcier_ingest.parsing.pdf_blocks import Block, join_lines
from sourcier_ingest.parsing.pdf_lines import Line
from sourcier_ingest.parsing.tables import rows_to_html

_KINDS = {"heading": Title, "paragraph": NarrativeText, "item": ListItem, "running": Header}


class Reading:
    """The elements and line boxes collected so far."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.lines: list[LineBox] = []

    def add(self, block: Block) -> None:
        """A block of lines as one element."""
        text, spans = join_lines(block.lines)
        metadata = ElementMetadata(page_number=block.lines[0].page)
        if block.kind == "heading":
            metadata.category_depth = block.level - 1
        self._note_lines(block.lines, spans)
        self.elements.append(_KINDS[block.kind](text=text, metadata=metadata))

    def add_table(self, lines: Sequence[Line], rows: list[list[str]]) -> None:
        """A table keeps the page's own lines as text, so that each has its box; the cells are kept as HTML."""
        ordered = sorted(lines, key=lambda line: (round(line.y0 / 4), line.x0))
        text, spans, last = "", list[tuple[int, int]](), None
        for line in ordered:
            if last is not None:
                text += " | " if abs(line.y0 - last.y0) < 4 else "\n"
            spans.append((len(text), len(text) + len(line.text)))
            text += line.text
            last = line
        metadata = ElementMetadata(page_number=ordered[0].page, text_as_html=rows_to_html(rows))
        self._note_lines(ordered, spans)
        self.elements.append(Table(text=text, metadata=metadata))

    def add_remark(self, line: Line) -> None:
        """A text that stands beside the page's own: a comment, the value of a form's field."""
        self._note_lines([line], [(0, len(line.text))])
        self.elements.append(NarrativeText(text=line.text, metadata=ElementMetadata(page_number=line.page)))

    def _note_lines(self, lines: Sequence[Line], spans: Sequence[tuple[int, int]]) -> None:
        number = len(self.elements)
        for line, (start, end) in zip(lines, spans, strict=True):
            self.lines.append(
                LineBox(
                    element=number,
                    start=start,
                    end=end,
                    page=line.page,
                    x0=round(line.x0, 1),
                    y0=round(line.y0, 1),
                    x1=round(line.x1, 1),
                    y1=round(line.y1, 1),
                )
            )
