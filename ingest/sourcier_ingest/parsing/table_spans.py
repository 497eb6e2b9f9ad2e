"""Where the cells of a table stand when some of them reach over several rows or columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Over how many rows and how many columns a cell reaches."""

ONE_PLACE: Span = (1, 1)
MOST_COLUMNS = 1000
"""As in browsers; what stands further to the right reaches over nothing."""
_MOST_STEPS = 2_000_000
"""A small file can ask for spans that take hours to lay out: past so many places they are given up."""
_NUMBER = re.compile(r"\s*\+?(\d{1,9})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a cell begins, counted from 0, and over how many rows and columns it reaches."""

    column: int
    rows: int
    columns: int

    @property
    def span(self) -> Span:
        """Its size alone."""
        return (self.rows, self.columns)


def written_span(rows: str | None, columns: str | None) -> Span:
    """What `rowspan` and `colspan` ask for; 0 rows reach to the end of the group, as in HTML."""
    down, across = (_NUMBER.match(value or "1") for value in (rows, columns))
    return (int(down.group(1)) if down else 1, max(1, int(across.group(1))) if across else 1)


def place_cells(asked: Sequence[Sequence[Span]], ends: Sequence[int] | None = None) -> list[list[Place]]:
    """The places of the cells of each row, as a browser lays them out, but none over another or past the table.

    `asked` are the spans by row; `ends` says of each row where its group of rows ends, which no cell leaves.
    """
    ends = ends or [len(asked)] * len(asked)
    free_from: dict[int, int] = {}
    steps = 0
    placed: list[list[Place]] = []
    for number, row in enumerate(asked):
        column, cells = 0, list[Place]()
        for down, across in row:
            while free_from.get(column, 0) > number and steps < _MOST_STEPS:
                column, steps = column + 1, steps + 1
            rows, columns = ends[number] - number, 1
            rows = min(down, rows) if down else rows
            while (
                columns < min(across, MOST_COLUMNS - column)
                and free_from.get(column + columns, 0) <= number
                and steps < _MOST_STEPS
            ):
                columns, steps = columns + 1, steps + 1
            if column >= MOST_COLUMNS or steps >= _MOST_STEPS:
                rows = columns = 1
            elif rows > 1:
                free_from.update(dict.fromkeys(range(column, column + columns), number + rows))
            cells.append(Place(column=column, rows=rows, columns=columns))
            column += columns
        placed.append(cells)
    return _within_width(placed)


def _within_width(placed: Sequence[Sequence[Place]]) -> list[list[Place]]:
    """The same without the columns on the right in which no cell begins: a title may ask for a thousand."""
    width = max((cell.column + 1 for row in placed for cell in row), default=0)
    return [
        [
            cell
            if cell.column + cell.columns <= width
            else Place(column=cell.column, rows=cell.rows, columns=width - cell.column)
            for cell in row
        ]
        for row in placed
    ]
