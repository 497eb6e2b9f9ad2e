"""The answer without a model: the best exact quotes, each a claim that its own source supports."""

from collections.abc import Mapping, Sequence

from sourcier_core.domain.answers import Citation, Claim, Source, Verdict
from sourcier_retrieval.quotes import best_span

_MOST_QUOTES = 3
_SHARE_OF_BEST = 0.75
"""A further quote is given when its words cover at least this share of what the best quote covers."""


def quote_claims(sources: Sequence[Source], weights: Mapping[str, float]) -> list[Claim]:
    """One to three quotes, the first source's first, then those of other passages that hold about as much."""
    coverages = [best_span(source.hit.passage, weights).coverage for source in sources]
    best = max(coverages, default=0.0)
    chosen = [
        source
        for position, (source, coverage) in enumerate(zip(sources, coverages, strict=True))
        if position == 0 or (coverage > 0 and coverage >= _SHARE_OF_BEST * best)
    ][:_MOST_QUOTES]
    return [_quote_claim(number, source) for number, source in enumerate(chosen, start=1)]


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
