"""Joins scored lists: a convex combination of normalised scores.

Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.identifiers import PassageId

OTHER_LANGUAGE_LIFT = 0.025
"""What a translation loses in cosine with multilingual-e5-small (median over 60 headings and their sections)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredList:
    """One engine's hits, best first, as (id, score) pairs with each id once.

    `weight` is its share of the joint score. `lowest` is the score that counts as nothing; None: the list's own last
    (for cosines, whose scale differs from model to model). `highest` is the one that counts in full; None: the list's
    own first.
    """

    hits: Sequence[tuple[PassageId, float]]
    weight: float
    lowest: float | None = None
    highest: float | None = None


def convex_combination(lists: Sequence[ScoredList]) -> list[tuple[PassageId, float]]:
    """Every id with the weighted sum of its scores, each scaled from the list's lowest (0) to its highest (1).

    An id that a list does not hold gets nothing from it. Best first; ties are in the order of the ids, so that the
    same lists in another order, which an engine gives for equal scores, end the same.
    """
    scores: dict[PassageId, float] = {}
    for scored in lists:
        for passage, share in _scaled(scored):
            scores[passage] = scores.get(passage, 0.0) + scored.weight * share
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


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
    best = scored.hits[0][1] if scored.highest is None else scored.highest
    lowest = scored.hits[-1][1] if scored.lowest is None else scored.lowest
    width = best - lowest
    return [(passage, (score - lowest) / width if width > 0 else 1.0) for passage, score in scored.hits]


def across_languages(
    dense: Sequence[tuple[PassageId, float]],
    foreign: Sequence[tuple[PassageId, float]],
    *,
    weight: float,
    lift: float,
    foreign_weight: float,
) -> list[ScoredList]:
    """The list by meaning with the other language's passages lifted among it, and those once more by themselves.

    Both are on one scale. A translation loses `lift` in cosine, and shares no words with the question: of that part of
    the joint score `foreign_weight` is given back by meaning.

    Args:
        dense: cosines of all languages, best first.
        foreign: those of the passages in the other language than the question, best first.
        weight: the list's share of the joint score.
        lift: what is added to the cosines of `foreign`.
        foreign_weight: the share that `foreign` gets besides.
    """
    lifted = dict(dense) | {passage: score + lift for passage, score in foreign}
    merged = sorted(lifted.items(), key=lambda item: -item[1])[: max(len(dense), len(foreign))]
    kept = dict(merged)
    lists = [ScoredList(hits=merged, weight=weight)]
    others = [(passage, kept[passage]) for passage, _ in foreign if passage in kept]
    if others:
        ends = {"lowest": merged[-1][1], "highest": merged[0][1]}
        lists.append(ScoredList(hits=others, weight=foreign_weight, **ends))
    return lists
