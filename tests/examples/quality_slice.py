"""A fixed slice of questions about the example documents: what retrieval, refusals and quotes reach on it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import Answer
from sourcier_core.domain.search import PassageHit
from sourcier_evaluation.intervals import area_under_curve
from sourcier_retrieval.search import PassageSearch, SearchMode

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "quality_baseline.json"
MARGIN = 0.051
"""A measure may be so much below its baseline: one question of the twenty in each direction."""
CUT = 10

Asked = Mapping[str, Any]


def measure_slice(
    questions: Sequence[Asked], search: PassageSearch, scope: AccessScope, answer: Callable[[str], Answer]
) -> dict[str, float]:
    """Measures in 0..1 by name. A passage is right when it is the expected document's and holds the expected text.

    `same` are questions in the documents' language, `other` their translations.
    """
    found: dict[str, float] = {}
    for side in ("same", "other"):
        asked = [one for one in questions if one["answerable"] and (len(one["id"]) > 3) == (side == "other")]
        for mode in SearchMode:
            ranks = [_rank(search.search(one["text"], scope=scope, limit=CUT, mode=mode), one) for one in asked]
            found[f"{side}.{mode.value}.recall_at_1"] = _share([rank == 1 for rank in ranks])
            found[f"{side}.{mode.value}.recall_at_5"] = _share([rank is not None and rank <= 5 for rank in ranks])
            found[f"{side}.{mode.value}.reciprocal_rank"] = sum(1 / rank for rank in ranks if rank) / len(ranks)
    answers = [(one, answer(one["text"])) for one in questions]
    answerable = [(one, given) for one, given in answers if one["answerable"]]
    scores = [given.answerability or 0.0 for _, given in answerable]
    others = [given.answerability or 0.0 for one, given in answers if not one["answerable"]]
    found["refusal.area_under_curve"] = area_under_curve(scores, others)
    found["quotes.hold_the_expected_text"] = _share([_quotes_it(given, one) for one, given in answerable])
    return {name: round(value, 4) for name, value in found.items()}


def regressions(found: Mapping[str, float], baseline: Mapping[str, float]) -> list[str]:
    """A line for each measure below its baseline by more than the margin, or missing."""
    return [
        f"{name}: {found.get(name, 0.0):.3f}, was {before:.3f}"
        for name, before in sorted(baseline.items())
        if found.get(name, 0.0) < before - MARGIN
    ]


def read_baseline() -> dict[str, float]:
    """The committed measures."""
    return json.loads(BASELINE.read_text("utf-8"))


def _rank(hits: Sequence[PassageHit], asked: Asked) -> int | None:
    wanted = _squeezed(asked["expected_text"])
    for rank, hit in enumerate(hits, start=1):
        if hit.document.path in asked["expected_documents"] and wanted in _squeezed(hit.passage.text):
            return rank
    return None


def _quotes_it(given: Answer, asked: Asked) -> bool:
    wanted = _squeezed(asked["expected_text"])
    quotes = [
        citation.quote.text for claim in given.claims for citation in claim.citations if citation.quote is not None
    ]
    return any(wanted in _squeezed(quote) for quote in quotes)


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
