"""Tables keep their header: in the HTML, and in what is embedded for every passage cut from a long table."""

import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.domain.documents import ParsedDocument, TextElement
from sourcier_ingest.chunking import cut_passages
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.tables import Row, header_text, html_to_rows, rows_of_part, rows_to_html, rows_to_text

HEADER = ["Référence", "Désignation", "Délai"]
ROWS = [
    [f"P-{number:03}", f"Pompe doseuse de modèle {number} pour atelier", f"{number} jours"] for number in range(150)
]
HEADER_LINE = " | ".join(HEADER)


def _word_table() -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph("Catalogue des pompes.")
    table = document.add_table(rows=1 + len(ROWS), cols=3)
    for row, cells in zip(table.rows, [HEADER, *ROWS], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _workbook_with_a_title_line() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Catalogue des pompes 2026"])
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _read(parser: IsolatedDocumentParser, folder: Path, name: str, data: bytes) -> ParsedDocument:
    (folder / "file").write_bytes(data)
    (parsed,) = parser.parse_many([(folder / "file", name)])
    assert isinstance(parsed, ParsedDocument), parsed
    return parsed


def _check_every_passage_knows_the_header(parsed: ParsedDocument) -> None:
    with_rows = [span for span in parsed.passages if "Pompe doseuse" in parsed.text[span.start : span.end]]
    assert len(with_rows) > 3
    for span in with_rows:
        known = "Désignation" in parsed.text[span.start : span.end] or span.heading_path[-1:] == (HEADER_LINE,)
        assert known, parsed.text[span.start : span.start + 60]
    assert parsed.text.count(HEADER[1]) == 1, "the header is not written into the text again"


def test_every_passage_of_a_long_word_table_knows_its_header(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    _check_every_passage_knows_the_header(_read(document_parser, tmp_path, "a.docx", _word_table()))


def test_a_header_below_a_title_line_is_found(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    parsed = _read(document_parser, tmp_path, "a.xlsx", _workbook_with_a_title_line())
    _check_every_passage_knows_the_header(parsed)


def test_header_cells_stay_header_cells(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    html = (
        "<html><body><table><tr><th>Règle</th><th>Jours</th></tr>"
        "<tr><th>ancienneté</th><td>2</td></tr></table></body></html>"
    )
    parsed = _read(document_parser, tmp_path, "a.html", html.encode())
    (table,) = [element.html for element in parsed.elements if element.html]
    assert table == "<table><tr><th>Règle</th><th>Jours</th></tr><tr><th>ancienneté</th><td>2</td></tr></table>"


def test_the_header_of_a_sheet_is_marked(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    data = f"{';'.join(HEADER)}\nP-1;Pompe;3\n".encode()
    (table,) = [each.html for each in _read(document_parser, tmp_path, "a.csv", data).elements if each.html]
    assert table.startswith("<table><tr><th>Référence</th><th>Désignation</th><th>Délai</th></tr><tr><td>P-1</td>")


cells = st.text(st.characters(categories=["L", "N"], include_characters=" <>&\"'|"), max_size=12).map(
    lambda text: " ".join(text.split())
)


@given(st.lists(st.lists(st.tuples(cells, st.booleans()), min_size=1, max_size=4), min_size=1, max_size=5))
def test_rows_and_header_cells_survive_html(table: list[list[tuple[str, bool]]]) -> None:
    rows = [Row([text for text, _ in row], header=[is_header for _, is_header in row]) for row in table]
    read = html_to_rows(rows_to_html(rows))
    assert read == rows
    assert [row.header for row in read] == [row.header for row in rows]


def test_passages_of_tables_that_fit_are_cut_as_before() -> None:
    rows = [HEADER, *ROWS[:4]]
    text = rows_to_text(rows)
    element = TextElement(
        category="Table", start=0, end=len(text), page=1, heading_path=("Catalogue",), html=rows_to_html(rows)
    )
    (span,) = cut_passages(text, [element])
    assert (span.start, span.end, span.heading_path) == (0, len(text), ("Catalogue",))


def test_a_table_without_a_header_gets_none() -> None:
    assert header_text([["1", "2"], ["3", "4"]]) is None
    assert header_text([HEADER, *ROWS[:3]]) == HEADER_LINE
    assert header_text([["Catalogue 2026"], HEADER, *ROWS[:3]]) == HEADER_LINE
    assert header_text([["x" * 90] * 9, ["1"] * 9]) is None, "too long to stand before every passage"


def test_the_rows_of_a_passage_are_shown_under_their_header() -> None:
    rows = [HEADER, *ROWS[:9]]
    table = rows_to_html(rows)
    for written in (rows_to_text(rows), " ".join(" ".join(row) for row in rows)):
        start = written.index("P-003")
        shown = html_to_rows(rows_of_part(table, written, start, start + 40))
        assert shown == [HEADER, ROWS[3]]
    assert html_to_rows(rows_of_part(table, "other words", 0, 5)) == rows
