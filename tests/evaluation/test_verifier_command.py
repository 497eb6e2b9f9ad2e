"""Measuring the check of claims: scores by hand, a made-up set of claims, thresholds from dev only."""

import json
import random
from pathlib import Path

import pytest

from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.entailment.words import WordEntailment
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_evaluation.verifier_command import (
    LabelledClaim,
    SecondOpinion,
    measure_verifier,
    read_claims,
    score,
    verifier_report,
    word_overlap,
)
from sourcier_evaluation.verifier_sentences import change_figure, measure_sentences
from sourcier_retrieval.entailing import EntailmentJudge

PAGE = [
    "(meta data) TITLE: Valmorel bridge",
    "The bridge over the Doron was opened in 1987.",
    "It is 120 metres long.",
    "Its architect was Anne Leroy.",
]


def claim(number: int, split: str, text: str, label: str) -> LabelledClaim:
    return LabelledClaim(id=str(number), split=split, claim=text, title=PAGE[0], text="\n".join(PAGE[1:]), label=label)


CLAIMS = [
    claim(1, "dev", "The bridge was opened in 1987.", "supported"),
    claim(2, "dev", "The bridge was opened in 1988.", "not_supported"),
    claim(3, "test", "The bridge, opened in 1987, is 120 metres long.", "supported"),
    claim(4, "test", "The bridge was opened in 1987 by President Moreau.", "partially_supported"),
    claim(5, "test", "Nothing grows in the garden of the castle.", "not_supported"),
]


def test_a_second_opinion_has_a_row_of_its_own() -> None:
    model = WordEntailment(opposites=[("bridge opened", "bridge inaugurated")], equals=[("architect", "plans drawn")])
    reworded = claim(6, "test", "Its plans were drawn by Anne Leroy.", "supported")
    wrong = claim(7, "test", "The bridge over the Doron was inaugurated in 1987.", "not_supported")
    second = SecondOpinion(EntailmentJudge(model, threshold=0.9), HashingEmbedder())
    results = measure_verifier([*CLAIMS, reworded, wrong], second=second)
    alone = results.of("product", "supported").scores["both"]
    with_model = results.of("product with words ≥ 0.9", "supported").scores["both"]
    assert alone.supported_found < 1.0
    assert alone.unsupported_caught < 1.0
    assert (with_model.supported_found, with_model.unsupported_caught) == (1.0, 1.0)
    assert "product with words ≥ 0.9" in verifier_report("made up", results)


def test_scores_by_hand() -> None:
    found = score([True, True, True, False, False], [True, True, False, True, False])
    assert (found.claims, found.supported) == (5, 3)
    assert found.supported_found == pytest.approx(2 / 3)
    assert found.unsupported_caught == pytest.approx(1 / 2)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.f1 == pytest.approx(2 * 2 / (3 + 3))
    assert found.margin == pytest.approx(1.959964 * (2 / 27 + 1 / 8) ** 0.5 / 2)
    assert score([], []).balanced_accuracy == 0.0


def test_the_products_check_and_its_baselines() -> None:
    results = measure_verifier(CLAIMS)
    product = results.of("product", "supported").scores
    assert [product[split].claims for split in ("dev", "test", "both")] == [2, 3, 5]
    assert all(product[split].balanced_accuracy == 1.0 for split in product)
    always = results.of("always supported", "supported").scores["test"]
    assert (always.balanced_accuracy, always.f1) == (0.5, pytest.approx(0.5))
    partly = results.of("product", "supported or partly").scores["test"]
    assert (partly.supported, partly.supported_found, partly.unsupported_caught) == (2, 0.5, 1.0)
    assert results.reasons["number_not_in_source"] == {"not_supported": 1}
    assert results.labels == {"supported": 2, "not_supported": 2, "partially_supported": 1}
    with pytest.raises(KeyError):
        results.of("product", "partly")


def test_the_baselines_threshold_comes_from_dev_alone() -> None:
    first = measure_verifier(CLAIMS).of("word overlap", "supported")
    assert first.threshold == pytest.approx(word_overlap(CLAIMS[0].claim, CLAIMS[0].text)) == 1.0
    changed = [*CLAIMS[:2], claim(9, "test", "Nothing of this is there.", "supported")]
    assert measure_verifier(changed).of("word overlap", "supported").threshold == first.threshold
    assert first.scores["dev"].balanced_accuracy == 1.0


def test_a_set_is_read_and_reported(tmp_path: Path) -> None:
    row = {
        "id": "dev1",
        "split": "dev",
        "claim": "The bridge was opened in 1987.",
        "label": "supported",
        "evidence_sentences": PAGE,
    }
    (tmp_path / "claims.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    (found,) = read_claims(tmp_path)
    assert found.title == "Valmorel bridge"
    assert found.text.splitlines() == PAGE
    report = verifier_report("made_up", measure_verifier([found, *CLAIMS]))
    assert "| product | both | 6 | 1.000 ± 0.000 | 1.000 | 1.000 | 1.000 |" in report
    assert "| always supported | dev | 3 | 0.500" in report
    assert "| number_not_in_source | 0% | 50% | 0% |" in report
    (tmp_path / "claims.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(InvalidRequest):
        read_claims(tmp_path)
    with pytest.raises(InvalidRequest):
        read_claims(tmp_path / "elsewhere")


def test_real_sentences_with_another_figure() -> None:
    text = "Le pont a été ouvert en 1987. Il mesure 120 mètres de long. Son architecte est Anne Leroy."
    document = EvaluationDocument(id="1", title="", text=text, language="fr")
    found = measure_sentences([document], limit=5)
    assert (found.sentences, found.supported, found.changed, found.caught, found.missed) == (3, 3, 2, 2, ())
    assert change_figure("Anne Leroy", random.Random(1)) is None
    assert change_figure("en 1987", random.Random(1)) in {"en 1988", "en 1989", "en 1994", "en 1997"}
