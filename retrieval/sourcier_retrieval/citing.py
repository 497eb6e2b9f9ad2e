"""Turns a raw claim and the numbered sources into a claim with checked citations."""

from collections.abc import Sequence
from dataclasses import replace

from sourcier_core.domain.answers import Citation, Claim, Language, Source, Verdict
from sourcier_core.domain.documents import Passage
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.ports import Embedder, PassageReader
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.quotes import Span, best_span, cut_quote
from sourcier_retrieval.sentences import split_units
from sourcier_retrieval.support import find_support
from sourcier_retrieval.verification import Check, check_claim

_ATTRIBUTION_COVERAGE = 0.8
_SAME_MEANING = 0.88
"""Cosine from which a sentence in the other language counts as saying the same (multilingual-e5)."""


class CitationChecker:
    """Checks the claims of one answer against its sources."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        language: Language,
        reader: PassageReader,
        embedder: Embedder,
        is_off: bool = False,
    ) -> None:
        self._sources = {str(source.number): source for source in sources}
        self._language = language
        self._reader = reader
        self._embedder = embedder
        self._is_off = is_off

    def check(self, raw: RawClaim, number: int) -> Claim:
        """The claim with one citation per marker. It is supported when at least one citation supports it.

        A claim without a marker gets a citation only when a source supports it beyond doubt (`citation_added`).
        Where checking is off, markers are resolved and nothing else is looked at: the verdict is `unchecked`.
        """
        if self._is_off:
            unchecked = tuple(self._resolve(marker) for marker in raw.markers)
            return Claim(number=number, text=raw.text, citations=unchecked, verdict=Verdict.UNCHECKED)
        citations = [self._cite_marker(raw.text, marker) for marker in raw.markers]
        reasons: tuple[str, ...] = ()
        if not raw.markers:
            citations = self._attribute(raw.text)
            reasons = ("citation_added",) if citations else ("no_citation",)
        if all(citation.verdict is not Verdict.SUPPORTED for citation in citations):
            citations = self._check_together(raw.text, citations)
        verdicts = {citation.verdict for citation in citations}
        if Verdict.SUPPORTED in verdicts:
            verdict = Verdict.SUPPORTED
        elif verdicts == {Verdict.UNKNOWN_SOURCE}:
            verdict = Verdict.UNKNOWN_SOURCE
        else:
            verdict = Verdict.UNSUPPORTED
        return Claim(number=number, text=raw.text, citations=tuple(citations), verdict=verdict, reasons=reasons)

    def _cite_marker(self, claim: str, marker: str) -> Citation:
        source = self._sources.get(marker)
        if source is None:
            return self._unknown(marker)
        return self._cite(marker, source, *self._compare(claim, source))

    def _resolve(self, marker: str) -> Citation:
        source = self._sources.get(marker)
        if source is None:
            return self._unknown(marker)
        return Citation(
            marker=marker,
            source_number=source.number,
            passage_id=source.hit.passage.id,
            quote=source.quote,
            verdict=Verdict.UNCHECKED,
        )

    def _unknown(self, marker: str) -> Citation:
        return Citation(
            marker=marker,
            source_number=None,
            passage_id=None,
            quote=None,
            verdict=Verdict.UNKNOWN_SOURCE,
            reasons=("no_such_source",),
        )

    def _check_together(self, claim: str, citations: list[Citation]) -> list[Citation]:
        """The citations, supported together where their passages in the answer's language hold the claim jointly."""
        cited = [self._sources[citation.marker] for citation in citations if citation.marker in self._sources]
        cited = [source for source in cited if source.hit.passage.language == self._language.value]
        if len(cited) < 2:
            return citations
        joined, starts = "", list[int]()
        for source in cited:
            starts.append(len(joined))
            joined += source.hit.passage.text + "\n\n"
        contexts = (" ".join((source.hit.document.title, *source.hit.passage.heading_path)) for source in cited)
        support, check = find_support(claim, joined, (self._language.value,), context=" ".join(contexts))
        if check.verdict is not Verdict.SUPPORTED:
            return citations
        part = replace(check, reasons=("supported_together",))
        together: dict[str, Citation] = {}
        for source, start in zip(cited, starts, strict=True):
            end = start + len(source.hit.passage.text)
            mine = [(first - start, last - start) for first, last in support.units if start <= first and last <= end]
            if mine:
                span = Span(start=mine[0][0], end=mine[-1][1], coverage=check.coverage)
                together[str(source.number)] = self._cite(str(source.number), source, span, part)
        return [together.get(citation.marker, citation) for citation in citations]

    def _attribute(self, claim: str) -> list[Citation]:
        for source in self._sources.values():
            span, check = self._compare(claim, source)
            if check.verdict is Verdict.SUPPORTED and check.coverage >= _ATTRIBUTION_COVERAGE:
                return [self._cite("", source, span, check)]
        return []

    def _cite(self, marker: str, source: Source, span: Span, check: Check) -> Citation:
        return Citation(
            marker=marker,
            source_number=source.number,
            passage_id=source.hit.passage.id,
            quote=cut_quote(source.hit.passage, span.start, span.end, self._reader),
            verdict=check.verdict,
            reasons=check.reasons,
        )

    def _compare(self, claim: str, source: Source) -> tuple[Span, Check]:
        """The span of the source that supports the claim best, and the check against it."""
        passage = source.hit.passage
        languages = tuple(dict.fromkeys((self._language.value, passage.language)))
        context = " ".join((source.hit.document.title, *passage.heading_path))
        if passage.language != self._language.value and (units := split_units(passage.text)):
            return self._compare_meaning(claim, passage, units, languages, context)
        support, check = find_support(claim, passage.text, languages, context=context)
        return Span(start=support.start, end=support.end, coverage=check.coverage), check

    def _compare_meaning(
        self,
        claim: str,
        passage: Passage,
        units: Sequence[tuple[int, int]],
        languages: Sequence[str],
        context: str,
    ) -> tuple[Span, Check]:
        """As `_compare`, for a passage in another language: sentences by their likeness to the claim."""
        weights = dict.fromkeys((term for language in languages for term in analyse(claim, language)), 1.0)
        texts = [passage.text[start:end] for start, end in units]
        similarities = (self._embedder.embed_passages(texts) @ self._embedder.embed_query(claim)).tolist()
        span = best_span(passage, weights, similarities=similarities)
        check = check_claim(
            claim,
            passage.text[span.start : span.end],
            languages,
            context=context,
            likeness=span.similarity / _SAME_MEANING,
        )
        return span, check
