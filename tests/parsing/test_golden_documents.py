"""What is read from one document of each format, compared with what a person approved.

After a change that is meant: `pytest tests/parsing/test_golden_documents.py --regenerate-golden`, then read the diff.
"""

import difflib
import json
from pathlib import Path

import pytest

from parsing.described import check_promises, describe
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parents[2] / "examples" / "documents"
SCANS = {"cse/pv-cse-2026-03-19.pdf"}
PATHS = sorted(
    name
    for path in EXAMPLES.rglob("*")
    if path.is_file() and (name := path.relative_to(EXAMPLES).as_posix()) not in SCANS
)


@pytest.mark.parametrize("name", PATHS)
def test_a_document_is_read_as_approved(
    name: str, request: pytest.FixtureRequest, document_parser: IsolatedDocumentParser
) -> None:
    (parsed,) = document_parser.parse_many([(EXAMPLES / name, name)])
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    found = json.dumps(describe(parsed), ensure_ascii=False, indent=1) + "\n"
    golden = GOLDEN / (name.replace("/", "__") + ".json")
    if request.config.getoption("--regenerate-golden"):
        golden.write_text(found, encoding="utf-8")
    approved = golden.read_text(encoding="utf-8")
    difference = difflib.unified_diff(approved.splitlines(), found.splitlines(), "approved", "found", lineterm="")
    assert approved == found, "\n".join(list(difference)[:60])


def test_no_golden_file_is_left_over() -> None:
    expected = {name.replace("/", "__") + ".json" for name in PATHS}
    assert {path.name for path in GOLDEN.iterdir()} == expected
