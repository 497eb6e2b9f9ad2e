"""Text of an XLSX that a reader does not see: hidden sheets, rows and columns, letters in the colour behind them.

Not seen: colours by conditional formatting, and number formats that show nothing. What an autofilter hides counts as
hidden; workbooks hide much for good reasons, so hidden cells weigh little.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types
from openpyxl import load_workbook
from openpyxl.utils import coordinate_to_tuple

from sourcier_core.domain.documents import ConcealedText, Concealment
from sourcier_ingest.parsing.markup import XmlElement, parse_xml
from sourcier_ingest.parsing.office_comments import related_parts

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK = "xl/workbook.xml"
_TINY_POINTS = 3.0
_WHITE = "FFFFFF"
_MOST_CELLS = 5000
_MOST_CHARACTERS = 20_000


@dataclass
class _Sheet:
    """What is hidden on a sheet: all of it, rows and columns by number from 1, cells by the way of their style."""

    name: str
    everything: bool
    rows: set[int] = field(default_factory=set[int])
    columns: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    cells: dict[tuple[int, int], Concealment] = field(default_factory=dict[tuple[int, int], Concealment])

    def manner(self, row: int, column: int) -> Concealment | None:
        if self.everything or row in self.rows or any(first <= column <= last for first, last in self.columns):
            return Concealment.HIDDEN
        return self.cells.get((row, column))


def concealed_in_workbook(data: bytes) -> list[ConcealedText]:
    """The concealed cells of each sheet, joined by manner; page is the sheet's number from 1.

    Raises:
        KeyError, ValueError, lxml.etree.XMLSyntaxError, zipfile.BadZipFile: it is damaged.
    """
    with ZipFile(io.BytesIO(data)) as archive:
        sheets = list(_sheets(archive))
    if not any(sheet.everything or sheet.rows or sheet.columns or sheet.cells for sheet in sheets):
        return []
    found: list[ConcealedText] = []
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for number, (sheet, shown) in enumerate(zip(sheets, book.worksheets, strict=False), start=1):
        written: dict[Concealment, list[str]] = {}
        total = 0
        for row, values in enumerate(shown.iter_rows(values_only=True), start=1):
            for column, value in enumerate(values, start=1):
                manner = sheet.manner(row, column) if isinstance(value, str) and value.strip() else None
                if manner is not None:
                    written.setdefault(manner, []).append(" ".join(str(value).split()))
                    total += len(str(value))
            if total > _MOST_CHARACTERS:
                break
        found += [ConcealedText(text=" ".join(texts), manner=manner, page=number) for manner, texts in written.items()]
    book.close()
    return found


def _sheets(archive: ZipFile) -> Iterator[_Sheet]:
    names = set(archive.namelist())
    ways = _ways_of_styles(parse_xml(archive.read("xl/styles.xml"))) if "xl/styles.xml" in names else {}
    parts = {identifier: part for identifier, _, part in related_parts(archive, _BOOK)}
    for described in parse_xml(archive.read(_BOOK)).iter(_S + "sheet"):
        part = parts.get(described.get(_ID, ""), "")
        if "worksheets/" not in part:
            continue
        sheet = _Sheet(described.get("name", ""), described.get("state", "visible") != "visible")
        with archive.open(part) as stream:
            _look_at(stream, sheet, ways)
        yield sheet


def _look_at(stream: Any, sheet: _Sheet, ways: dict[int, Concealment]) -> None:
    """Collect what a sheet hides; the sheet is read as a stream and never held whole."""
    wanted = (_S + "col", _S + "row", _S + "c")
    for _, element in etree.iterparse(stream, tag=wanted, resolve_entities=False, no_network=True, huge_tree=False):
        if element.tag == _S + "col" and element.get("hidden") in {"1", "true"}:
            sheet.columns.append((int(element.get("min", "1")), int(element.get("max", "1"))))
        elif element.tag == _S + "row":
            if element.get("hidden") in {"1", "true"} and element.get("r"):
                sheet.rows.add(int(element.get("r")))
            element.clear()
        elif element.tag == _S + "c" and element.get("r") and len(sheet.cells) < _MOST_CELLS:
            manner = ways.get(int(element.get("s", "0")))
            if manner is not None:
                sheet.cells[coordinate_to_tuple(element.get("r"))] = manner


def _ways_of_styles(styles: XmlElement) -> dict[int, Concealment]:
    """By the number of a cell style, how it conceals; styles that show are left out."""
    fonts = list(styles.iterfind(f"{_S}fonts/{_S}font"))
    fills = list(styles.iterfind(f"{_S}fills/{_S}fill"))
    ways: dict[int, Concealment] = {}
    for number, style in enumerate(styles.iterfind(f"{_S}cellXfs/{_S}xf")):
        font, fill = int(style.get("fontId", "0")), int(style.get("fillId", "0"))
        if font >= len(fonts):
            continue
        size = fonts[font].find(_S + "sz")
        letters, behind = _colour(fonts[font].find(_S + "color")), _fill(fills[fill] if fill < len(fills) else None)
        if size is not None and float(size.get("val", "11")) < _TINY_POINTS:
            ways[number] = Concealment.TINY
        elif letters is not None and letters == behind:
            ways[number] = Concealment.SAME_COLOUR
    return ways


def _colour(element: XmlElement | None) -> str | None:
    """Six hexadecimal digits; None where the colour is not known without the theme."""
    if element is None:
        return None
    if element.get("rgb"):
        return str(element.get("rgb"))[-6:].upper()
    if element.get("theme") == "0" and float(element.get("tint", "0")) == 0:  # the theme's background
        return _WHITE
    return {"1": _WHITE, "9": _WHITE}.get(element.get("indexed", ""))


def _fill(fill: XmlElement | None) -> str | None:
    pattern = None if fill is None else fill.find(_S + "patternFill")
    if pattern is None:
        return _WHITE if fill is None or len(fill) == 0 else None
    if pattern.get("patternType", "none") == "none":
        return _WHITE
    return _colour(pattern.find(_S + "fgColor")) if pattern.get("patternType") == "solid" else None
