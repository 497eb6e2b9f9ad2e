"""Finds the passages for a question, or for each of its parts under the same scope, and weighs what was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import Language
from sourcier_core.domain.identifiers import PassageId
from sourcier_core.domain.search import PassageHit
from sourcier_retrieval.answerability import Answerability, estimate
from sourcier_retrieval.evidence import Evidence, weigh_evidence
from sourcier_retrieval.fusion import ScoredList, by_turns, convex_combination
from sourcier_retrieval.quotes import Span
from sourcier_retrieval.reranking import RerankingOutcome
from sourcier_retrieval.search import PassageSearch


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The hits, best first, the best span of each, and what they hold of the question."""

    hits: tuple[PassageHit, ...]
    spans: Mapping[PassageId, Span]
    evidence: Evidence
    """Of the whole question; of passages that only a part found it says nothing."""
    answerability: Answerability
    reranking: RerankingOutcome | None = None
    """What became of reranking the whole question's hits."""


def _no_lap(_: str) -> None:
    """No time is noted."""


def find_passages(
    search: PassageSearch,
    question: str,
    parts: Sequence[str],
    *,
    scope: AccessScope,
    language: Language,
    limit: int,
    shown: int,
    lap: Callable[[str], None] = _no_lap,
) -> Finding:
    """At most `limit` passages for the question and its parts; those that a part found are among the first `shown`.

    Without parts: what the question finds. With them each is searched as if it were asked alone. Of the first `shown`
    passages an equal share is the best of each part, by turns, so that no side of a comparison is missing even where
    only a few fit the model's context; the rest comes by the joint score of all searches. The answerability is the
    whole question's, or that of the part which is answered worst, where every part is answered better than the whole.

    `lap` is told "search" when the question itself was searched, and "parts" when its parts were too.

    Raises:
        TypeError: `scope` is not an AccessScope.
    """
    whole = _find(search, question, scope, language, limit, lap)
    if not parts:
        return whole
    each = [_find(search, part, scope, language, limit, _no_lap) for part in parts]
    lap("parts")
    hits, spans = _joined(whole, each, limit, max(1, shown // (len(parts) + 1)))
    weakest = min((part.answerability for part in each), key=lambda found: found.score)
    answerability = whole.answerability
    if weakest.score > answerability.score:
        answerability = replace(weakest, missing_terms=answerability.missing_terms)
    return Finding(
        hits=hits, spans=spans, evidence=whole.evidence, answerability=answerability, reranking=whole.reranking
    )


def _find(
    search: PassageSearch,
    question: str,
    scope: AccessScope,
    language: Language,
    limit: int,
    lap: Callable[[str], None],
) -> Finding:
    found = search.find(question, scope=scope, limit=limit)
    lap("search")
    # The answerability is estimated in the order it was fitted on, the evidence is that of the order shown.
    first = found.in_first_order()
    evidence = weigh_evidence(question, language, first.hits, search.embedder)
    answerability = estimate(first, evidence)
    if [hit.passage.id for hit in first.hits] != [hit.passage.id for hit in found.hits]:
        evidence = weigh_evidence(question, language, found.hits, search.embedder, known=evidence.similarities)
    return Finding(
        hits=tuple(found.hits),
        spans=evidence.spans,
        evidence=evidence,
        answerability=answerability,
        reranking=found.reranking,
    )


def _joined(
    whole: Finding, parts: Sequence[Finding], limit: int, rounds: int
) -> tuple[tuple[PassageHit, ...], dict[PassageId, Span]]:
    """The hits of all searches, each text once, and the span of each in the search that gave it the better place."""
    searches = [*parts, whole]
    known: dict[str, PassageHit] = {}
    spans: dict[PassageId, Span] = {}
    places: dict[PassageId, int] = {}
    lists: list[list[PassageId]] = []
    for search in searches:
        ids: list[PassageId] = []
        for place, hit in enumerate(search.hits):
            kept = known.setdefault(hit.passage.text, hit).passage.id
            ids.append(kept)
            if place < places.get(kept, len(search.hits)) and hit.passage.id == kept:
                places[kept], spans[kept] = place, search.spans[kept]
        lists.append(ids)
    scored = [
        ScoredList(hits=[(one, hit.score) for one, hit in zip(ids, search.hits, strict=True)], weight=1 / len(searches))
        for ids, search in zip(lists, searches, strict=True)
    ]
    joint = convex_combination(scored)
    order = list(dict.fromkeys([*by_turns(lists[:-1], rounds), *(one for one, _ in joint)]))[:limit]
    hits = {hit.passage.id: hit for hit in known.values()}
    return tuple(replace(hits[one], score=1 / place) for place, one in enumerate(order, start=1)), spans
