"""Text of an XLS that a reader does not see: hidden sheets, rows and columns, letters in the colour behind them.

Also letters smaller than 3 points, and cells whose number format shows nothing (`;;;`). A column of no width is hidden,
and so are rows that the file does not describe where it says that such have no height. A described row whose height is
0 is not: the format has no such height, and LibreOffice shows the row. Not seen: colours by conditional formatting,
which xlrd does not read.
"""

from typing import Any

import xlrd

from sourcier_core.domain.documents import ConcealedText, Concealment

_TINY_TWIPS = 60
_WHITE = (255, 255, 255)
_SOLID = 1
_SHOWS_NOTHING = ";;;"
_MOST_CHARACTERS = 20_000


def concealed_on_sheet(book: Any, sheet: Any, number: int) -> list[ConcealedText]:
    """The concealed texts of a sheet of xlrd, read with its formatting, joined by manner.

    `number` is the sheet's, from 1. At most 20,000 characters and one row more are given.
    """
    written: dict[Concealment, list[str]] = {}
    manners: dict[int, Concealment | None] = {}
    hidden_columns = {column for column, look in sheet.colinfo_map.items() if look.hidden or not look.width}
    total = 0
    for row in range(sheet.nrows):
        described = sheet.rowinfo_map.get(row)
        everything = bool(sheet.visibility or (sheet.default_row_hidden if described is None else described.hidden))
        for column, cell in enumerate(sheet.row(row)):
            if cell.ctype != xlrd.XL_CELL_TEXT or not cell.value.strip():
                continue
            if cell.xf_index not in manners:
                manners[cell.xf_index] = _manner(book, cell.xf_index)
            manner = Concealment.HIDDEN if everything or column in hidden_columns else manners[cell.xf_index]
            if manner is not None:
                written.setdefault(manner, []).append(" ".join(cell.value.split()))
                total += len(cell.value)
        if total > _MOST_CHARACTERS:
            break
    return [ConcealedText(text=" ".join(texts), manner=manner, page=number) for manner, texts in written.items()]


def _manner(book: Any, style: int | None) -> Concealment | None:
    """How a cell style conceals; None where it shows, or where the file does not describe it."""
    if style is None or not 0 <= style < len(book.xf_list):
        return None
    look = book.xf_list[style]
    shown = book.format_map.get(look.format_key)
    if shown is not None and shown.format_str.replace(" ", "") == _SHOWS_NOTHING:
        return Concealment.HIDDEN
    if not 0 <= look.font_index < len(book.font_list):
        return None
    font = book.font_list[look.font_index]
    if 0 < font.height < _TINY_TWIPS:
        return Concealment.TINY
    letters = book.colour_map.get(font.colour_index)
    pattern = look.background.fill_pattern
    behind = book.colour_map.get(look.background.pattern_colour_index) if pattern == _SOLID else _WHITE
    return Concealment.SAME_COLOUR if pattern in {0, _SOLID} and letters is not None and letters == behind else None
