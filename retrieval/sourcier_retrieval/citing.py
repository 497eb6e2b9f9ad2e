"""Turns a raw claim and the numbered sources into a claim with checked citations."""

from collections.abc import Sequence

from sourcier_core.domain.answers import Citation, Claim, Language, Source, Verdict
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.ports import PassageReader
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.quotes import Span, best_span, cut_quote
from sourcier_retrieval.verification import Check, check_claim

_ATTRIBUTION_COVERAGE = 0.8


def _best_check(claim: str, source: Source, language: Language) -> tuple[Span, Check]:
    passage = source.hit.passage
    languages = tuple(dict.fromkeys((language.value, passage.language)))
    weights = dict.fromkeys(analyse(claim, passage.language), 1.0)
    span = best_span(passage, weights)
    check = check_claim(claim, passage.text[span.start : span.end], languages)
    if check.verdict is Verdict.SUPPORTED:
        return span, check
    context = " ".join((source.hit.document.title, *passage.heading_path))
    with_context = check_claim(claim, f"{context}\n{passage.text[span.start : span.end]}", languages)
    return span, min(check, with_context, key=lambda found: len(found.reasons))


def _cite(claim: str, marker: str, source: Source, language: Language, reader: PassageReader) -> Citation:
    span, check = _best_check(claim, source, language)
    return Citation(
        marker=marker,
        source_number=source.number,
        passage_id=source.hit.passage.id,
        quote=cut_quote(source.hit.passage, span.start, span.end, reader),
        verdict=check.verdict,
        reasons=check.reasons,
    )


def _unknown(marker: str) -> Citation:
    return Citation(
        marker=marker,
        source_number=None,
        passage_id=None,
        quote=None,
        verdict=Verdict.UNKNOWN_SOURCE,
        reasons=("no_such_source",),
    )


def _attribute(claim: str, sources: Sequence[Source], language: Language, reader: PassageReader) -> Citation | None:
    """A citation for a claim the model left without one, when a source supports it beyond doubt."""
    for source in sources:
        _, check = _best_check(claim, source, language)
        if check.verdict is Verdict.SUPPORTED and check.coverage >= _ATTRIBUTION_COVERAGE:
            return _cite(claim, "", source, language, reader)
    return None


def check_citations(
    raw: RawClaim, number: int, sources: Sequence[Source], language: Language, reader: PassageReader
) -> Claim:
    """The claim with one citation per marker. It is supported when at least one citation supports it."""
    by_marker = {str(source.number): source for source in sources}
    citations = [
        _cite(raw.text, marker, by_marker[marker], language, reader) if marker in by_marker else _unknown(marker)
        for marker in raw.markers
    ]
    reasons: tuple[str, ...] = ()
    if not raw.markers:
        added = _attribute(raw.text, sources, language, reader)
        reasons = ("no_citation",) if added is None else ("citation_added",)
        citations = [] if added is None else [added]
    verdicts = {citation.verdict for citation in citations}
    if Verdict.SUPPORTED in verdicts:
        verdict = Verdict.SUPPORTED
    elif verdicts == {Verdict.UNKNOWN_SOURCE}:
        verdict = Verdict.UNKNOWN_SOURCE
    else:
        verdict = Verdict.UNSUPPORTED
    return Claim(number=number, text=raw.text, citations=tuple(citations), verdict=verdict, reasons=reasons)
