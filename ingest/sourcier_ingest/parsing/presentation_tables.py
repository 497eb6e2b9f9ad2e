"""The tables of slides with their merged cells, which unstructured leaves out of its HTML."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Any

from unstructured.documents.elements import Element

from sourcier_ingest.parsing.merged_grids import covered_left_out
from sourcier_ingest.parsing.table_spans import ONE_PLACE, Span, written_span
from sourcier_ingest.parsing.tables import Row, html_to_rows, rows_to_html

_Words = tuple[int, tuple[tuple[str, ...], ...]]


def put_merges_back(elements: Sequence[Element], deck: Any) -> None:
    """Give the tables among the elements of a python-pptx presentation their merged cells.

    A table of a slide and an element are the same when they hold the same words in the same cells.
    """
    waiting: defaultdict[_Words, deque[list[Row]]] = defaultdict(deque)
    for number, slide in enumerate(deck.slides, start=1):
        frames = [shape for shape in _shapes(slide.shapes) if getattr(shape, "has_table", False)]
        # In the order in which unstructured reads them.
        for frame in sorted(frames, key=lambda shape: (shape.top or 0, shape.left or 0)):
            rows = [_row(row) for row in frame.table.rows]
            waiting[_words(number, rows)].append(rows)
    if not any(_has_merges(rows) for tables in waiting.values() for rows in tables):
        return
    for element in elements:
        if not element.metadata.text_as_html:
            continue
        same = waiting.get(_words(element.metadata.page_number or 1, html_to_rows(element.metadata.text_as_html)))
        if same and _has_merges(rows := same.popleft()):
            element.metadata.text_as_html = rows_to_html(covered_left_out(rows))


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _row(row: Any) -> Row:
    cells = list(row.cells)
    return Row((" ".join(cell.text.split()) for cell in cells), spans=(_span(cell) for cell in cells))


def _span(cell: Any) -> Span:
    """As written: python-pptx refuses what is no number. Places that another cell covers say nothing of their own."""
    written = cell._tc
    if {written.get("hMerge"), written.get("vMerge")} & {"1", "true"}:
        return ONE_PLACE
    down, across = written_span(written.get("rowSpan"), written.get("gridSpan"))
    return max(1, down), across


def _has_merges(rows: Sequence[Row]) -> bool:
    return any(span != ONE_PLACE for row in rows for span in row.spans)


def _words(number: int, rows: Sequence[Row]) -> _Words:
    """The slide's number and the cells without white space."""
    return number, tuple(tuple("".join(cell.split()) for cell in row) for row in rows if row)
