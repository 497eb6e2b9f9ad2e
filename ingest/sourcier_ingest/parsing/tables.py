"""A table as text (one line a row, cells parted by a bar) and as the HTML that the element model keeps."""

import html
import re
from collections.abc import Iterable, Sequence

from lxml import html as lxml_html

CELL_BORDER = " | "
_NUMBER = re.compile(r"[\W\d_]*(?:e[+-]?\d+)?%?", re.IGNORECASE)
_LONGEST_HEADER_CELL = 100
_LONGEST_HEADER = 300
"""Characters of a header that stands before every passage of its table."""


class Row(list[str]):
    """The cells of a row; `header` says of each whether it is a header cell."""

    def __init__(self, cells: Iterable[str], *, header: Iterable[bool] = ()) -> None:
        super().__init__(cells)
        self.header = list(header) or [False] * len(self)


def looks_like_header(row: Sequence[str]) -> bool:
    """Whether a row may name columns: several cells, all filled, none of them a number or long."""
    return len(row) > 1 and all(
        cell and not _NUMBER.fullmatch(cell) and len(cell) < _LONGEST_HEADER_CELL for cell in row
    )


def header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row names the columns: the first, or the second below a title of one cell; None where none does."""
    filled = [number for number, row in enumerate(rows[:5]) if any(row)]
    if filled and sum(map(bool, rows[filled[0]])) == 1 and len(rows) > 2:
        filled = filled[1:]
    if not filled or filled[0] + 1 >= len(rows):
        return None
    return filled[0] if looks_like_header(rows[filled[0]]) else None


def header_text(rows: Sequence[Sequence[str]]) -> str | None:
    """The header as a line of text, to stand before what is cut from the table; None without one, or when too long."""
    place = header_place(rows)
    written = "" if place is None else rows_to_text([rows[place]])
    return written if 0 < len(written) <= _LONGEST_HEADER else None


def with_header_marked(rows: Sequence[Sequence[str]]) -> list[Row]:
    """The rows, the header's cells marked where the table marks none and the rows below are plainly of another kind."""
    marked = [row if isinstance(row, Row) else Row(row) for row in rows]
    place = header_place(rows)
    if place is None or any(any(row.header) for row in marked):
        return marked
    below = [row for row in marked[place + 1 :] if any(row)]
    if below and not all(looks_like_header(row) for row in below):
        marked[place] = Row(marked[place], header=[True] * len(marked[place]))
    return marked


def rows_to_text(rows: Sequence[Sequence[str]]) -> str:
    """One line per row that holds anything; line breaks inside a cell become spaces."""
    lines: list[str] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            lines.append(CELL_BORDER.join(cells))
    return "\n".join(lines)


def rows_to_html(rows: Sequence[Sequence[str]]) -> str:
    """A plain HTML table with every cell escaped; header cells stay header cells."""
    made = "".join(f"<tr>{''.join(_cell_html(row, place) for place in range(len(row)))}</tr>" for row in rows)
    return f"<table>{made}</table>"


def _cell_html(row: Sequence[str], place: int) -> str:
    tag = "th" if isinstance(row, Row) and row.header[place] else "td"
    return f"<{tag}>{html.escape(row[place])}</{tag}>"


def html_to_rows(table: str) -> list[Row]:
    """The cells of an HTML table, nested tables flattened into their cell; [] when it is not a table."""
    try:
        root = lxml_html.fragment_fromstring(table, create_parent=True)
    except (lxml_html.etree.ParserError, ValueError):
        return []
    return element_to_rows(root)


def element_to_rows(table: lxml_html.HtmlElement) -> list[Row]:
    """The same for a parsed element; rows of nested tables belong to the cell that holds them."""
    rows: list[Row] = []
    for row in table.iter("tr"):
        if any(ancestor.tag in {"td", "th"} for ancestor in row.iterancestors()):
            continue
        cells = [cell for cell in row if cell.tag in {"td", "th"}]
        rows.append(
            Row(
                (" ".join(" ".join(cell.itertext()).split()) for cell in cells),
                header=[cell.tag == "th" for cell in cells],
            )
        )
    return rows


def rows_of_part(table: str, written: str, start: int, end: int) -> str:
    """The HTML of the rows of a table that stand in [start, end) of its text `written`, with its header.

    The whole table where a cell is not found in the text in its turn.
    """
    rows = html_to_rows(table)
    place = header_place(rows)
    kept: list[Row] = []
    position = 0
    for number, row in enumerate(rows):
        first = last = None
        for cell in filter(None, row):
            found = written.find(cell, position)
            if found < 0:
                return rows_to_html(rows)
            first, position = found if first is None else first, found + len(cell)
            last = position
        if number == place or (first is not None and last is not None and first < end and last > start):
            kept.append(row)
    return rows_to_html(kept)
