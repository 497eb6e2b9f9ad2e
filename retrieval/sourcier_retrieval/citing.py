"""Turns a raw claim and the numbered sources into a claim with checked citations."""

from collections.abc import Sequence
from dataclasses import replace

from sourcier_core.domain.answers import Citation, Claim, Language, Source, Verdict
from sourcier_core.domain.documents import Passage
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.ports import Embedder, PassageReader
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.entailing import EntailmentJudge, Finding, is_about_wording
from sourcier_retrieval.quotes import Span, best_span, cut_quote
from sourcier_retrieval.sentences import split_units
from sourcier_retrieval.support import find_support
from sourcier_retrieval.verification import Check, check_claim

_ATTRIBUTION_COVERAGE = 0.8
_SAME_MEANING = 0.88
"""Cosine from which a sentence in the other language counts as saying the same (multilingual-e5)."""
_JUDGED_SENTENCES = 2
"""Sentences nearest in meaning that an entailment model is asked about, beside those that a claim's words lead to."""


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
        judge: EntailmentJudge | None = None,
    ) -> None:
        """`judge` gives a second opinion on every claim that is not its source's own words; None: nobody does."""
        self._sources = {str(source.number): source for source in sources}
        self._language = language
        self._reader = reader
        self._embedder = embedder
        self._is_off = is_off
        self._judge = judge

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
        context = " ".join(_context(source) for source in cited)
        support, check = find_support(claim, joined, (self._language.value,), context=context)
        if check.verdict is Verdict.SUPPORTED and self._judge is not None:
            span = Span(start=support.start, end=support.end, coverage=check.coverage)
            found = Finding(span=span, evidence=support.evidence(joined), check=check)
            check = self._judge.weigh(claim, [found], context=context).check
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
        found = self._compare_words(claim, source)
        if self._judge is None:
            return found.span, found.check
        findings = [found]
        if is_about_wording(found.check):
            findings += self._nearest_in_meaning(claim, source)
        found = self._judge.weigh(claim, findings, context=_context(source))
        return found.span, found.check

    def _compare_words(self, claim: str, source: Source) -> Finding:
        passage = source.hit.passage
        if passage.language != self._language.value and split_units(passage.text):
            return self._compare_meaning(claim, source)
        support, check = find_support(claim, passage.text, self._languages(passage), context=_context(source))
        span = Span(start=support.start, end=support.end, coverage=check.coverage)
        return Finding(span=span, evidence=support.evidence(passage.text), check=check)

    def _compare_meaning(self, claim: str, source: Source) -> Finding:
        """As `_compare_words`, for a passage in another language: sentences by their likeness to the claim."""
        passage = source.hit.passage
        span = self._likest_span(claim, passage)
        return self._checked(claim, source, span, likeness=span.similarity / _SAME_MEANING)

    def _nearest_in_meaning(self, claim: str, source: Source) -> list[Finding]:
        """The sentences likest to the claim, where its words lead elsewhere; each with the one before it, for what it
        refers to."""
        passage = source.hit.passage
        units = split_units(passage.text)
        likeness = self._likeness(claim, passage, units)
        best = sorted(range(len(units)), key=lambda place: -likeness[place])[:_JUDGED_SENTENCES]
        spans = [Span(start=units[max(0, place - 1)][0], end=units[place][1], coverage=0.0) for place in best]
        return [self._checked(claim, source, span, likeness=None) for span in spans]

    def _likest_span(self, claim: str, passage: Passage) -> Span:
        terms = (term for language in self._languages(passage) for term in analyse(claim, language))
        likeness = self._likeness(claim, passage, split_units(passage.text))
        return best_span(passage, dict.fromkeys(terms, 1.0), similarities=likeness)

    def _likeness(self, claim: str, passage: Passage, units: Sequence[tuple[int, int]]) -> list[float]:
        """The cosine of each unit of a passage to the claim."""
        if not units:
            return []
        texts = [passage.text[start:end] for start, end in units]
        return (self._embedder.embed_passages(texts) @ self._embedder.embed_query(claim)).tolist()

    def _checked(self, claim: str, source: Source, span: Span, *, likeness: float | None) -> Finding:
        passage = source.hit.passage
        evidence = passage.text[span.start : span.end]
        check = check_claim(claim, evidence, self._languages(passage), context=_context(source), likeness=likeness)
        return Finding(span=span, evidence=evidence, check=check)

    def _languages(self, passage: Passage) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self._language.value, passage.language)))


def _context(source: Source) -> str:
    return " ".join((source.hit.document.title, *source.hit.passage.heading_path))
