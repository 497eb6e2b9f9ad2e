import io
import math

import pytest
from PIL import Image

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.fidelity import rendered
from sourcier_evaluation.recognition_fidelity import (
    RECOGNITION_HEAD,
    character_error_rate,
    confidence_lines,
    measure_recognition,
    rank_correlation,
    recognition_rows,
)
from sourcier_evaluation.scans import SCANS, Scan, scanned
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.recognition_data import recognition_available

DOCUMENT = EvaluationDocument(
    id="a",
    title="",
    language="fr",
    text="Chaque salarié acquiert deux jours de congés par mois.\nLe télétravail est limité à deux jours par semaine.",
)


def test_the_error_rate_counts_characters() -> None:
    assert character_error_rate("deux  jours", "deux\njours") == 0.0
    assert character_error_rate("deux jours", "deux tours") == pytest.approx(0.1)
    assert character_error_rate("ab", "") == 1.0
    with pytest.raises(InvalidRequest):
        character_error_rate(" ", "a")


def test_ranks_correlate_whatever_the_scale() -> None:
    assert rank_correlation([1, 2, 3], [10, 200, 3000]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 1, 2, 2], [1, 2, 1, 2]) == pytest.approx(0)
    assert math.isnan(rank_correlation([1, 1], [1, 2]))


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.name)
def test_scans_are_repeatable_and_keep_their_resolution(scan: Scan) -> None:
    (page,) = rendered([DOCUMENT], scan.columns)
    first, again = scanned(page, scan, seed=3), scanned(page, scan, seed=3)
    assert first.content == again.content
    with Image.open(io.BytesIO(first.content)) as picture:
        assert round(picture.info["dpi"][0]) == scan.resolution
        assert picture.height == pytest.approx(scan.resolution * 11.69, abs=2)
        assert picture.format == ("PNG" if scan.quality is None else "JPEG")
    assert (scanned(page, scan, seed=4).content != first.content) == bool(scan.noise)


@pytest.mark.skipif(not recognition_available(None), reason="tesseract's language data is not installed")
def test_a_clean_page_is_recognised_and_its_confidence_recorded() -> None:
    found = measure_recognition([DOCUMENT], Scan(name="clean"))
    assert found.refused == 0
    assert found.pages[0].error_rate < 0.05
    assert found.pages[0].confidence > 70
    assert recognition_rows(found).count("|") == RECOGNITION_HEAD.splitlines()[0].count("|")
    assert "1 pages, 0 refused" in confidence_lines([found])
