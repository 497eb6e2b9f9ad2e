"""Tables of the formats that give every place a cell of its own, also where a merged cell reaches over it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sourcier_ingest.parsing.table_spans import MOST_COLUMNS, ONE_PLACE, Span
from sourcier_ingest.parsing.tables import Row, spans_of

Merges = Mapping[int, Mapping[int, Span]]
"""By row and column, both from 0, over how many rows and columns the cell that begins there reaches."""

_MOST_PLACES = 50_000
"""A small file can ask for merged cells that cover millions of places: past so many in one table they are given up."""


def with_merges(rows: Iterable[Sequence[str]], merges: Merges) -> Iterator[Sequence[str]]:
    """The rows, each with the spans of its merged cells."""
    for number, row in enumerate(rows):
        asked = merges.get(number)
        if asked:
            yield Row(row, spans=(asked.get(column, ONE_PLACE) for column in range(len(row))))
        else:
            yield row


def without_empty_rows(grid: Sequence[Sequence[str]]) -> list[Row]:
    """The rows that hold anything; cells that reached over others reach over as many rows less."""
    kept_before = [0]
    for row in grid:
        kept_before.append(kept_before[-1] + any(row))
    found: list[Row] = []
    for number, row in enumerate(grid):
        if any(row):
            ends = (min(number + down, len(grid)) for down, _ in spans_of(row))
            deep = (max(1, kept_before[end] - kept_before[number]) for end in ends)
            spans = ((down, across) for down, (_, across) in zip(deep, spans_of(row), strict=True))
            found.append(Row(row, header=row.header if isinstance(row, Row) else (), spans=spans))
    return found


def covered_left_out(grid: Sequence[Sequence[str]]) -> list[Row]:
    """The rows without the places that merged cells cover, as HTML has them.

    A merged cell is cut where the table ends. It counts as not merged where it would cover a text or another merged
    cell, so that no text is lost whatever a file asks for.
    """
    found: list[Row] = []
    for row, kept in zip(grid, _kept_places(grid), strict=True):
        header = [row.header[column] for column in kept] if isinstance(row, Row) else ()
        found.append(Row((row[column] for column in kept), header=header, spans=kept.values()))
    return found


def going_on_below(grid: Sequence[Sequence[str]], gap: int) -> dict[int, tuple[str, Span]]:
    """By column, the words of the merged cells that a cut grid ends in, and what is left of their span below it.

    `gap` rows that hold nothing follow the cut.
    """
    found: dict[int, tuple[str, Span]] = {}
    for number, kept in enumerate(_kept_places(grid)):
        for column, (down, across) in kept.items():
            asked = spans_of(grid[number])[column]
            left = number + asked[0] - len(grid) - gap
            is_merged = (down, across) != ONE_PLACE or asked[1] == 1  # else it would cover another cell
            if left > 0 and number + down == len(grid) and is_merged and column < MOST_COLUMNS:
                found[column] = (grid[number][column].strip(), (left, asked[1]))
    return {column: told for column, told in found.items() if told[0]}


def _kept_places(grid: Sequence[Sequence[str]]) -> list[dict[int, Span]]:
    """The columns of each row that no merged cell covers, each with how far its cell reaches."""
    width = min(MOST_COLUMNS, max(map(len, grid), default=0))
    covered: set[tuple[int, int]] = set()
    looked_at = 0
    found: list[dict[int, Span]] = []
    for number, row in enumerate(grid):
        kept: dict[int, Span] = {}
        for column, (down, across) in enumerate(spans_of(row)):
            if (number, column) in covered:
                continue
            down, across = min(down, len(grid) - number), max(1, min(across, width - column))
            looked_at += down * across if down * across > 1 else 0
            places = [] if looked_at > _MOST_PLACES else _covered_by(number, column, down, across)
            if any(place in covered or _text_at(grid, place) for place in places):
                places = []
            covered.update(places)
            kept[column] = (down, across) if places else ONE_PLACE
        found.append(kept)
    return found


def _covered_by(row: int, column: int, down: int, across: int) -> list[tuple[int, int]]:
    """The places of a merged cell but the one where it begins."""
    if (down, across) == ONE_PLACE:
        return []
    rows, columns = range(row, row + down), range(column, column + across)
    return [(place, beside) for place in rows for beside in columns if (place, beside) != (row, column)]


def _text_at(grid: Sequence[Sequence[str]], place: tuple[int, int]) -> bool:
    row, column = place
    return column < len(grid[row]) and bool(grid[row][column].strip())
