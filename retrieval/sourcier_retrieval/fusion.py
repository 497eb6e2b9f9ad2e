"""Joins scored lists: a convex combination of normalised scores.

Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.identifiers import PassageId


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredList:
    """One engine's hits, best first, as (id, score) pairs with each id once.

    `weight` is its share of the joint score. `lowest` is the score that counts as nothing; None: the list's own last
    (for cosines, whose scale differs from model to model).
    """

    hits: Sequence[tuple[PassageId, float]]
    weight: float
    lowest: float | None = None


def convex_combination(lists: Sequence[ScoredList]) -> list[tuple[PassageId, float]]:
    """Every id with the weighted sum of its scores, each scaled from the list's lowest (0) to its best (1).

    An id that a list does not hold gets nothing from it. Best first; ties keep the order in which ids were first met.
    """
    scores: dict[PassageId, float] = {}
    for scored in lists:
        for passage, share in _scaled(scored):
            scores[passage] = scores.get(passage, 0.0) + scored.weight * share
    return sorted(scores.items(), key=lambda item: -item[1])


def by_turns(lists: Sequence[Sequence[PassageId]], rounds: int) -> list[PassageId]:
    """The first of each list, then the second of each, for so many rounds; a list whose turn it is gives its next.

    What another list has given is passed over, so each list gives `rounds` ids of its own while it has them.
    """
    taken: dict[PassageId, None] = {}
    rest = [iter(ids) for ids in lists]
    for _ in range(rounds):
        for ids in rest:
            found = next((passage for passage in ids if passage not in taken), None)
            if found is not None:
                taken[found] = None
    return list(taken)


def _scaled(scored: ScoredList) -> list[tuple[PassageId, float]]:
    if not scored.hits:
        return []
    best = scored.hits[0][1]
    lowest = scored.hits[-1][1] if scored.lowest is None else scored.lowest
    width = best - lowest
    return [(passage, (score - lowest) / width if width > 0 else 1.0) for passage, score in scored.hits]
