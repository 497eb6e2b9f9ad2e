"""The answer without a model: the best exact quotes, each a claim that its own source supports."""

from collections.abc import Sequence
from dataclasses import replace

from sourcier_core.domain.answers import Citation, Claim, Source, Verdict
from sourcier_retrieval.evidence import Evidence
from sourcier_retrieval.quotes import Span

_MOST_QUOTES = 3
_SHARE_OF_BEST = 0.9
"""A further quote is given only when it is worth at least this share of the best."""


def _worth(span: Span) -> float:
    return span.coverage + span.similarity


def quote_claims(sources: Sequence[Source], evidence: Evidence) -> list[Claim]:
    """One to three quotes: the best one, then those of other passages that are worth about as much."""
    ranked = sorted(sources, key=lambda source: -_worth(evidence.spans[source.hit.passage.id]))
    best = max((_worth(evidence.spans[source.hit.passage.id]) for source in sources), default=0.0)
    chosen: list[Source] = []
    for source in ranked:
        enough = not chosen or _worth(evidence.spans[source.hit.passage.id]) >= _SHARE_OF_BEST * best
        if enough and all(source.quote.text != other.quote.text for other in chosen):
            chosen.append(source)
    return [_quote_claim(number, source) for number, source in enumerate(chosen[:_MOST_QUOTES], start=1)]


def newest_first(claims: Sequence[Claim]) -> list[Claim]:
    """The claims, numbered anew, where of two that differ the one in force since later stands first."""
    ordered = list(claims)
    for place in range(len(ordered)):
        newer = {conflict.source_number for conflict in ordered[place].conflicts if conflict.is_newer}
        for later in range(place + 1, len(ordered)):
            if ordered[later].citations[0].source_number in newer:
                ordered.insert(place, ordered.pop(later))
                break
    return [replace(claim, number=number) for number, claim in enumerate(ordered, start=1)]


def _quote_claim(number: int, source: Source) -> Claim:
    citation = Citation(
        marker=str(source.number),
        source_number=source.number,
        passage_id=source.hit.passage.id,
        quote=source.quote,
        verdict=Verdict.SUPPORTED,
        reasons=("exact_quote",),
    )
    return Claim(number=number, text=source.quote.text, citations=(citation,), verdict=Verdict.SUPPORTED)
