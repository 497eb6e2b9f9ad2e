"""Cells over several rows or columns stay such, whatever size a file asks for."""

import io
import time
from pathlib import Path

from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.table_spans import MOST_COLUMNS, Place, place_cells, written_span
from sourcier_ingest.parsing.tables import (
    Row,
    header_text,
    html_to_rows,
    rows_of_part,
    rows_to_html,
    rows_to_text,
    with_header_marked,
)

PRICES = (
    '<table><tr><th rowspan="2">Pompe</th><th colspan="2">Prix</th></tr><tr><th>HT</th><th>TTC</th></tr>'
    '<tr><td rowspan="2">P-1</td><td>10</td><td>12</td></tr><tr><td>11</td><td>13</td></tr>'
    '<tr><td colspan="2">total</td><td>25</td></tr></table>'
)


def _tables(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> list[str]:
    (folder / "file").write_bytes(data)
    (parsed,) = parser.parse_many([(folder / "file", name)])
    assert isinstance(parsed, ParsedDocument), parsed
    return [element.html for element in parsed.elements if element.html]


def test_spans_of_a_page_are_kept(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    styled = PRICES.replace("<table>", '<table class="wide" onclick="x()">').replace("<td>10", '<td style="x"> 10 ')
    plain = "<table><tr><td>a</td><td>1</td></tr></table>"
    page = f"<!doctype html><body><p>Avant.</p>{plain}{styled}<p>Entre.</p>{plain}</body>"
    assert _tables(document_parser, tmp_path, "a.html", page.encode()) == [plain, PRICES, plain]


def test_tables_of_the_same_words_keep_each_its_own_spans(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    one = '<table><tr><td colspan="2">a</td><td>1</td></tr><tr><td>b</td><td>2</td><td>3</td></tr></table>'
    other = '<table><tr><td>a</td><td colspan="2">1</td></tr><tr><td>b</td><td>2</td><td>3</td></tr></table>'
    none = other.replace(' colspan="2"', "")
    page = f"<!doctype html><body>{none}{one}{other}</body>"
    assert _tables(document_parser, tmp_path, "a.html", page.encode()) == [none, one, other]


def test_merged_cells_of_a_word_file_are_kept(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    document = Document()
    table = document.add_table(4, 3)
    for row, column, text in ((0, 1, "Prix"), (1, 1, "HT"), (1, 2, "TTC"), (2, 0, "P-1"), (2, 1, "10"), (2, 2, "12")):
        table.cell(row, column).text = text
    table.cell(0, 0).merge(table.cell(1, 0)).text = "Pompe"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Prix"
    table.cell(3, 0).merge(table.cell(3, 2)).text = "fin"
    stream = io.BytesIO()
    document.save(stream)
    assert _tables(document_parser, tmp_path, "a.docx", stream.getvalue()) == [
        '<table><tr><th rowspan="2">Pompe</th><th colspan="2">Prix</th></tr><tr><th>HT</th><th>TTC</th></tr>'
        '<tr><td>P-1</td><td>10</td><td>12</td></tr><tr><td colspan="3">fin</td></tr></table>'
    ]


def test_spans_that_no_table_has_room_for_are_cut(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    asked = (
        '<table><tr><td colspan="1000000">a</td></tr><tr><td rowspan=65534>b</td><td rowspan="-3">c</td></tr>'
        '<tr><td colspan="9">d</td></tr><tr><td colspan="x">e</td></tr></table>'
    )
    (found,) = _tables(document_parser, tmp_path, "a.html", f"<!doctype html><body>{asked}</body>".encode())
    assert found == (
        '<table><tr><td colspan="2">a</td></tr><tr><td rowspan="3">b</td><td>c</td></tr>'
        "<tr><td>d</td></tr><tr><td>e</td></tr></table>"
    )


def test_a_cell_does_not_leave_its_group_of_rows_nor_cover_another() -> None:
    groups = (
        '<table><thead><tr><th rowspan="0">a</th><th>b</th></tr><tr><th>c</th></tr></thead>'
        '<tbody><tr><td>1</td><td rowspan="2">2</td></tr><tr><td colspan="2">3</td></tr></tbody></table>'
    )
    assert rows_to_html(html_to_rows(groups)) == (
        '<table><tr><th rowspan="2">a</th><th>b</th></tr><tr><th>c</th></tr>'
        '<tr><td>1</td><td rowspan="2">2</td></tr><tr><td>3</td></tr></table>'
    )


def test_a_column_is_named_by_all_the_cells_above_it() -> None:
    rows = html_to_rows(PRICES)
    assert header_text(rows) == "Pompe | Prix HT | Prix TTC"
    unmarked = [Row(row, spans=row.spans) for row in rows]
    assert header_text(unmarked) == "Pompe | Prix HT | Prix TTC"
    assert [row.header for row in with_header_marked(unmarked)] == [row.header for row in rows]
    corner = [Row(["", "Prix"], spans=[(1, 1), (1, 2)]), ["Pompe", "HT", "TTC"], ["P-1", "10", "12"]]
    assert header_text(corner) == "Pompe | Prix HT | Prix TTC"
    titled = [Row(["Tarifs"], spans=[(1, 3)]), *corner[1:]]
    assert header_text(titled) == "Pompe | HT | TTC"
    over_two = [Row(["Nom", "Adresse"], spans=[(1, 1), (1, 2)]), ["Dupont", "rue Haute", "Lyon"], ["Durand", "", "3"]]
    assert header_text(over_two) == "Nom | Adresse"


def test_rows_cut_out_of_a_merged_cell_keep_it() -> None:
    rows = html_to_rows(PRICES)
    written = rows_to_text(rows)
    shown = rows_of_part(PRICES, written, written.index("11"), written.index("13"))
    assert shown == (
        '<table><tr><th rowspan="2">Pompe</th><th colspan="2">Prix</th></tr><tr><th>HT</th><th>TTC</th></tr>'
        "<tr><td>P-1</td><td>11</td><td>13</td></tr></table>"
    )
    assert rows_of_part(PRICES, written, 0, len(written)) == PRICES


spans = st.tuples(
    st.one_of(st.integers(0, 4), st.just(10**6)), st.one_of(st.integers(1, 4), st.just(999), st.just(10**8))
)
asked_rows = st.lists(st.lists(spans, max_size=5), max_size=7)


@given(asked_rows)
def test_no_cell_stands_over_another_or_past_the_table(asked: list[list[tuple[int, int]]]) -> None:
    placed = place_cells(asked)
    taken: set[tuple[int, int]] = set()
    width = max((cell.column + 1 for row in placed for cell in row), default=0)
    for number, row in enumerate(placed):
        assert len(row) == len(asked[number])
        for cell in row:
            assert 1 <= cell.rows <= len(asked) - number
            assert 1 <= cell.columns <= width - cell.column
            mine = {
                (number + down, cell.column + across) for down in range(cell.rows) for across in range(cell.columns)
            }
            assert not mine & taken
            taken |= mine


@given(asked_rows)
def test_spans_survive_html_and_are_settled_at_once(asked: list[list[tuple[int, int]]]) -> None:
    placed = place_cells(asked)
    rows = [Row(["x"] * len(row), spans=[cell.span for cell in row]) for row in placed]
    read = html_to_rows(rows_to_html(rows))
    assert [row.spans for row in read] == [row.spans for row in rows]
    assert place_cells([row.spans for row in rows]) == placed


@given(asked_rows, st.integers(0, 60), st.integers(0, 60))
def test_any_part_of_a_merged_table_is_a_table(asked: list[list[tuple[int, int]]], start: int, end: int) -> None:
    rows = [
        Row([f"c{number}n{place}" for place in range(len(row))], spans=[cell.span for cell in row])
        for number, row in enumerate(place_cells(asked))
    ]
    header_text(rows)
    table = rows_to_html(rows)
    part = rows_of_part(table, rows_to_text(rows), start, end)
    assert {cell for row in html_to_rows(part) for cell in row} <= {cell for row in rows for cell in row}
    assert rows_to_html(html_to_rows(part)) == part


def test_hostile_spans_cost_little() -> None:
    begun = time.process_time()
    placed = place_cells([[(10**6, 10**6)] * 3, *([[(2, 10**6)] * 2] * 20_000), *([[(0, 1)] * 2000] * 20)])
    assert time.process_time() - begun < 20
    assert max(cell.columns for row in placed for cell in row) <= MOST_COLUMNS
    assert place_cells([[(1, 5)], [(1, 1)]]) == [[Place(column=0, rows=1, columns=1)]] * 2


def test_only_plain_numbers_are_spans() -> None:
    assert written_span(None, None) == written_span("", "x") == written_span("-1", "1.5") == (1, 1)
    assert written_span("3", " 2px") == (3, 2)
    assert written_span("9" * 4000, "0") == (999_999_999, 1)
