"""Estimates, without a model, whether passages can answer a question: a logistic regression on a few plain features.

docs/decisions/0006-refusal-outside-the-model.md says why, and with which command the coefficients were fitted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.bm25 import fold
from sourcier_retrieval.answerability_coefficients import (
    FEW_BY_MEANING,
    FEW_BY_WORDS_AND_MEANING,
    MANY_BY_MEANING,
    MANY_BY_WORDS_AND_MEANING,
)
from sourcier_retrieval.evidence import Evidence, place_and_text
from sourcier_retrieval.quantities import numbers_in
from sourcier_retrieval.search import SearchResult
from sourcier_retrieval.verification import identifiers_in, names_in

_LOOKED_AT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Answerability:
    """The estimate in [0, 1], its features, and what of the question was found in no passage."""

    score: float
    features: Mapping[str, float]
    missing_terms: tuple[str, ...]


def answerability_features(found: SearchResult, evidence: Evidence) -> dict[str, float]:
    """The features of what was found for a question: at least one hit."""
    hits = found.hits
    looked_at = hits[:_LOOKED_AT]
    ids = [hit.passage.id for hit in looked_at]
    spans = [evidence.spans[passage] for passage in ids]
    nearest = max(hits, key=lambda hit: hit.dense_score or 0.0)
    most_words = max(hits, key=lambda hit: hit.sparse_score or 0.0)
    dense = [hit.dense_score for hit in hits if hit.dense_score is not None] or [0.0]
    return {
        "dense_best": max(dense),
        "dense_gap": 0.0 if found.dense_floor is None else max(max(dense) - found.dense_floor, 0.0),
        "sentence": max(span.similarity for span in spans),
        "first_sentence": spans[0].similarity,
        "first_coverage": evidence.coverage(ids[0]),
        "span_coverage": max(span.coverage for span in spans),
        "agreement": float(nearest.passage.id == most_words.passage.id),
        "missing_name": float(bool(missing_names(hits, evidence.question))),
        "no_figure": float(evidence.wants_figure and not _has_figure(looked_at, evidence)),
    }


def missing_names(hits: Sequence[PassageHit], question: str) -> list[str]:
    """Numbers, codes and proper names of the question that no hit holds."""
    everything = " ".join(place_and_text(hit) for hit in hits)
    figures = identifiers_in(question) | {number for number in numbers_in(question) if len(number) > 1}
    absent = figures - identifiers_in(everything) - numbers_in(everything)
    folded = fold(everything)
    return sorted(absent) + sorted(name for name in names_in(question) if name not in folded)


def _has_figure(hits: Sequence[PassageHit], evidence: Evidence) -> bool:
    """Whether the most likely span holds a number."""
    best = max(hits, key=lambda hit: evidence.spans[hit.passage.id].similarity)
    span = evidence.spans[best.passage.id]
    return bool(numbers_in(best.passage.text[span.start : span.end]))


def estimate(found: SearchResult, evidence: Evidence) -> Answerability:
    """The estimated probability that what was found answers the question.

    Where the nearest passage is in the other language, the features that count shared words are left out. A few dozen
    passages and thousands have coefficients of their own: how far the best one stands out means less among few.
    """
    if not found.hits:
        return Answerability(score=0.0, features={}, missing_terms=_missing_words([], evidence))
    features = answerability_features(found, evidence)
    by_meaning = evidence.crosses_language(found.hits)
    if found.is_whole:
        coefficients = FEW_BY_MEANING if by_meaning else FEW_BY_WORDS_AND_MEANING
    else:
        coefficients = MANY_BY_MEANING if by_meaning else MANY_BY_WORDS_AND_MEANING
    total = coefficients["bias"] + sum(features[name] * value for name, value in coefficients.items() if name != "bias")
    return Answerability(
        score=1 / (1 + math.exp(-total)), features=features, missing_terms=_missing_words(found.hits, evidence)
    )


def _missing_words(hits: Sequence[PassageHit], evidence: Evidence) -> tuple[str, ...]:
    held = frozenset[str]().union(*(evidence.terms[hit.passage.id] for hit in hits))
    missing = [evidence.words.get(term, term) for term in evidence.weights if term not in held]
    folded = {fold(word) for word in missing}
    names = [name for name in missing_names(hits, evidence.question) if fold(name) not in folded]
    return tuple(dict.fromkeys((*missing, *names)))
