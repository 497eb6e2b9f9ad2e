"""Measures of one ranking and their means. A ranking is document ids, best first, each once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CUT = 10


def recall_at(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """Share of the relevant documents among the first `k`; with one relevant document, whether it is there."""
    if not relevant:
        raise ValueError("recall needs a relevant document")
    return len(relevant.keys() & set(ranking[:k])) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], k: int = CUT) -> float:
    """1 / rank of the first relevant document among the first `k` (ranks from 1), else 0."""
    return next((1 / rank for rank, document in enumerate(ranking[:k], start=1) if document in relevant), 0.0)


def normalised_gain(ranking: Sequence[str], relevant: Mapping[str, int], k: int = CUT) -> float:
    """nDCG at `k`: Σ grade / log2(rank + 1), over the same sum for the ideal order.

    Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (TOIS 2002); linear gain, as trec_eval.
    """
    if not relevant:
        raise ValueError("nDCG needs a relevant document")
    found = _gain([relevant.get(document, 0) for document in ranking[:k]])
    return found / _gain(sorted(relevant.values(), reverse=True)[:k])


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalScores:
    """Means over `questions` questions, each from 0 to 1."""

    questions: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    ndcg_at_10: float


def mean_scores(rankings: Mapping[str, Sequence[str]], judgements: Mapping[str, Mapping[str, int]]) -> RetrievalScores:
    """The means over the questions of `rankings`; each must have a relevant document in `judgements`."""
    if not rankings:
        raise ValueError("a mean needs a ranking")
    pairs = [(ranking, judgements[question]) for question, ranking in rankings.items()]

    def mean(values: Sequence[float]) -> float:
        return math.fsum(values) / len(values)

    return RetrievalScores(
        questions=len(pairs),
        recall_at_1=mean([recall_at(ranking, relevant, 1) for ranking, relevant in pairs]),
        recall_at_5=mean([recall_at(ranking, relevant, 5) for ranking, relevant in pairs]),
        recall_at_10=mean([recall_at(ranking, relevant, 10) for ranking, relevant in pairs]),
        mrr_at_10=mean([reciprocal_rank(ranking, relevant) for ranking, relevant in pairs]),
        ndcg_at_10=mean([normalised_gain(ranking, relevant) for ranking, relevant in pairs]),
    )
