"""The columns that rows of cells have in common, and how well the cells keep to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sourcier_ingest.parsing.pdf_aligned_rows import Cell, CellRow

_SAME_EDGE = 0.25
"""How far edges of one column may be apart, in font sizes."""
_NARROWEST_RIVER = 0.8
"""Width of the white space between two columns, in font sizes."""
Columns = tuple[int, int]
"""The first column of a cell, and the one after its last."""


@dataclass(slots=True)
class _Column:
    x0: float
    x1: float


def fit_columns(rows: Sequence[CellRow]) -> list[list[Columns]] | None:
    """The columns of each cell of each row; None where the rows have no columns in common.

    The rows with the most cells say how many there are; a cell that reaches over several of them belongs to them all.
    """
    most = max(map(len, rows))
    size = rows[0][0].spots[0].line.size
    full = [row for row in rows if len(row) == most]
    columns = [
        _Column(min(cell.x0 for cell in cells), max(cell.x1 for cell in cells)) for cells in zip(*full, strict=True)
    ]
    if not _apart(columns, size):
        return None
    found: dict[int, list[Columns]] = {}
    for number, row in sorted(enumerate(rows), key=lambda item: -len(item[1])):
        placed = _place(row, columns)
        if placed is None:
            return None
        found[number] = placed
        for cell, (first, last) in zip(row, placed, strict=True):
            if last == first + 1:
                column = columns[first]
                column.x0, column.x1 = min(column.x0, cell.x0), max(column.x1, cell.x1)
        if not _apart(columns, size):
            return None
    return [found[number] for number in range(len(rows))]


def _apart(columns: Sequence[_Column], size: float) -> bool:
    return all(right.x0 - left.x1 >= _NARROWEST_RIVER * size for left, right in pairwise(columns))


def _place(row: CellRow, columns: Sequence[_Column]) -> list[Columns] | None:
    """The columns of the cells of one row, in order and none twice."""
    placed: list[Columns] = []
    free = 0
    for cell in row:
        under = [number for number, column in enumerate(columns) if cell.x0 < column.x1 and cell.x1 > column.x0]
        if not under:
            middle = (cell.x0 + cell.x1) / 2
            under = [min(range(len(columns)), key=lambda number: abs(_middle(columns[number]) - middle))]
        if under[0] < free:
            return None
        placed.append((under[0], under[-1] + 1))
        free = under[-1] + 1
    return placed


def _middle(column: _Column) -> float:
    return (column.x0 + column.x1) / 2


def are_aligned(cells: Sequence[Cell]) -> bool:
    """Whether nearly all cells of a column have their left edges, their right edges or their middles in common."""
    near = _SAME_EDGE * cells[0].spots[0].line.size
    edges = (
        [cell.x0 for cell in cells],
        [cell.x1 for cell in cells],
        [(cell.x0 + cell.x1) / 2 for cell in cells],
    )
    return any(
        max(sum(abs(other - edge) <= near for other in found) for edge in found) >= 0.65 * len(found) for found in edges
    )
