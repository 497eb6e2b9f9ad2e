"""XLSX: one sheet per heading, a table with numbers as numbers, remarks below it."""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from example_writers.archives import fix_archive_dates
from example_writers.markup import Block, Source


def write_workbook(source: Source, target: Path) -> None:
    """Write the source as an XLSX file."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = source.title
    workbook.properties.creator = "Ateliers Valmorel SAS"
    sheet: Worksheet | None = None
    for block in source.blocks:
        if block.kind == "heading":
            sheet = workbook.create_sheet(block.text)
        elif sheet is None:
            raise ValueError("a workbook starts with a heading")
        elif block.kind == "table":
            _add_table(sheet, block)
        else:
            sheet.append([])
            sheet.append([block.text])
    workbook.save(target)
    fix_archive_dates(target)


def _add_table(sheet: Worksheet, block: Block) -> None:
    for row in block.rows:
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for index in range(len(block.rows[0])):
        width = max(len(row[index]) for row in block.rows)
        sheet.column_dimensions[get_column_letter(index + 1)].width = width + 2
    sheet.freeze_panes = "A2"
