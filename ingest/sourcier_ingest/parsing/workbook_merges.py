"""Which cells of an XLSX are merged; openpyxl does not say it of a workbook that it reads row by row."""

import re
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

from sourcier_ingest.parsing.markup import parse_xml
from sourcier_ingest.parsing.office_comments import related_parts
from sourcier_ingest.parsing.table_spans import Span

_BOOK = "xl/workbook.xml"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_MERGED = re.compile(
    rb"<(?:[\w.-]{1,40}:)?mergeCell\s[^<>]{0,100}?ref\s?=\s?[\"']"
    rb"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})[\"']"
)
_LONGEST = 256
_READ_AT_ONCE = 1 << 20
_MOST = 50_000
"""Merged cells of one sheet; further ones stay apart."""


def workbook_merges(archive: ZipFile) -> dict[str, dict[int, dict[int, Span]]]:
    """By the title of a sheet, its merged cells by row and column, both from 0.

    Raises:
        KeyError, lxml.etree.XMLSyntaxError, zipfile.BadZipFile: it is damaged.
    """
    parts = {identifier: part for identifier, _, part in related_parts(archive, _BOOK)}
    found: dict[str, dict[int, dict[int, Span]]] = {}
    for sheet in parse_xml(archive.read(_BOOK)).iter(_SHEET):
        part = parts.get(sheet.get(_ID, ""), "")
        if "worksheets/" in part:
            found[sheet.get("name", "")] = _merges_of_part(archive, part)
    return found


def _merges_of_part(archive: ZipFile, part: str) -> dict[int, dict[int, Span]]:
    """Searched for as bytes: to parse a large sheet a second time would take as long as all the rest."""
    merges: dict[int, dict[int, Span]] = {}
    count, tail = 0, b""
    with archive.open(part) as stream:
        while read := stream.read(_READ_AT_ONCE):
            for match in _MERGED.finditer(tail + read):
                left, right = (column_index_from_string(match[group].decode()) for group in (1, 3))
                top, bottom = int(match[2]), int(match[4])
                count += 1
                if count > _MOST:
                    return merges
                if top > 0 and bottom >= top and right >= left:
                    merges.setdefault(top - 1, {})[left - 1] = (bottom - top + 1, right - left + 1)
            tail = read[-_LONGEST:]
    return merges
