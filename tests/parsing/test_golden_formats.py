"""What is read from a small file of each format that the example documents do not cover, as a person approved it.

After a change that is meant: `pytest tests/parsing/test_golden_formats.py --regenerate-golden`, then read the diff.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from parsing.described import check_promises, describe
from parsing.document_builders import BUILDERS
from parsing.rich_builders import RICH
from sourcier_core.domain.documents import ParsedDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

GOLDEN = Path(__file__).parent / "golden_formats"
IN_EXAMPLES = {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".md", ".txt"}
RECOGNISED = {".png", ".jpg", ".tiff"}
"""What tesseract reads depends on its version: see test_images."""
FILES = {f"small{suffix}": build for suffix, build in BUILDERS.items() if suffix not in IN_EXAMPLES | RECOGNISED} | RICH


def _described(parsed: ParsedDocument) -> dict[str, Any]:
    children = [[child.name, len(child.content)] for child in parsed.children if not child.name.endswith(".docx")]
    return {**describe(parsed), "children": children, "concealed": [hidden.text for hidden in parsed.concealed]}


@pytest.mark.parametrize("name", FILES)
def test_a_format_is_read_as_approved(
    name: str, request: pytest.FixtureRequest, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(FILES[name]())
    (parsed,) = document_parser.parse_many([(tmp_path / "file", name)])
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    found = json.dumps(_described(parsed), ensure_ascii=False, indent=1) + "\n"
    golden = GOLDEN / f"{name}.json"
    if request.config.getoption("--regenerate-golden"):
        golden.write_text(found, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == found


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(FILES)
