"""The report of an evaluation as data: what was measured with what, and how it compares with the previous one."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.intervals import (
    Interval,
    area_difference,
    area_interval,
    false_answers_at,
    mean_interval,
    refusal_curve,
)
from sourcier_evaluation.model_answers import written_report
from sourcier_evaluation.set_measurement import RERANKED, AskedQuestion, SetMeasurement, percentiles

FORMAT = 1
FALSE_REFUSALS = (0.05, 0.10)
_SINGLE = ("sparse", "dense")
_HYBRID = "hybrid"
_WRITTEN = "report.json"


def set_report(found: SetMeasurement, *, threshold: float, writer: str | None = None) -> dict[str, Any]:
    """One set's part of the report.

    Args:
        found: what was measured.
        threshold: the refusal threshold whose effect is shown.
        writer: the language model that was asked too; None: none was.
    """
    scores = {question.id: question.score for question in found.asked}
    with_answer = [question for question in found.asked if question.has_answer]
    without = [question for question in found.asked if not question.has_answer]
    return {
        "documents": found.documents,
        "passages": found.passages,
        "questions": len(next(iter(found.rankings[_HYBRID].values()))),
        "retrieval": {
            mode: {name: _interval(mean_interval(values)) for name, values in measures.items()}
            for mode, measures in found.rankings.items()
        },
        "hybrid_minus": {mode: _differences(found, _HYBRID, mode) for mode in _SINGLE},
        "reranked_minus_hybrid": _differences(found, RERANKED, _HYBRID) if RERANKED in found.rankings else None,
        "refusal": _refusals(with_answer, without, threshold) if with_answer and without else None,
        "citations": _citations(with_answer),
        "model_answers": None if writer is None else written_report(writer, found.written, scores, threshold),
        "milliseconds": {
            "query_embedding": percentiles(found.query_ms),
            "search": percentiles(found.search_ms),
            "reranking": percentiles(found.reranking_ms),
            "evidence": percentiles([question.evidence_ms for question in found.asked]),
        },
    }


def _differences(found: SetMeasurement, first: str, second: str) -> dict[str, dict[str, float]]:
    """One kind of search minus another, question by question."""
    values, others = found.rankings[first], found.rankings[second]
    return {
        name: _interval(mean_interval([one - other for one, other in zip(values[name], others[name], strict=True)]))
        for name in values
    }


def _refusals(with_answer: Sequence[AskedQuestion], without: Sequence[AskedQuestion], limit: float) -> dict[str, Any]:
    scores = [question.score for question in with_answer], [question.score for question in without]
    cosines = [question.cosine for question in with_answer], [question.cosine for question in without]
    return {
        "with_answer": len(with_answer),
        "without_answer": len(without),
        "area": {
            "estimate": _interval(area_interval(*scores)),
            "cosine": _interval(area_interval(*cosines)),
            "difference": _interval(area_difference(scores, cosines)),
        },
        "false_answers_at": {
            f"{share:.2f}": {"estimate": false_answers_at(*scores, share), "cosine": false_answers_at(*cosines, share)}
            for share in FALSE_REFUSALS
        },
        "at_threshold": {
            "threshold": limit,
            "false_refusals": _share(sum(score < limit for score in scores[0]), len(with_answer)),
            "false_answers": _share(sum(score >= limit for score in scores[1]), len(without)),
        },
        "curve": {"estimate": refusal_curve(*scores), "cosine": refusal_curve(*cosines)},
    }


def _citations(asked: Sequence[AskedQuestion]) -> dict[str, Any]:
    quotes = sum(question.quotes for question in asked)
    known = [question for question in asked if question.holding_answer is not None]
    holding = [question.holding_answer or 0 for question in known]
    return {
        "quotes": quotes,
        "verbatim": _share(sum(question.verbatim for question in asked), quotes),
        "from_relevant_document": _share(sum(question.from_relevant for question in asked), quotes),
        "short_answers": len(known),
        "precision": _share(sum(holding), sum(question.quotes for question in known)),
        "recall": _share(sum(count > 0 for count in holding), len(known)),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _interval(found: Interval) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(found).items()}


def make_report(
    sets: dict[str, dict[str, Any]],
    *,
    verifier: dict[str, Any] | None,
    model: EmbeddingModelIdentity,
    limit: int | None,
) -> dict[str, Any]:
    """The whole report, ready for JSON."""
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "embedding_model": asdict(model),
        "questions_at_most": limit,
        "sets": sets,
        "verifier": verifier,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One figure beside the previous report's."""

    set_name: str
    figure: str
    before: float
    now: float
    is_regression: bool
    """It is worse, and the previous value lies outside the new interval (where there is one)."""


def compare(report: dict[str, Any], previous: dict[str, Any]) -> list[Change]:
    """Every figure that both reports have and that is not the same, regressions first."""
    changes: list[Change] = []
    for name in report["sets"].keys() & previous["sets"].keys():
        now, before = _figures(report["sets"][name]), _figures(previous["sets"][name])
        for figure in now.keys() & before.keys():
            new, old = now[figure], before[figure]
            if abs(new.value - old.value) >= 5e-4:
                regression = new.value < old.value and not new.low <= old.value <= new.high
                changes.append(
                    Change(set_name=name, figure=figure, before=old.value, now=new.value, is_regression=regression)
                )
    return sorted(changes, key=lambda change: (not change.is_regression, change.set_name, change.figure))


def _figures(part: dict[str, Any]) -> dict[str, Interval]:
    """The figures that are better when larger."""
    found = {
        f"{mode} {name}": Interval(**values)
        for mode, measures in part["retrieval"].items()
        for name, values in measures.items()
    }
    if part["refusal"] is not None:
        found["refusal, area under the curve"] = Interval(**part["refusal"]["area"]["estimate"])
    for name in ("verbatim", "from_relevant_document", "precision", "recall"):
        value = part["citations"][name]
        if value is not None:
            found[f"citations, {name}"] = Interval(value=value, low=value, high=value)
    return found


def write_report(report: dict[str, Any], folder: Path) -> Path:
    """Write `report.json` into a folder, which is made; the previous one is kept as `previous.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _WRITTEN
    if path.is_file():
        path.replace(folder / "previous.json")
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def read_report(place: Path) -> dict[str, Any] | None:
    """The report of a folder or file; None where there is none.

    Raises:
        InvalidRequest: what is there is no report of this format.
    """
    path = place / _WRITTEN if place.is_dir() else place
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["format"] != FORMAT or not isinstance(found["sets"], dict):
            raise InvalidRequest(f"{path} is a report of another format.")
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{path} is no report of an evaluation.") from error
    return found
