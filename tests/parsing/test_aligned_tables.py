"""Tables without rules in PDFs are recognised, and what only stands like one is not."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from parsing.described import check_promises
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.pdf_aligned_tables import aligned_tables
from sourcier_ingest.parsing.pdf_lines import Line, Piece

SENTENCE = (
    "Le service rappelle que chaque demande est examinée dans un délai de deux mois par la commission compétente. "
)
PUMPS = [
    ["Référence", "Désignation", "Délai", "Prix"],
    ["P-001", "Pompe doseuse", "3 jours", "1 250,00"],
    ["P-002", "Vanne à bille", "", "18,50"],
    ["P-003", "", "12 jours", "7 300,00"],
    ["P-004", "Joint torique", "1 jour", "0,90"],
]


def _drawn(draw: Callable[[Canvas], None]) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    canvas.setFont("Helvetica", 10)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def _read(parser: IsolatedDocumentParser, folder: Path, data: bytes) -> ParsedDocument:
    (folder / "file").write_bytes(data)
    (parsed,) = parser.parse_many([(folder / "file", "a.pdf")])
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    return parsed


def _rows(canvas: Canvas, rows: list[list[str]], columns: list[float], *, top: float = 700, pitch: float = 14) -> None:
    """Rows drawn one after the other; the last column ends at its place when it is given as a negative number."""
    for number, row in enumerate(rows):
        for text, x in zip(row, columns, strict=True):
            draw = canvas.drawRightString if x < 0 else canvas.drawString
            draw(abs(x), top - number * pitch, text)


def _prose(canvas: Canvas, x: float, top: float, width: int, lines: int) -> None:
    text = SENTENCE * 30
    for number in range(lines):
        canvas.drawString(x, top - number * 12, text[number * width : (number + 1) * width].strip())


def test_a_table_is_recognised_between_paragraphs(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        _prose(canvas, 60, 780, 90, 4)
        _rows(canvas, PUMPS, [60, 160, 300, -450])
        _prose(canvas, 60, 610, 90, 4)

    parsed = _read(document_parser, tmp_path, _drawn(draw))
    assert [element.category for element in parsed.elements] == ["NarrativeText", "Table", "NarrativeText"]
    table = parsed.elements[1]
    assert parsed.text[table.start : table.end] == (
        "Référence | Désignation | Délai | Prix\nP-001 | Pompe doseuse | 3 jours | 1 250,00\n"
        "P-002 | Vanne à bille |  | 18,50\nP-003 |  | 12 jours | 7 300,00\nP-004 | Joint torique | 1 jour | 0,90"
    )
    assert table.html is not None
    assert table.html.startswith(
        "<table><tr><th>Référence</th><th>Désignation</th><th>Délai</th><th>Prix</th></tr><tr>"
    )
    assert "<tr><td>P-003</td><td></td><td>12 jours</td><td>7 300,00</td></tr>" in table.html


def test_cells_of_several_lines_are_read_whole(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    body: Any = getSampleStyleSheet()["BodyText"]
    cells = [["Nom", "Remarque", "Jours"], ["congé", SENTENCE, "25"], ["récupération", SENTENCE, ""], ["", "fin", "3"]]
    drawn = Table(
        [[Paragraph(cell, body) if cell else "" for cell in row] for row in cells],
        colWidths=[100, 250, 100],
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE")]),
    )
    stream = io.BytesIO()
    SimpleDocTemplate(stream, pagesize=A4).build([Paragraph(SENTENCE, body), drawn])
    parsed = _read(document_parser, tmp_path, stream.getvalue())
    (table,) = [element for element in parsed.elements if element.category == "Table"]
    written = "\n".join(" | ".join(cell.strip() for cell in row) for row in cells)
    assert parsed.text[table.start : table.end] == written.replace(" | \n", "\n").replace("\n | ", "\n| ")
    assert "<tr><td></td><td>fin</td><td>3</td></tr>" in (table.html or "")


def test_a_cell_over_two_columns_keeps_its_width(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    wide = "une remarque assez longue pour deux colonnes"
    rows = [
        *PUMPS,
        [wide, "", "2 jours", "3,00"],
        *[[f"P-01{n}", "Filtre fin", f"{n} jours", "4,10"] for n in range(4)],
    ]
    parsed = _read(document_parser, tmp_path, _drawn(lambda canvas: _rows(canvas, rows, [60, 160, 300, -450])))
    (table,) = [element.html for element in parsed.elements if element.html]
    assert f'<tr><td colspan="2">{wide}</td><td>2 jours</td><td>3,00</td></tr>' in table


def _one_column(canvas: Canvas) -> None:
    _prose(canvas, 60, 780, 90, 40)


def _two_rows(canvas: Canvas) -> None:
    _rows(canvas, PUMPS[:2], [60, 160, 300, -450])


def _two_columns(canvas: Canvas) -> None:
    _prose(canvas, 60, 780, 42, 40)
    _prose(canvas, 320, 780, 42, 40)


def _two_columns_line_by_line(canvas: Canvas) -> None:
    text = SENTENCE * 30
    for number in range(40):
        for x, part in ((60, 2 * number), (320, 2 * number + 81)):
            canvas.drawString(x, 780 - 12 * number, text[part * 42 : part * 42 + 42].strip())


def _short_columns(canvas: Canvas) -> None:
    for x in (60, 200, 340):
        for number in range(12):
            canvas.drawString(x, 780 - 12 * number, f"Dupont {number}")


def _bullets(canvas: Canvas) -> None:
    _rows(canvas, [["•", f"point {number} de la liste"] for number in range(8)], [60, 80])
    _rows(canvas, [[f"{number}.", f"{number * 7} euros"] for number in range(1, 8)], [60, 80], top=560)


def _contents(canvas: Canvas) -> None:
    titles = ["Objet", "Champ", "Congés", "Absences", "Retraite", "Recours"]
    rows = [[str(number), title, str(3 * number)] for number, title in enumerate(titles, start=1)]
    _rows(canvas, rows, [60, 90, -500])
    _rows(canvas, [[title + " " + ". " * 30, page] for _, title, page in rows], [60, -500], top=560)
    _rows(canvas, [[title, page] for _, title, page in rows], [60, -500], top=400)


def _addresses(canvas: Canvas) -> None:
    left = ["Valmorel SAS", "12 rue des Forges", "38000 Grenoble", "Tél. 04 76 00 00 00", "contact@valmorel.example"]
    right = ["Mme Claire Martin", "Service des achats", "4 place du Marché", "69002 Lyon", "Lyon, le 3 mars 2026"]
    _rows(canvas, [list(row) for row in zip(left, right, strict=True)], [60, 330])


def _form(canvas: Canvas) -> None:
    labels = ["Nom :", "Prénom :", "Né le :", "Matricule :", "Jours :"]
    values = ["Durand", "Luc", "12/03/1980", "4412", "25"]
    _rows(canvas, [list(row) for row in zip(labels, values, strict=True)], [60, 160])


def _listing(canvas: Canvas) -> None:
    canvas.setFont("Courier", 10)
    _rows(
        canvas, [["-rw-r--r--", "root", f"{number * 411}", f"file{number}"] for number in range(9)], [60, 160, 220, 300]
    )


def _spread_words(canvas: Canvas) -> None:
    words = (SENTENCE * 3).split()
    for number in range(9):
        for place, word in enumerate(words[number * 5 : number * 5 + 5]):
            canvas.drawString(60 + place * 97 + (number * 37 + place * 53) % 31, 780 - 12 * number, word)


@pytest.mark.parametrize(
    "draw",
    [
        _one_column,
        _two_columns,
        _two_columns_line_by_line,
        _short_columns,
        _bullets,
        _contents,
        _addresses,
        _form,
        _listing,
        _spread_words,
        _two_rows,
    ],
)
def test_what_stands_like_a_table_stays_text(
    draw: Callable[[Canvas], None], document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    parsed = _read(document_parser, tmp_path, _drawn(draw))
    assert not [parsed.text[element.start : element.end] for element in parsed.elements if element.category == "Table"]


def test_pages_in_columns_keep_their_order(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    parsed = _read(document_parser, tmp_path, _drawn(_two_columns))
    words = parsed.text.split()
    once = (SENTENCE * 30)[: 42 * 40]
    assert "".join(words) == "".join((once + once).split())


def test_justified_paragraphs_are_no_table(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    body: Any = getSampleStyleSheet()["BodyText"].clone("narrow", alignment=4)
    stream = io.BytesIO()
    narrow = SimpleDocTemplate(stream, pagesize=A4, leftMargin=60, rightMargin=430)
    narrow.build([Paragraph(SENTENCE * 9, body)])
    parsed = _read(document_parser, tmp_path, stream.getvalue())
    assert not [element for element in parsed.elements if element.category == "Table"]


numbers = st.floats(-50, 900, allow_nan=False)
pieces = st.lists(st.tuples(st.sampled_from(["a", "12", "Prix net", ":", "• x"]), numbers, numbers), max_size=4)


@given(st.lists(st.tuples(pieces, numbers, st.sampled_from([0.0, 8.0, 10.0])), max_size=12))
def test_any_lines_are_taken_once_or_left(found: list[tuple[list[tuple[str, float, float]], float, float]]) -> None:
    lines = [
        Line(
            text=" ".join(text for text, _, _ in parts) or "x",
            x0=0,
            y0=y,
            x1=9,
            y1=y + 9,
            size=size,
            bold=False,
            page=1,
            pieces=tuple(Piece(text=text, x0=x, x1=x + abs(width), baseline=y) for text, x, width in parts),
        )
        for parts, y, size in found
    ]
    taken = [id(line) for table in aligned_tables(lines) for line in table.taken]
    assert len(taken) == len(set(taken))
    for table in aligned_tables(lines):
        for row in table.rows:
            assert all(0 <= cell.first < cell.last <= table.columns for cell in row)
            assert all(one.last <= other.first for one, other in pairwise(row))
