"""A table as text (one line a row, cells parted by a bar) and as the HTML that the element model keeps."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lxml import html as lxml_html

from sourcier_ingest.parsing.table_spans import MOST_COLUMNS, ONE_PLACE, Place, Span, place_cells, written_span

CELL_BORDER = " | "
_NUMBER = re.compile(r"[\W\d_]*(?:e[+-]?\d+)?%?", re.IGNORECASE)
_LONGEST_HEADER_CELL = 100
_LONGEST_HEADER = 300
"""Characters of a header that stands before every passage of its table."""
_DEEPEST_HEADER = 3
"""Rows of a header whose upper cells reach over several columns."""


class Row(list[str]):
    """The cells of a row; `header` says of each whether it is a header cell, `spans` how far it reaches."""

    def __init__(self, cells: Iterable[str], *, header: Iterable[bool] = (), spans: Iterable[Span] = ()) -> None:
        super().__init__(cells)
        self.header = list(header) or [False] * len(self)
        self.spans = list(spans) or [ONE_PLACE] * len(self)


def spans_of(row: Sequence[str]) -> list[Span]:
    """How far each cell of a row reaches: its `spans`, or one place each."""
    return row.spans if isinstance(row, Row) else [ONE_PLACE] * len(row)


def _placed(rows: Sequence[Sequence[str]]) -> list[list[Place]]:
    return place_cells([spans_of(row) for row in rows])


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


def header_rows(rows: Sequence[Sequence[str]]) -> range:
    """Which rows name the columns: that of `header_place`, with those that share it where a cell heads several columns.

    Rows above belong to it when they head several of its columns; rows below as far as its own cells reach down, or
    while they hold nothing but header cells. Empty where no row names the columns, or a cell of it reaches further
    down: that is the first of some rows of data.
    """
    place = header_place(rows)
    if place is None:
        return range(0)
    first, last = place, place + 1
    while first and _heads_columns(rows[first - 1]):
        first -= 1
    if _heads_columns(rows[place]):
        deep = max(down for down, _ in spans_of(rows[place]))
        last = place + deep if deep <= _DEEPEST_HEADER else last
        while last - first < _DEEPEST_HEADER and last < len(rows) and _only_header_cells(rows[last]):
            last += 1
    chosen = range(first, max(place + 1, min(last, len(rows) - 1)))
    reach_out = any(number + down > chosen.stop for number in chosen for down, _ in spans_of(rows[number]))
    return range(0) if reach_out else chosen


def _heads_columns(row: Sequence[str]) -> bool:
    """Whether it has several cells, one of which stands over several columns; a title stands over them all."""
    return len(row) > 1 and any(cell and across > 1 for cell, (_, across) in zip(row, spans_of(row), strict=True))


def _only_header_cells(row: Sequence[str]) -> bool:
    return isinstance(row, Row) and any(row) and all(row.header)


def header_text(rows: Sequence[Sequence[str]]) -> str | None:
    """The header as a line of text, to stand before what is cut from the table; None without one, or when too long.

    A column under several header cells has the words of all: `Price net | Price gross`.
    """
    chosen = header_rows(rows)
    written = rows_to_text([_column_names(rows[: chosen.stop], chosen)]) if chosen else ""
    return written if 0 < len(written) <= _LONGEST_HEADER else None


def _column_names(rows: Sequence[Sequence[str]], chosen: range) -> list[str]:
    heads: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    placed = _placed(rows)
    for number in chosen:
        for index, place in enumerate(placed[number]):
            for column in range(place.column, min(place.column + place.columns, MOST_COLUMNS)):
                heads[column].append((number, index))
    names: list[str] = []
    before: list[tuple[int, int]] = []
    for column in range(max(heads, default=-1) + 1):
        if heads[column] != before or not before:  # else they have one name together
            names.append(" ".join(filter(None, (rows[number][index] for number, index in heads[column]))))
        before = heads[column]
    return names


def with_header_marked(rows: Sequence[Sequence[str]]) -> list[Row]:
    """The rows, the header's cells marked where the table marks none and the rows below are plainly of another kind."""
    marked = [row if isinstance(row, Row) else Row(row) for row in rows]
    chosen = header_rows(rows)
    if not chosen or any(any(row.header) for row in marked):
        return marked
    below = [row for row in marked[chosen.stop :] if any(row)]
    if below and not all(looks_like_header(row) for row in below):
        for number in chosen:
            row = marked[number]
            marked[number] = Row(row, header=[True] * len(row), spans=row.spans)
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
    """A plain HTML table with every cell escaped; header cells stay header cells, and cells reach as far as before."""
    made = "".join(f"<tr>{''.join(_cell_html(row, place) for place in range(len(row)))}</tr>" for row in rows)
    return f"<table>{made}</table>"


