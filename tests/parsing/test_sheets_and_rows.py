"""Rows of CSV files and workbooks: delimiters, encodings, headers, and no row left out without a word."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unstructured.documents.elements import Element

from parsing import document_builders as builders
from parsing.open_document_builders import ods
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentTooLarge
from sourcier_ingest.parsing.delimited_format import DelimitedParser, find_delimiter
from sourcier_ingest.parsing.extraction import ParseLimits, SourceFile
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.sheets import SheetBudget, cell_text, sheet_elements
from sourcier_ingest.parsing.tables import html_to_rows


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found(delimiter: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(builders.csv(delimiter=delimiter, encoding=encoding))
    source = SourceFile(path=tmp_path / "file", name="a.csv", limits=ParseLimits())
    assert DelimitedParser().bid(source) > 0.5
    (table,) = DelimitedParser().parse(source).elements
    rows = html_to_rows(table.metadata.text_as_html or "")
    assert rows[0] == ["Règle", "Jours", "Remarque"]
    assert rows[1] == [builders.SENTENCE, "2", " ".join(f"dite{delimiter} la règle".split())]


def test_a_declared_delimiter_is_believed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"sep=|\r\na;b|c;d\r\n1;2|3;4\r\n")
    source = SourceFile(path=tmp_path / "file", name="a.csv", limits=ParseLimits())
    (table,) = DelimitedParser().parse(source).elements
    assert table.text == "a;b | c;d\n1;2 | 3;4"


_CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@given(
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=3, max_size=20),
    delimiter=st.sampled_from([";", "\t"]),
)
def test_what_is_written_is_read(rows: list[list[str]], delimiter: str) -> None:
    rows = [[cell.translate({ord(c): "x" for c in ",;|\t"}) for cell in row] for row in rows]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    assert find_delimiter(written.getvalue()) == delimiter


def _elements(rows: list[list[str]], **limits: int) -> list[Element]:
    return list(sheet_elements(rows, 1, SheetBudget(ParseLimits(**limits))))


def test_a_long_table_repeats_its_header_and_loses_no_row() -> None:
    rows = [["Article", "Prix"]] + [[f"pièce {number}", str(number)] for number in range(450)]
    blocks = [html_to_rows(element.metadata.text_as_html or "") for element in _elements(rows)]
    assert len(blocks) == 3
    assert all(block[0] == rows[0] for block in blocks)
    assert [row for block in blocks for row in block[1:]] == rows[1:]


def test_tables_parted_by_an_empty_row_stay_apart() -> None:
    found = _elements([["Congés"], [], ["Règle", "Jours"], ["a", "1"], ["", ""], ["Nom", "Âge"], ["Zoé", "7"]])
    assert [element.category for element in found] == ["NarrativeText", "Table", "Table"]


def test_too_many_rows_or_cells_are_an_error() -> None:
    rows = [["a", "b"]] * 11
    assert len(_elements(rows, max_table_rows=11)) == 1
    with pytest.raises(DocumentTooLarge):
        _elements(rows, max_table_rows=10)
    with pytest.raises(DocumentTooLarge):
        _elements(rows, max_table_cells=21)


def test_a_million_equal_rows_of_a_small_file_are_an_error(
    document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(ods(builders.SENTENCE, repeated=1_000_000))
    (outcome,) = document_parser.parse_many([(tmp_path / "file", "a.ods")])
    assert isinstance(outcome, DocumentTooLarge)


def test_every_row_of_a_large_csv_is_in_the_text(document_parser: IsolatedDocumentParser, tmp_path: Path) -> None:
    lines = ["Article;Prix", *(f"pièce {number};{number}" for number in range(5_000))]
    (tmp_path / "file").write_text("\n".join(lines), encoding="utf-8")
    (parsed,) = document_parser.parse_many([(tmp_path / "file", "tarifs.csv")])
    assert isinstance(parsed, ParsedDocument), parsed
    found = set(parsed.text.splitlines())
    assert all(line.replace(";", " | ") in found for line in lines)


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (2.0, "2"), (2.5, "2.5"), ("a", "a"), (True, "True"), (0, "0")]
)
def test_values_are_written_as_a_person_would(value: object, text: str) -> None:
    assert cell_text(value) == text
