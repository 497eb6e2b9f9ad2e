"""Estimates, without a model, whether passages can answer a question: a logistic regression on a few plain features.

The coefficients come from `python -m sourcier_evaluation answerability-fit` on public sets (docs/decisions/0006).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.bm25 import analyse
from sourcier_retrieval.quotes import best_span
from sourcier_retrieval.verification import identifiers_in, numbers_in

FEATURES = ("dense", "passage_coverage", "span_coverage", "missing_figure", "agreement", "bias")
COEFFICIENTS: Mapping[str, float] = {
    "dense": 18.0,
    "passage_coverage": 3.0,
    "span_coverage": 2.0,
    "missing_figure": -3.0,
    "agreement": 0.6,
    "bias": -19.0,
}
_PASSAGES_LOOKED_AT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Answerability:
    """The estimate in [0, 1], its features, and the question's words that no looked-at passage holds."""

    score: float
    features: Mapping[str, float]
    missing_terms: tuple[str, ...]


def question_features(
    question: str, language: str, hits: Sequence[PassageHit], weights: Mapping[str, float]
) -> dict[str, float]:
    """The features of a question and its hits (best first); `weights` is the rarity of the question's terms."""
    looked_at = hits[:_PASSAGES_LOOKED_AT]
    total = sum(weights.values()) or 1.0
    texts = [" ".join((hit.document.title, *hit.passage.heading_path, hit.passage.text)) for hit in looked_at]
    held = [set(analyse(text, hit.passage.language)) for text, hit in zip(texts, looked_at, strict=True)]
    coverage = max((sum(weights[term] for term in terms & weights.keys()) / total for terms in held), default=0.0)
    span = max((best_span(hit.passage, weights).coverage for hit in looked_at), default=0.0)
    figures = identifiers_in(question) | {number for number in numbers_in(question) if len(number) > 1}
    everything = " ".join(texts)
    present = identifiers_in(everything) | numbers_in(everything)
    by_sparse = sorted(hits, key=lambda hit: -(hit.sparse_score or 0.0))[:3]
    by_dense = sorted(hits, key=lambda hit: -(hit.dense_score or 0.0))[:3]
    shared = {hit.passage.id for hit in by_sparse} & {hit.passage.id for hit in by_dense}
    return {
        "dense": max((hit.dense_score or 0.0 for hit in hits), default=0.0),
        "passage_coverage": coverage,
        "span_coverage": span,
        "missing_figure": float(bool(figures - present)),
        "agreement": len(shared) / 3,
        "bias": 1.0,
    }


def estimate(question: str, language: str, hits: Sequence[PassageHit], weights: Mapping[str, float]) -> Answerability:
    """The estimated probability that `hits` answer the question."""
    if not hits:
        return Answerability(score=0.0, features={}, missing_terms=tuple(weights))
    features = question_features(question, language, hits, weights)
    total = sum(COEFFICIENTS[name] * value for name, value in features.items())
    held: set[str] = set()
    for hit in hits[:_PASSAGES_LOOKED_AT]:
        held |= set(analyse(hit.passage.text, hit.passage.language))
    missing = tuple(term for term in weights if term not in held)
    return Answerability(score=1 / (1 + math.exp(-total)), features=features, missing_terms=missing)
