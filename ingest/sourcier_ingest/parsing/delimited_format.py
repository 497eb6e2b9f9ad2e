"""Delimited text (CSV, TSV) in any encoding; the delimiter is found from the rows."""

import csv
import re
from collections import Counter
from io import StringIO
from itertools import islice

from sourcier_core.errors import DocumentCorrupt
from sourcier_ingest.parsing.encodings import decode
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.sheets import SheetBudget, sheet_elements
from sourcier_ingest.parsing.text_formats import looks_like_text

_SUFFIXES = {".csv": 0.9, ".tsv": 0.9, ".tab": 0.7}
_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE_ROWS = 200
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_LONGEST_FIELD = 16 << 20


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the same number of fields most often; a comma when none does."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [
                row
                for row in islice(
                    csv.reader(StringIO(text[: 256 << 10], newline=""), delimiter=delimiter), _SAMPLE_ROWS
                )
                if row
            ]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = count / len(rows) + min(width, 50) / 1000  # equally regular: the finer cut
        if score > best_score:
            best, best_score = delimiter, score
    return best


class DelimitedParser:
    """CSV or TSV: one table in blocks, each with the header."""

    def bid(self, source: SourceFile) -> float:
        """Text with such a name."""
        return _SUFFIXES.get(source.suffix, 0.0) if looks_like_text(source.sample) else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The rows in order.

        Raises:
            DocumentTooLarge: too many rows or cells.
            DocumentCorrupt: the quoting cannot be followed.
        """
        text = decode(source.path.read_bytes())
        declared = _DECLARED.match(text)
        delimiter = declared.group(1) if declared else find_delimiter(text)
        csv.field_size_limit(_LONGEST_FIELD)
        lines = StringIO(text[declared.end() if declared else 0 :], newline="")
        rows = ([" ".join(cell.split()) for cell in row] for row in csv.reader(lines, delimiter=delimiter))
        try:
            elements = list(sheet_elements(rows, 1, SheetBudget(source.limits)))
        except csv.Error as error:
            raise DocumentCorrupt("The rows of this file cannot be told apart.") from error
        media_type = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
        return Extraction(elements=elements, media_type=media_type, parser="delimited/1", landscape=True)
