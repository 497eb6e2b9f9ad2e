"""Collects the elements of a PDF's pages with a box for each of their lines."""

from collections.abc import Mapping, Sequence

from unstructured.documents.elements import Element, ElementMetadata, Header, ListItem, NarrativeText, Table, Title

from sourcier_ingest.parsing.extraction import LineBox
from sourcier_ingest.parsing.pdf_aligned_tables import AlignedCell, AlignedTable
from sourcier_ingest.parsing.pdf_blocks import Block, join_lines
from sourcier_ingest.parsing.pdf_lines import Line
from sourcier_ingest.parsing.tables import CELL_BORDER, Row, rows_to_html

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

    def add_aligned_table(self, table: AlignedTable) -> None:
        """A table without rules: its text is that of its cells, row by row, and each line of a cell has its box."""
        lines: list[Line] = []
        spans: list[tuple[int, int]] = []
        text, rows = "", list[Row]()
        for number, cells in enumerate(table.rows):
            text += "\n" if number else ""
            before, free, words = len(text), 0, dict[int, str]()
            for cell in cells:
                words[cell.first], inside = join_lines(cell.lines)
                borders = CELL_BORDER * (cell.first - free + (free > 0))
                text += borders if len(text) > before else borders.lstrip()
                spans += [(len(text) + start, len(text) + end) for start, end in inside]
                lines += cell.lines
                text, free = text + words[cell.first], cell.last
            rows.append(_row(cells, words, table, is_header=table.has_header and not number))
        metadata = ElementMetadata(page_number=lines[0].page, text_as_html=rows_to_html(rows))
        self._note_lines(lines, spans)
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


def _row(cells: Sequence[AlignedCell], words: Mapping[int, str], table: AlignedTable, *, is_header: bool) -> Row:
    """All the places of a row, the empty ones too."""
    widths = {cell.first: cell.last - cell.first for cell in cells}
    covered = {column for cell in cells for column in range(cell.first + 1, cell.last)}
    columns = [column for column in range(table.columns) if column not in covered]
    return Row(
        (words.get(column, "") for column in columns),
        header=[is_header] * len(columns),
        spans=((1, widths.get(column, 1)) for column in columns),
    )
