"""Estimates, without a model, whether passages can answer a question: a logistic regression on a few plain features.

docs/decisions/0006-refusal-outside-the-model.md says why, and with which command the coefficients were fitted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.bm25 import fold
from sourcier_retrieval.answerability_coefficients import BY_MEANING, BY_WORDS_AND_MEANING
from sourcier_retrieval.evidence import Evidence, place_and_text
from sourcier_retrieval.quantities import numbers_in
from sourcier_retrieval.verification import identifiers_in, names_in

_LOOKED_AT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Answerability:
    """The estimate in [0, 1], its features, and what of the question was found in no passage."""

    score: float
    features: Mapping[str, float]
    missing_terms: tuple[str, ...]


def answerability_features(
    hits: Sequence[PassageHit], evidence: Evidence, *, dense_floor: float | None
) -> dict[str, float]:
    """The features of a question's hits (best first, at least one); `dense_floor` as in `SearchResult`."""
    looked_at = hits[:_LOOKED_AT]
    ids = [hit.passage.id for hit in looked_at]
    spans = [evidence.spans[passage] for passage in ids]
    dense = max((hit.dense_score for hit in hits if hit.dense_score is not None), default=0.0)
    return {
        "dense_best": dense,
        "dense_gap": 0.0 if dense_floor is None else max(dense - dense_floor, 0.0),
        "sentence": max(span.similarity for span in spans),
        "first_coverage": evidence.coverage(ids[0]),
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


def estimate(hits: Sequence[PassageHit], evidence: Evidence, *, dense_floor: float | None) -> Answerability:
    """The estimated probability that `hits` answer the question.

    Where the nearest passage is in the other language, the features that count shared words are left out.
    """
    if not hits:
        return Answerability(score=0.0, features={}, missing_terms=_missing_words(hits, evidence))
    features = answerability_features(hits, evidence, dense_floor=dense_floor)
    coefficients = BY_MEANING if evidence.crosses_language(hits) else BY_WORDS_AND_MEANING
    total = coefficients["bias"] + sum(features[name] * value for name, value in coefficients.items() if name != "bias")
    return Answerability(
        score=1 / (1 + math.exp(-total)), features=features, missing_terms=_missing_words(hits, evidence)
    )


def _missing_words(hits: Sequence[PassageHit], evidence: Evidence) -> tuple[str, ...]:
    held = frozenset[str]().union(*(evidence.terms[hit.passage.id] for hit in hits))
    missing = [evidence.words.get(term, term) for term in evidence.weights if term not in held]
    folded = {fold(word) for word in missing}
    names = [name for name in missing_names(hits, evidence.question) if fold(name) not in folded]
    return tuple(dict.fromkeys((*missing, *names)))
