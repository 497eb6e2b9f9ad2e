from pathlib import Path

import pytest

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.made_up_tables import KINDS, KnownTable, Merged, made_up_tables
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_evaluation.table_fidelity import TABLE_HEAD, cell_score, grid_of, measure_tables, table_rows
from sourcier_evaluation.table_files import TABLE_FILES

LETTERS = "abcdefghij"
WORDS = [f"{first}{second}{third}e" for first in LETTERS for second in "aeiou" for third in "nrst"]
TEXT = " ".join(
    f"The {one} stands beside the {two} in a sentence that is long enough to wrap inside of its cell."
    for one, two in zip(WORDS[::2], WORDS[1::2], strict=True)
)
DOCUMENTS = [EvaluationDocument(id=name, title="", text=TEXT, language=name) for name in ("en", "fr", "de")]
TABLE = KnownTable(
    language="en",
    kind="merged cells",
    cells=(("Name", "Days", "Remark"), ("leave", "2", ""), ("", "3", "late"), ("total", "", "5")),
    merged=(Merged(row=1, column=0, rows=2, columns=1), Merged(row=3, column=0, rows=1, columns=2)),
)


def rows(*cells: str) -> str:
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def test_cells_stand_where_a_browser_puts_them() -> None:
    markup = rows(
        '<th colspan="2">A</th><th>B</th>', '<td rowspan="2">c</td><td>d</td><td></td>', "<td>e</td><td>f</td>"
    )
    assert grid_of(markup) == {(0, 0): "A", (0, 2): "B", (1, 0): "c", (1, 1): "d", (2, 1): "e", (2, 2): "f"}
    assert grid_of("no table") == grid_of("") == {}


def test_a_moved_or_changed_cell_costs_and_a_repeated_merged_one_does_not() -> None:
    right = {(0, 0): "Name", (0, 1): "Days", (0, 2): "Remark", (1, 0): "leave", (1, 1): "2", (2, 1): "3"}
    right |= {(2, 2): "late", (3, 0): "total", (3, 2): "5"}
    assert cell_score(TABLE, right) == 1.0
    assert cell_score(TABLE, right | {(2, 0): "leave", (3, 1): "total"}) == 1.0
    assert cell_score(TABLE, right | {(1, 1): "7"}) == pytest.approx(8 / 9)
    assert cell_score(TABLE, right | {(2, 0): "other"}) == pytest.approx(18 / 19)
    assert cell_score(TABLE, {(row, column + 1): text for (row, column), text in right.items()}) == 0.0
    assert cell_score(TABLE, {}) == 0.0


def test_tables_are_repeatable_and_of_every_kind() -> None:
    made = made_up_tables(DOCUMENTS, 5)
    assert made == made_up_tables(DOCUMENTS, 5)
    assert [(table.language, table.kind) for table in made] == [(name, kind) for name in ("en", "fr") for kind in KINDS]
    assert all(table.merged for table in made if table.kind == "merged cells")
    with pytest.raises(InvalidRequest):
        made_up_tables(DOCUMENTS[2:], 5)
    with pytest.raises(InvalidRequest):
        made_up_tables([EvaluationDocument(id="a", title="", text="short", language="en")], 5)


@pytest.mark.parametrize("name", sorted(TABLE_FILES))
def test_plain_tables_come_back_whole(name: str) -> None:
    found = measure_tables(made_up_tables(DOCUMENTS, 2), name)
    assert [one.score for one in found] == [1.0] * 4
    assert all(one.found and one.header for one in found)
    assert all(row.count("|") == TABLE_HEAD.splitlines()[0].count("|") for row in table_rows(name, found))


def test_merged_cells_are_written_as_such(tmp_path: Path) -> None:
    assert 'rowspan="2" colspan="1"' in TABLE_FILES["HTML"][1](TABLE).decode()
    for name in sorted(TABLE_FILES):
        assert [one.score for one in measure_tables([TABLE], name)] == [1.0], name
