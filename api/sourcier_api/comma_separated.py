"""Lines of CSV that a spreadsheet opens safely."""

import csv
import io
from collections.abc import Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Sequence[object]) -> str:
    """One line. A cell that a spreadsheet would run as a formula is made text (OWASP, "CSV injection")."""
    line = io.StringIO()
    csv.writer(line).writerow(["" if cell is None else _defused(str(cell)) for cell in cells])
    return line.getvalue()


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
