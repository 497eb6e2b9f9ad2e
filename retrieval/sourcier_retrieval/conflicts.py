"""Finds where another source says something else than a claim that its own source supports. Pure and offline.

Two sentences say something else of the same thing when they share almost all their words, both ways, the same names
and codes, and differ in a figure of the same unit, in a date, or in a negation. Word overlap with a mismatch of
numbers or polarity is the family of contradictions that M.-C. de Marneffe, A. N. Rafferty and C. D. Manning (2008,
"Finding contradictions in text") found easiest to tell; the others (structure, world knowledge) are not looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sourcier_core.domain.answers import Claim, Conflict, Source, Verdict
from sourcier_core.ports import PassageReader
from sourcier_retrieval.dates import dates_in, without_dates
from sourcier_retrieval.polarity import NEGATION_TERMS, negation_differs
from sourcier_retrieval.quantities import numbers_in, quantities_in
from sourcier_retrieval.quotes import cut_quote
from sourcier_retrieval.sentences import split_sentences
from sourcier_retrieval.support import find_support
from sourcier_retrieval.verification import checked_terms, identifiers_in, names_in

_LEAST_SHARED = 3
_SHARED_OF_ONE = 0.75
_SHARED_OF_OTHER = 0.6
_SHARED_OF_BARE = 0.85
"""Share of the words that must be common: of the claim, of the other sentence, and where no unit backs the figures."""
_NEWER = timedelta(days=1)
"""Documents of one load are published minutes apart: that does not make one newer."""
_UNIT_WORDS = frozenset({"euro", "euros", "eur", "dollar", "dollars", "percent", "cent"})
"""Stems of units that are as often signs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The sentence [start, end) of a text that says something else, and in what."""

    start: int
    end: int
    reasons: tuple[str, ...]
    shared: float


def find_difference(claim: str, text: str, languages: Sequence[str]) -> Difference | None:
    """The sentence of `text` closest to a sentence of `claim` that contradicts it, if one does.

    Reasons: `number_differs`, `date_differs`, `negation_differs`. A text that also says what the claim says is no
    contradiction: two cases are told apart there.
    """
    found: list[Difference] = []
    sentences = split_sentences(text)
    for first, last in split_sentences(claim):
        said = claim[first:last]
        differences = list[Difference]()
        for start, end in sentences:
            reasons, shared = _compare(said, text[start:end], languages)
            if reasons:
                differences.append(Difference(start=start, end=end, reasons=reasons, shared=shared))
        if differences and find_support(said, text, languages)[1].verdict is not Verdict.SUPPORTED:
            found += differences
    return max(found, key=lambda difference: difference.shared, default=None)


def find_conflicts(claim: Claim, sources: Sequence[Source], *, reader: PassageReader) -> tuple[Conflict, ...]:
    """Where other documents among `sources` say something else, those in force most recently first.

    Only a supported claim is looked at, and only passages in the language of the passage that supports it.
    """
    cited = {citation.source_number for citation in claim.citations if citation.verdict is Verdict.SUPPORTED}
    if claim.verdict is not Verdict.SUPPORTED:
        return ()
    own = [source for source in sources if source.number in cited]
    documents = {source.hit.document.document_id for source in own}
    spoken = {source.hit.passage.language for source in own}
    since = max((source.hit.document.valid_from for source in own), default=None)
    conflicts: list[tuple[Source, Conflict]] = []
    for source in sources:
        passage = source.hit.passage
        if source.hit.document.document_id in documents or passage.language not in spoken:
            continue
        difference = find_difference(claim.text, passage.text, (passage.language,))
        if difference is not None:
            conflict = Conflict(
                source_number=source.number,
                passage_id=passage.id,
                quote=cut_quote(passage, difference.start, difference.end, reader),
                reasons=difference.reasons,
                is_newer=since is not None and source.hit.document.valid_from - since >= _NEWER,
            )
            conflicts.append((source, conflict))
    conflicts.sort(key=lambda pair: pair[0].hit.document.valid_from, reverse=True)
    return tuple(conflict for _, conflict in conflicts)


def _compare(one: str, other: str, languages: Sequence[str]) -> tuple[tuple[str, ...], float]:
    words, others = _words(one, languages), _words(other, languages)
    common = len(words & others)
    if common < _LEAST_SHARED or common < _SHARED_OF_ONE * len(words) or common < _SHARED_OF_OTHER * len(others):
        return (), 0.0
    shared = common / len(words | others)
    if words - others and others - words and shared < _SHARED_OF_BARE:
        return (), 0.0  # each has words of its own: they may speak of different things
    if names_in(one) != names_in(other) or identifiers_in(one) != identifiers_in(other):
        return (), 0.0
    month_first = "fr" not in languages
    reasons = ["number_differs"] if _number_differs(one, other, shared, month_first=month_first) else []
    if _date_differs(one, other, month_first=month_first):
        reasons.append("date_differs")
    if shared >= _SHARED_OF_BARE and negation_differs(one, [other], languages):
        reasons.append("negation_differs")
    return tuple(reasons), shared


def _words(sentence: str, languages: Sequence[str]) -> set[str]:
    return {term for term in checked_terms(sentence, languages) if term[0] != "#"} - _UNIT_WORDS - NEGATION_TERMS


def _number_differs(one: str, other: str, shared: float, *, month_first: bool) -> bool:
    """Whether the figures of a unit that both have are all others, or, in nearly the same words, each has its own."""
    here, there = _by_unit(one), _by_unit(other)
    if any(here[unit].isdisjoint(there[unit]) for unit in here.keys() & there.keys()):
        return True
    bare = numbers_in(without_dates(one, month_first=month_first))
    bare_there = numbers_in(without_dates(other, month_first=month_first))
    return shared >= _SHARED_OF_BARE and bool(bare - bare_there) and bool(bare_there - bare)


def _by_unit(sentence: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number, unit in quantities_in(sentence):
        found.setdefault(unit, set()).add(number)
    return found


def _date_differs(one: str, other: str, *, month_first: bool) -> bool:
    here, there = dates_in(one, month_first=month_first), dates_in(other, month_first=month_first)
    return bool(here) and bool(there) and not any(date.agrees_with(another) for date in here for another in there)
