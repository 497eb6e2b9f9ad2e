"""Rows of a sheet as elements: tables in blocks, each under the table's header; nothing is left out silently."""

from collections.abc import Iterable, Iterator, Sequence

from unstructured.documents.elements import Element, ElementMetadata, NarrativeText, Table, Title

from sourcier_core.errors import DocumentTooLarge
from sourcier_ingest.parsing.extraction import ParseLimits
from sourcier_ingest.parsing.merged_grids import covered_left_out
from sourcier_ingest.parsing.tables import Row, header_rows, rows_to_html, rows_to_text, spans_of, with_header_marked

_ROWS_PER_TABLE = 200


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


def _blocks(rows: Iterable[Sequence[str]], budget: SheetBudget) -> Iterator[list[Row]]:
    """Blocks of rows: an empty row ends one, and so does a full block, after which the header is repeated.

    Merged cells reach no further than their block.
    """
    block: list[Row] = []
    for row in rows:
        cells = _stripped(row)
        if not cells:
            if block:
                yield covered_left_out(block)
            block = []
            continue
        budget.spend(len(cells))
        if len(block) >= _ROWS_PER_TABLE:
            full = covered_left_out(block)
            yield full
            header = header_rows(full)
            block = block[header.start : header.stop]
        block.append(cells)
    if block:
        yield covered_left_out(block)


def sheet_elements(rows: Iterable[Sequence[str]], section: int, budget: SheetBudget) -> Iterator[Element]:
    """The elements of one sheet, which is section number `section`; a lone text is no table.

    Every place of a row has its cell; a `Row` says by its spans which of them are covered by merged ones.

    Raises:
        DocumentTooLarge: see `SheetBudget`.
    """
    for block in _blocks(rows, budget):
        if len(block) <= 3 and max(len(row) for row in block) == 1:
            text = "\n".join(row[0] for row in block)
            yield NarrativeText(text=text, metadata=ElementMetadata(page_number=section))
            continue
        metadata = ElementMetadata(page_number=section, text_as_html=rows_to_html(with_header_marked(block)))
        yield Table(text=rows_to_text(block), metadata=metadata)


def sheet_title(name: str, section: int, *, hidden: bool) -> Title:
    """The heading that a sheet begins with; a hidden sheet says so."""
    shown = f"{name} (feuille masquée / hidden sheet)" if hidden else name
    return Title(text=shown, metadata=ElementMetadata(page_number=section))
