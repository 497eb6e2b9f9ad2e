"""Rows of cells on a PDF page, by the order in which it is drawn.

The order tells a table from columns of text: a table goes on to the right and then back down to the left, row after
row; a page in columns goes down the first and then up to the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sourcier_ingest.parsing.pdf_lines import Line, Piece, wide_gap

_SAME_LINE = 0.3
_NEXT_LINE = 1.5
_FURTHEST_ROW = 3.2
_HALF_LINE = 0.5
_HIGHER = 8
"""Distances of base lines, in font sizes."""
_OTHER_SIZE = 1.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A piece of a line, and the line it is a part of."""

    piece: Piece
    line: Line


class Cell:
    """Spots below each other, or side by side without a wide gap, that are read as one text."""

    def __init__(self, first: Spot) -> None:
        self.spots = [first]

    @property
    def x0(self) -> float:
        """Its left edge."""
        return min(spot.piece.x0 for spot in self.spots)

    @property
    def x1(self) -> float:
        """Its right edge."""
        return max(spot.piece.x1 for spot in self.spots)

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(spot.piece.text for spot in self.spots)


CellRow = list[Cell]


def stretches(lines: Sequence[Line]) -> Iterator[list[CellRow]]:
    """Rows that follow each other down the page in the order in which they are drawn."""
    rows: list[CellRow] = []
    spots = list(_spots(lines))
    for number, spot in enumerate(spots):
        following = spots[number + 1] if number + 1 < len(spots) else None
        if spot is None:
            yield rows
            rows = []
        elif not rows:
            rows = [[Cell(spot)]]
        elif not _goes_on(rows, spot, following):
            if not _is_next_row(rows[-1], spot):
                yield rows
                rows = []
            rows.append([Cell(spot)])
    yield rows


def _spots(lines: Sequence[Line]) -> Iterator[Spot | None]:
    """The pieces in order; None where there can be no table: words of a picture, or a listing in letters of one width.

    What stands below each other in a listing is spaced by hand, and means what the program makes of it.
    """
    for line in lines:
        if line.fixed_pitch or not line.pieces:
            yield None
        for piece in () if line.fixed_pitch else line.pieces:
            yield Spot(piece=piece, line=line)


def _goes_on(rows: Sequence[CellRow], spot: Spot, following: Spot | None) -> bool:
    """Whether a spot belongs to the last row, to which it is then added."""
    row = rows[-1]
    cell, last = row[-1], row[-1].spots[-1]
    size = spot.line.size
    on_line = abs(spot.piece.baseline - last.piece.baseline) <= _SAME_LINE * size
    near = on_line and -1 < spot.piece.x0 - last.piece.x1 < wide_gap(size)
    wraps = _wraps(cell, spot) and not (len(row) == 1 and following is not None and _beside(spot, following))
    if near or wraps:
        cell.spots.append(spot)
        return True
    top, bottom = _reach(row)
    # A cell of many lines begins above its neighbour that stands at half its height, but never in the row before.
    highest = _reach(rows[-2])[1] + _SAME_LINE * size if len(rows) > 1 else top - _HIGHER * size
    if spot.piece.x0 - cell.x1 >= 0.9 * wide_gap(size) and highest < spot.piece.baseline <= bottom + _SAME_LINE * size:
        row.append(Cell(spot))
        return True
    return False


def are_side_by_side(row: CellRow) -> bool:
    """Whether each cell of a row stands at some height of each other one."""
    reaches = [_reach([cell]) for cell in row]
    return max(top for top, _ in reaches) - _HALF_LINE * row[0].spots[0].line.size <= min(end for _, end in reaches)


def _wraps(cell: Cell, spot: Spot) -> bool:
    """Whether a spot is the next line of a cell."""
    down = spot.piece.baseline - cell.spots[-1].piece.baseline
    over = min(cell.x1, spot.piece.x1) - max(cell.x0, spot.piece.x0)
    return over > 0 and _SAME_LINE < down / (spot.line.size or 1) <= _NEXT_LINE


def _beside(spot: Spot, following: Spot) -> bool:
    same = abs(following.piece.baseline - spot.piece.baseline) <= _SAME_LINE * spot.line.size
    return same and following.piece.x0 > spot.piece.x1


def _reach(row: CellRow) -> tuple[float, float]:
    """The first and the last base line of a row."""
    found = [spot.piece.baseline for cell in row for spot in cell.spots]
    return min(found), max(found)


def _is_next_row(row: CellRow, spot: Spot) -> bool:
    """Whether a spot begins a row that follows this one closely, in letters of a like size."""
    size, before = spot.line.size or 1.0, row[0].spots[0].line.size or 1.0
    down = (spot.piece.baseline - _reach(row)[1]) / size
    return _SAME_LINE < down <= _FURTHEST_ROW and 1 / _OTHER_SIZE <= size / before <= _OTHER_SIZE
