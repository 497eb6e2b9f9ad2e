"""Tables without rules on a PDF page; what is not plainly one stays text."""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sourcier_ingest.parsing.pdf_aligned_columns import are_aligned, fit_columns
from sourcier_ingest.parsing.pdf_aligned_rows import Cell, CellRow, are_side_by_side, stretches
from sourcier_ingest.parsing.pdf_lines import Line

_FEWEST_ROWS = 3
_FEWEST_ROWS_OF_TWO = 4
_MOST_ALONE = 2
"""Rows of one cell one after the other, within a table."""
_LONGEST_ALONE = 60
_SHORT, _LONGEST = 60, 500
"""Characters of a cell."""
_FULL_LINE = 35
"""Characters of a line on average, from which a column reads as running text."""
_LEADERS = re.compile(r"(?:[.·_] ?){4,}|…{2,}")
_PAGE_NUMBER = re.compile(r"[(\[]?(\d{1,4}|[ivxlc]+)[)\]]?")
_ENUMERATOR = re.compile(r"[•●▪◦‣\uf0b7\uf0a7■–—*-]|\W?[\w]{1,3}[.)]|\d{1,2}(\.\d{1,2})+\.?|\W?\d{1,3}\W?")
_FIGURE = re.compile(r"(?=.*\d)[\W\d_]*(?:[^\W\d_]{0,3}[\W\d_]*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class AlignedCell:
    """A cell: its lines, its first column, and the one after its last."""

    lines: tuple[Line, ...]
    first: int
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AlignedTable:
    """A table: the lines it takes from the page, its rows, and whether the first one is set off as a header."""

    taken: tuple[Line, ...]
    rows: tuple[tuple[AlignedCell, ...], ...]
    columns: int
    has_header: bool


def aligned_tables(lines: Sequence[Line]) -> Iterator[AlignedTable]:
    """The tables among the lines of one page, in the order in which they are drawn."""
    for rows in stretches(lines):
        for run in _runs(rows):
            table = _table(run)
            if table is not None:
                yield table


def _runs(rows: Sequence[CellRow]) -> Iterator[list[CellRow]]:
    """Rows of several cells, with rows of one short cell only where more of several follow."""
    run: list[CellRow] = []
    alone: list[CellRow] = []
    for row in rows:
        if len(row) > 1:
            run += [*alone, row] if run else [row]
            alone = []
        elif run and len(alone) < _MOST_ALONE and len(row[0].text) <= _LONGEST_ALONE:
            alone.append(row)
        else:
            yield run
            run, alone = [], []
    yield run


def _table(rows: Sequence[CellRow]) -> AlignedTable | None:
    if sum(len(row) > 1 for row in rows) < _FEWEST_ROWS or not all(map(are_side_by_side, rows)):
        return None
    fitted = fit_columns(rows)
    if fitted is None:
        return None
    count = max(map(len, rows))
    placed = [list(zip(row, columns, strict=True)) for row, columns in zip(rows, fitted, strict=True)]
    columns = [[cell for row in placed for cell, at in row if at == (number, number + 1)] for number in range(count)]
    taken = _whole_lines(rows)
    if not taken or not _is_table(rows, columns):
        return None
    cells = tuple(
        tuple(AlignedCell(lines=_lines(cell), first=first, last=last) for cell, (first, last) in row) for row in placed
    )
    return AlignedTable(taken=taken, rows=cells, columns=count, has_header=_has_bold_header(rows))


def _whole_lines(rows: Sequence[CellRow]) -> tuple[Line, ...]:
    """The lines of the rows; none where a part of one stands elsewhere."""
    spots = [spot for row in rows for cell in row for spot in cell.spots]
    lines = {id(spot.line): spot.line for spot in spots}
    return tuple(lines.values()) if sum(len(line.pieces) for line in lines.values()) == len(spots) else ()


def _lines(cell: Cell) -> tuple[Line, ...]:
    return tuple(
        replace(
            spot.line,
            text=spot.piece.text,
            x0=spot.piece.x0,
            x1=max(spot.piece.x1, spot.piece.x0 + 1),
            pieces=(spot.piece,),
        )
        for spot in cell.spots
    )


def _has_bold_header(rows: Sequence[CellRow]) -> bool:
    bold = [all(spot.line.bold for cell in row for spot in cell.spots) for row in rows]
    return bold[0] and len(rows[0]) > 1 and not any(bold[1:])


def _is_table(rows: Sequence[CellRow], columns: Sequence[Sequence[Cell]]) -> bool:
    """Whether rows that have columns in common are a table rather than text that happens to stand so."""
    cells = [cell for row in rows for cell in row]
    texts = [cell.text for cell in cells]
    known = sum(map(len, columns))
    return (
        known >= 0.85 * len(cells)  # few cells reach over several columns
        and len(cells) >= 0.5 * len(rows) * len(columns)
        and all(are_aligned(column) for column in columns if len(column) >= _FEWEST_ROWS)
        and sum(len(column) >= _FEWEST_ROWS for column in columns) >= 2
        and not any(_LEADERS.search(text) or len(text) > _LONGEST for text in texts)
        and sum(len(text) <= _SHORT for text in texts) >= 0.6 * len(texts)
        and sum(len(text) > 1 for text in texts) >= 0.5 * len(texts)  # else labels of a drawing, or a formula
        and sum(_reads_as_text(column) for column in columns) < 2
        and not _is_contents(columns)
        and (len(columns) > 2 or _is_table_of_two(rows, columns))
    )


def _reads_as_text(column: Sequence[Cell]) -> bool:
    """Whether its cells of one line are as long as lines of a text in columns."""
    lengths = [len(cell.text) for cell in column if len(cell.spots) == 1]
    return bool(lengths) and statistics.mean(lengths) > _FULL_LINE


def _is_contents(columns: Sequence[Sequence[Cell]]) -> bool:
    """Whether it ends in a column of page numbers, each at least as high as the one before."""
    numbers = [_PAGE_NUMBER.fullmatch(cell.text) for cell in columns[-1]]
    if len(columns) > 3 or not all(numbers):
        return False
    values = [int(found.group(1)) if found and found.group(1).isdigit() else 0 for found in numbers]
    return values == sorted(values)


def _is_table_of_two(rows: Sequence[CellRow], columns: Sequence[Sequence[Cell]]) -> bool:
    """Two columns can as well be a list, a form or addresses: figures on the right or a header in bold tell."""
    left, right = columns
    if len(rows) < _FEWEST_ROWS_OF_TWO or sum(bool(_ENUMERATOR.fullmatch(cell.text)) for cell in left) * 2 > len(left):
        return False
    if sum(cell.text.endswith(":") for cell in left) * 2 > len(left):
        return False
    figures = sum(bool(_FIGURE.fullmatch(cell.text)) for cell in right)
    return figures >= 0.6 * len(right) or _has_bold_header(rows)
