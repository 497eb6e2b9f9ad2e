"""Joins ranked lists. Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion outperforms Condorcet…" (SIGIR 2009)."""

from collections.abc import Sequence

from sourcier_core.domain.identifiers import PassageId


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[PassageId]], *, weights: Sequence[float], k: int
) -> list[tuple[PassageId, float]]:
    """Every id with the sum of weight / (k + rank) over the lists it is in (ranks from 1), best first.

    Ties keep the order in which ids were first met.
    """
    scores: dict[PassageId, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, passage in enumerate(ranking, start=1):
            scores[passage] = scores.get(passage, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
