"""Scanned pages are recognised, in French and English; a page that gave nothing is reported."""

from pathlib import Path

import pytest

from parsing.described import check_promises
from parsing.document_builders import scanned_pdf
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import OpticalRecognitionMissing
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA, recognition_available

pytestmark = pytest.mark.skipif(
    not all((DEFAULT_DATA / f"{name}.traineddata").is_file() for name in ("fra", "eng")),
    reason="tesseract's French and English data are not installed (Debian: tesseract-ocr-fra tesseract-ocr-eng)",
)
FRENCH = ["Le procès-verbal est approuvé à l'unanimité.", "La réunion s'achève à dix-sept heures trente."]
ENGLISH = ["The minutes of the meeting are approved.", "All members of the board agree with the budget."]


@pytest.mark.parametrize(("lines", "language"), [(FRENCH, "fr"), (ENGLISH, "en")])
def test_a_scan_is_read_in_its_language(
    lines: list[str], language: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(scanned_pdf(lines))
    (parsed,) = document_parser.parse_many([(tmp_path / "file", "scan.pdf")])
    assert isinstance(parsed, ParsedDocument), parsed
    check_promises(parsed)
    for line in lines:
        assert line in " ".join(parsed.text.split())
    assert parsed.language == language
    assert parsed.pages[0].recognition_confidence is not None
    assert parsed.pages[0].recognition_confidence > 70


def test_a_scan_without_recognition_installed_is_an_error(tmp_path: Path) -> None:
    assert not recognition_available(tmp_path)
    (tmp_path / "file").write_bytes(scanned_pdf(FRENCH))
    parser = IsolatedDocumentParser(
        wall_time_s=60, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=tmp_path
    )
    try:
        (outcome,) = parser.parse_many([(tmp_path / "file", "scan.pdf")])
    finally:
        parser.close()
    assert isinstance(outcome, OpticalRecognitionMissing)
