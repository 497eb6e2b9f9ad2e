"""Writes known tables into files: PDF with and without rules, DOCX, XLSX, PPTX, HTML, ODT."""

import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import docx
import openpyxl
import pptx
from pptx.util import Inches
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from sourcier_evaluation.made_up_tables import KnownTable, Merged
from sourcier_evaluation.open_document_files import open_document, paragraph

_WIDTH_POINTS = 500.0
_BEFORE = {"en": "The table below is part of the report.", "fr": "Le tableau ci-dessous fait partie du rapport."}
_AFTER = {"en": "This sentence follows the table.", "fr": "Cette phrase suit le tableau."}


def _span_at(table: KnownTable, row: int, column: int) -> Merged | None:
    return next((span for span in table.merged if (span.row, span.column) == (row, column)), None)


def _pdf(table: KnownTable, *, ruled: bool) -> bytes:
    styles = getSampleStyleSheet()
    body: Any = styles["BodyText"]
    cells = [[Paragraph(html.escape(cell), body) if cell else "" for cell in row] for row in table.cells]
    commands: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("FONT", (0, 0), (-1, 0), "Helvetica-Bold")]
    if ruled:
        commands.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))
    commands += [
        ("SPAN", (span.column, span.row), (span.column + span.columns - 1, span.row + span.rows - 1))
        for span in table.merged
    ]
    columns = len(table.cells[0])
    drawn = Table(cells, colWidths=[_WIDTH_POINTS / columns] * columns, style=TableStyle(commands))
    stream = io.BytesIO()
    before, after = (Paragraph(text[table.language], body) for text in (_BEFORE, _AFTER))
    SimpleDocTemplate(stream, pagesize=A4).build([before, Spacer(1, 18), drawn, Spacer(1, 18), after])
    return stream.getvalue()


def _docx(table: KnownTable) -> bytes:
    document = docx.Document()
    document.add_paragraph(_BEFORE[table.language])
    made = document.add_table(len(table.cells), len(table.cells[0]), style="Table Grid")
    for span in table.merged:
        made.cell(span.row, span.column).merge(made.cell(span.row + span.rows - 1, span.column + span.columns - 1))
    covered = table.covered()
    for row, cells in enumerate(table.cells):
        for column, cell in enumerate(cells):
            if (row, column) not in covered:
                made.cell(row, column).text = cell
    document.add_paragraph(_AFTER[table.language])
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _xlsx(table: KnownTable) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.worksheets[0]
    for row, cells in enumerate(table.cells, start=1):
        for column, cell in enumerate(cells, start=1):
            if cell:
                sheet.cell(row, column, int(cell) if cell.isdecimal() else cell)
    for span in table.merged:
        sheet.merge_cells(
            start_row=span.row + 1,
            start_column=span.column + 1,
            end_row=span.row + span.rows,
            end_column=span.column + span.columns,
        )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _pptx(table: KnownTable) -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.placeholders[0].text = _BEFORE[table.language]  # pyright: ignore[reportAttributeAccessIssue] - python-pptx's own types say too little
    shapes: Any = slide.shapes
    place = (Inches(0.5), Inches(1.5), Inches(9), Inches(5))
    made = shapes.add_table(len(table.cells), len(table.cells[0]), *place).table
    for row, cells in enumerate(table.cells):
        for column, cell in enumerate(cells):
            made.cell(row, column).text = cell
    for span in table.merged:
        made.cell(span.row, span.column).merge(made.cell(span.row + span.rows - 1, span.column + span.columns - 1))
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def _html(table: KnownTable) -> bytes:
    covered, rows = table.covered(), list[str]()
    for row, cells in enumerate(table.cells):
        tag, made = "td" if row else "th", ""
        for column, cell in enumerate(cells):
            if (row, column) in covered:
                continue
            span = _span_at(table, row, column)
            size = f' rowspan="{span.rows}" colspan="{span.columns}"' if span else ""
            made += f"<{tag}{size}>{html.escape(cell)}</{tag}>"
        rows.append(f"<tr>{made}</tr>")
    body = f"<thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody>"
    before, after = (f"<p>{text[table.language]}</p>" for text in (_BEFORE, _AFTER))
    return f"<!doctype html><html><meta charset=utf-8>{before}<table>{body}</table>{after}</html>".encode()


def _odt(table: KnownTable) -> bytes:
    covered, rows = table.covered(), list[str]()
    for row, cells in enumerate(table.cells):
        made = ""
        for column, cell in enumerate(cells):
            if (row, column) in covered:
                made += "<table:covered-table-cell/>"
                continue
            span = _span_at(table, row, column)
            size = (
                f' table:number-rows-spanned="{span.rows}" table:number-columns-spanned="{span.columns}"'
                if span
                else ""
            )
            made += f"<table:table-cell{size}>{paragraph(cell)}</table:table-cell>"
        rows.append(f"<table:table-row>{made}</table:table-row>")
    body = f"<table:table-header-rows>{rows[0]}</table:table-header-rows>{''.join(rows[1:])}"
    before, after = (paragraph(text[table.language]) for text in (_BEFORE, _AFTER))
    return open_document("text", f"{before}<table:table>{body}</table:table>{after}")


TABLE_FILES: Mapping[str, tuple[str, Callable[[KnownTable], bytes]]] = {
    "PDF, ruled": (".pdf", lambda table: _pdf(table, ruled=True)),
    "PDF, without rules": (".pdf", lambda table: _pdf(table, ruled=False)),
    "DOCX": (".docx", _docx),
    "XLSX": (".xlsx", _xlsx),
    "PPTX": (".pptx", _pptx),
    "HTML": (".html", _html),
    "ODT": (".odt", _odt),
}
"""What a table is written to: the extension, and how."""