def _cell_html(row: Sequence[str], place: int) -> str:
    tag = "th" if isinstance(row, Row) and row.header[place] else "td"
    down, across = spans_of(row)[place]
    size = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
    return f"<{tag}{size}>{html.escape(row[place])}</{tag}>"


def html_to_rows(table: str) -> list[Row]:
    """The cells of an HTML table, nested tables flattened into their cell; [] when it is not a table."""
    try:
        root = lxml_html.fragment_fromstring(table, create_parent=True)
    except (lxml_html.etree.ParserError, ValueError):
        return []
    return element_to_rows(root)


def element_to_rows(table: lxml_html.HtmlElement) -> list[Row]:
    """The same for a parsed element; rows of nested tables belong to the cell that holds them.

    No cell reaches further than the table has room: see `place_cells`.
    """
    found = [row for row in table.iter("tr") if not any(parent.tag in {"td", "th"} for parent in row.iterancestors())]
    cells = [[cell for cell in row if cell.tag in {"td", "th"}] for row in found]
    asked = [[written_span(cell.get("rowspan"), cell.get("colspan")) for cell in row] for row in cells]
    placed = place_cells(asked, _group_ends(found))
    return [
        Row(
            (" ".join(" ".join(cell.itertext()).split()) for cell in row),
            header=[cell.tag == "th" for cell in row],
            spans=[place.span for place in places],
        )
        for row, places in zip(cells, placed, strict=True)
    ]


def _group_ends(rows: Sequence[lxml_html.HtmlElement]) -> list[int]:
    """Where the `thead`, `tbody` or `tfoot` of each row ends."""
    ends = [len(rows)] * len(rows)
    for number in range(len(rows) - 2, -1, -1):
        same = rows[number].getparent() is rows[number + 1].getparent()
        ends[number] = ends[number + 1] if same else number + 1
    return ends


def rows_of_part(table: str, written: str, start: int, end: int) -> str:
    """The HTML of the rows of a table that stand in [start, end) of its text `written`, with its header.

    The whole table where a cell is not found in the text in its turn.
    """
    rows = html_to_rows(table)
    chosen = header_rows(rows)
    kept: list[int] = []
    position = 0
    for number, row in enumerate(rows):
        first = last = None
        for cell in filter(None, row):
            found = written.find(cell, position)
            if found < 0:
                return rows_to_html(rows)
            first, position = found if first is None else first, found + len(cell)
            last = position
        if number in chosen or (first is not None and last is not None and first < end and last > start):
            kept.append(number)
    return rows_to_html([row for run in _runs(kept) for row in _cut_out(rows, run)])


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """Numbers in order, as ranges without a gap."""
    first = 0
    for place, number in enumerate(numbers, start=1):
        if place == len(numbers) or numbers[place] != number + 1:
            yield range(numbers[first], number + 1)
            first = place


def _cut_out(rows: Sequence[Row], run: range) -> list[Row]:
    """Some rows that follow each other, with the cells that reach into them from above, cut to fit."""
    cells: list[list[tuple[int, str, bool, Span]]] = [[] for _ in run]
    for number, places in enumerate(_placed(rows[: run.stop])):
        row = rows[number]
        for text, is_header, place in zip(row, row.header, places, strict=True):
            at, last = max(number, run.start), min(number + place.rows, run.stop)
            if at < last:
                cells[at - run.start].append((place.column, text, is_header, (last - at, place.columns)))
    return [
        Row(
            (text for _, text, _, _ in row),
            header=(is_header for _, _, is_header, _ in row),
            spans=(span for *_, span in row),
        )
        for row in map(sorted, cells)
    ]
