"""Rows of a sheet as elements: tables in blocks, each under the table's header; nothing is left out silently."""

from collections.abc import Iterable, Iterator, Sequence

from unstructured.documents.elements import Element, ElementMetadata, NarrativeText, Table, Title

from sourcier_core.errors import DocumentTooLarge
from sourcier_ingest.parsing.extraction import ParseLimits
from sourcier_ingest.parsing.merged_grids import covered_left_out, going_on_below
from sourcier_ingest.parsing.table_spans import ONE_PLACE
from sourcier_ingest.parsing.tables import Row, header_rows, rows_to_html, rows_to_text, spans_of, with_header_marked

_ROWS_PER_TABLE = 200
_MOST_EMPTY_ROWS = 200
"""In one table, under its merged cells; more of them end it."""
_LONGEST_REPEATED = 300
"""Characters of a merged cell that is said again in the next table: a file can merge a long one with all rows below."""
_MOST_REPEATED = 2000
"""Characters of all of them together."""


class EmptyRows(list[str]):
    """As many rows that hold nothing, given at once: a sheet can end with a million of them."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count_of_rows = count


class SheetBudget:
    """Counts the rows and cells of a workbook that hold anything."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._rows = 0
        self._cells = 0

    def spend(self, cells: int) -> None:
        """Count one row.

        Raises:
            DocumentTooLarge: the workbook has more rows or cells than are read; none are left out instead.
        """
        self._rows += 1
        self._cells += cells
        if self._rows > self._limits.max_table_rows:
            raise DocumentTooLarge(f"More than {self._limits.max_table_rows} rows; divide the file.")
        if self._cells > self._limits.max_table_cells:
            raise DocumentTooLarge(f"More than {self._limits.max_table_cells} cells; divide the file.")


def cell_text(value: object) -> str:
    """A cell's value as a person writes it: whole numbers without decimals, days without a time."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(" 00:00:00", "")


def _stripped(row: Sequence[str]) -> Row:
    """The row without the empty cells at its end."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return Row(cells, spans=spans_of(row)[: len(cells)])


class _Blocks:
    """Gathers rows into blocks: rows that hold nothing end one, and so does a full block.

    Up to 200 rows that hold nothing belong to a block where a merged cell reaches over them. After a full block the
    header is repeated, and so are the merged cells that go on below it.
    """

    def __init__(self, budget: SheetBudget) -> None:
        self._budget = budget
        self._block: list[Row] = []
        self._empty = 0
        """Rows of the block that hold nothing."""
        self._gap = 0
        """Rows that hold nothing, read since the block's last."""
        self._reached = 0
        """To which row of the block its cells reach, those not read yet counted too."""

    def of(self, rows: Iterable[Sequence[str]]) -> Iterator[list[Row]]:
        """The blocks, without the places that merged cells cover."""
        for row in rows:
            cells = _stripped(row)
            if not cells:
                self._gap += row.count_of_rows if isinstance(row, EmptyRows) else 1
                continue
            self._budget.spend(len(cells))
            if self._ends():
                yield covered_left_out(self._block)
                self._begin([])
            elif len(self._block) - self._empty >= _ROWS_PER_TABLE:
                full = covered_left_out(self._block)
                yield full
                cells = self._with_repeated(cells)
                header = header_rows(full)
                self._begin(self._block[header.start : header.stop])
            else:
                self._block += [Row([])] * self._gap
                self._empty += self._gap
            self._gap = 0
            self._add(cells)
        if self._block:
            yield covered_left_out(self._block)

    def _ends(self) -> bool:
        """Whether the rows that hold nothing end the block."""
        uncovered = len(self._block) + self._gap > self._reached or self._empty + self._gap > _MOST_EMPTY_ROWS
        return bool(self._block) and self._gap > 0 and uncovered

    def _begin(self, header: list[Row]) -> None:
        self._block, self._empty, self._gap, self._reached = [], 0, 0, 0
        for row in header:
            self._add(row)

    def _add(self, cells: Row) -> None:
        deepest = max((down for down, _ in cells.spans), default=1)
        self._reached = max(self._reached, len(self._block) + deepest)
        self._block.append(cells)

    def _with_repeated(self, cells: Row) -> Row:
        """The first row below a full block, with the words of the merged cells that go on over it."""
        going_on = going_on_below(self._block, self._gap)
        width = max([len(cells), *(column + 1 for column in going_on)])
        texts = cells + [""] * (width - len(cells))
        spans = cells.spans + [ONE_PLACE] * (width - len(cells))
        room = _MOST_REPEATED
        for column, (text, span) in going_on.items():
            if not texts[column] and len(text) <= min(room, _LONGEST_REPEATED):
                texts[column], spans[column] = text, span
                room -= len(text)
        return _stripped(Row(texts, spans=spans))


def sheet_elements(rows: Iterable[Sequence[str]], section: int, budget: SheetBudget) -> Iterator[Element]:
    """The elements of one sheet, which is section number `section`; a lone text is no table.

    Every place of a row has its cell; a `Row` says by its spans which of them are covered by merged ones.

    Raises:
        DocumentTooLarge: see `SheetBudget`.
    """
    for block in _Blocks(budget).of(rows):
        if len(block) <= 3 and max(len(row) for row in block) == 1:
            text = "\n".join(row[0] for row in block if row)
            yield NarrativeText(text=text, metadata=ElementMetadata(page_number=section))
            continue
        metadata = ElementMetadata(page_number=section, text_as_html=rows_to_html(with_header_marked(block)))
        yield Table(text=rows_to_text(block), metadata=metadata)


def sheet_title(name: str, section: int, *, hidden: bool) -> Title:
    """The heading that a sheet begins with; a hidden sheet says so."""
    shown = f"{name} (feuille masquée / hidden sheet)" if hidden else name
    return Title(text=shown, metadata=ElementMetadata(page_number=section))
