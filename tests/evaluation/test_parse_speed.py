import re
from pathlib import Path

import pytest

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.bare_reading import BARE
from sourcier_evaluation.format_files import write_files
from sourcier_evaluation.machine import describe_machine, processor_name, usable_cores
from sourcier_evaluation.parse_speed import SPEED_HEAD, Speed, Timed, measure_speed, speed_row
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.libre_office import converter
from sourcier_ingest.parsing.recognition_data import recognition_available

SENTENCE = "Chaque salarié acquiert deux jours et demi de congés payés par mois, {{sauf}} accord."
DOCUMENTS = [
    EvaluationDocument(id=f"d{number}", title=f"Congés {number}", text=f"{SENTENCE}\n{SENTENCE} Bis.", language="fr")
    for number in range(2)
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_files(DOCUMENTS, folder)
    return folder


def test_every_format_is_written_so_that_its_text_comes_back(files: Path) -> None:
    left_out = set() if converter() else {".doc", ".ppt", ".xls"}
    left_out |= set() if recognition_available(None) else {".png", ".tiff"}
    chosen = [next(files.glob(f"*{suffix}")) for suffix in sorted(BARE.keys() - left_out - {".doc", ".ppt"})]
    parser = IsolatedDocumentParser(wall_time_s=200, cpu_time_s=100, memory_mb=2048, max_file_mb=20, ocr_data_dir=None)
    try:
        outcomes = parser.parse_many([(file, file.name) for file in chosen])
    finally:
        parser.close()
    for file, parsed in zip(chosen, outcomes, strict=True):
        suffix = file.suffix
        assert isinstance(parsed, ParsedDocument), suffix
        if suffix == ".zip":
            assert [SENTENCE in child.content.decode() for child in parsed.children] == [True, True]
        else:
            assert "congés payés par mois" in " ".join(parsed.text.split()), suffix


def test_speed_and_memory_are_measured_for_both_and_for_all_cores(files: Path) -> None:
    found = measure_speed(sorted(files.glob("*.txt")), ".txt", rounds=2)
    assert (found.files, found.pages, found.failed, found.workers) == (2, 2, 0, usable_cores())
    for rounds in (found.one, found.every, found.bare):
        assert len(rounds) == 2
        assert all(timed.seconds > 0 for timed in rounds)
        assert max(timed.memory_mb for timed in rounds) > 5
    assert speed_row(found).count("|") == SPEED_HEAD.splitlines()[0].count("|")
    with pytest.raises(InvalidRequest):
        measure_speed([], ".txt")


def test_medians_and_shares_are_over_rounds() -> None:
    def rounds(*seconds: float) -> tuple[Timed, ...]:
        return tuple(Timed(seconds=one, memory_mb=10) for one in seconds)

    found = Speed(
        suffix=".rtf", files=1, pages=10, failed=0, workers=2, one=rounds(1, 2, 10), every=rounds(1, 1, 1), bare=()
    )
    assert found.rate(found.one) == 5
    assert found.share_of_bare() is None
    assert found.gain() == 2
    assert "–" in speed_row(found)


def test_the_line_of_the_machine_names_it(tmp_path: Path) -> None:
    line = describe_machine()
    assert "\n" not in line
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC; .+, \d+ cores, \d+ GiB; Python 3\.1", line)
    assert "onnxruntime 1" in line
    assert "qdrant-edge 0" in line
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name : AMD EPYC 9000\n")
    assert processor_name(tmp_path / "cpuinfo") == "AMD EPYC 9000"
    assert processor_name(tmp_path / "missing")
