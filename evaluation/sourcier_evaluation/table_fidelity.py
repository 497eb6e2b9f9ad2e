"""How faithfully tables come back: which cells stand in their own row and column of the product's HTML."""

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from sourcier_core.domain.documents import ParsedDocument
from sourcier_evaluation.fidelity import parse_known
from sourcier_evaluation.made_up_tables import KINDS, KnownTable
from sourcier_evaluation.table_files import TABLE_FILES

Grid = Mapping[tuple[int, int], str]
"""The cells of a table that hold anything, by (row, column) from 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableFidelity:
    """What came back of one table: F1 of its cells (0 to 1), whether its header did, whether any table was found."""

    language: str
    kind: str
    score: float
    header: bool
    found: bool


def _flat(text: str) -> str:
    return " ".join(text.split())


def grid_of(markup: str) -> Grid:
    """The cells of an HTML table where a browser would put them (`rowspan` and `colspan` count); {} without a table."""
    try:
        root = html.fragment_fromstring(markup, create_parent=True)
    except (html.etree.ParserError, ValueError):
        return {}
    cells: dict[tuple[int, int], str] = {}
    taken: set[tuple[int, int]] = set()
    for row, element in enumerate(root.iter("tr")):
        column = 0
        for cell in element.iterchildren("td", "th"):
            while (row, column) in taken:
                column += 1
            down, across = (_span(cell.get(name)) for name in ("rowspan", "colspan"))
            taken |= {(row + i, column + j) for i in range(down) for j in range(across)}
            if text := _flat(" ".join(cell.itertext())):
                cells[row, column] = text
    return cells


def _span(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 4 else 1


def cell_score(known: KnownTable, found: Grid) -> float:
    """F1 of cells: right is the same text in the same row and column.

    A merged cell is known once, at its upper left; its text again at the places it covers is neither right nor wrong.
    """
    wanted = {
        (row, column): _flat(cell)
        for row, cells in enumerate(known.cells)
        for column, cell in enumerate(cells)
        if cell.strip()
    }
    repeated = {
        (row, column)
        for span in known.merged
        for row in range(span.row, span.row + span.rows)
        for column in range(span.column, span.column + span.columns)
        if (row, column) != (span.row, span.column)
        and found.get((row, column)) == _flat(known.cells[span.row][span.column])
    }
    counted = {place: text for place, text in found.items() if place not in repeated}
    right = sum(counted.get(place) == text for place, text in wanted.items())
    return 2 * right / (len(wanted) + len(counted)) if wanted or counted else 1.0


def _keeps_header(known: KnownTable, found: Grid) -> bool:
    first = [text for (row, _), text in sorted(found.items()) if row == 0]
    return first == [_flat(cell) for cell in known.cells[0] if cell.strip()]


def compare_table(known: KnownTable, parsed: ParsedDocument) -> TableFidelity:
    """The best of the document's tables against the known one."""
    grids = [grid_of(element.html) for element in parsed.elements if element.html]
    best = max(grids, key=lambda grid: cell_score(known, grid), default={})
    return TableFidelity(
        language=known.language,
        kind=known.kind,
        score=cell_score(known, best),
        header=_keeps_header(known, best),
        found=bool(best),
    )


def measure_tables(tables: Sequence[KnownTable], name: str) -> list[TableFidelity]:
    """Write each table into a file of the kind `name` (of `TABLE_FILES`), parse it and compare.

    Raises the parser's error for a file it refuses.
    """
    suffix, write = TABLE_FILES[name]
    found: list[TableFidelity] = []
    with tempfile.TemporaryDirectory(prefix="sourcier-tables-") as place:
        outcomes = parse_known([write(table) for table in tables], Path(place), suffix)
        for table, outcome in zip(tables, outcomes, strict=True):
            if not isinstance(outcome, ParsedDocument):
                raise outcome
            found.append(compare_table(table, outcome))
    return found


def table_rows(name: str, found: Sequence[TableFidelity]) -> Iterator[str]:
    """Markdown rows, one a language: means, and the mean F1 of each kind of table."""
    for language in sorted({one.language for one in found}):
        ours = [one for one in found if one.language == language]
        kinds = [[one.score for one in ours if one.kind == kind] for kind in KINDS]
        means = " | ".join(f"{statistics.mean(scores):.3f}" if scores else "–" for scores in kinds)
        yield (
            f"| {name} | {language} | {len(ours)} | {sum(one.found for one in ours)} "
            f"| {sum(one.header for one in ours)} | {statistics.mean(one.score for one in ours):.3f} | {means} |"
        )


TABLE_HEAD = (
    f"| file | language | tables | found | header kept | cells, mean F1 | {' | '.join(KINDS)} |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)
