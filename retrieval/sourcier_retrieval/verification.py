"""Checks a claim against stored text: words, quantities, names and negation. Pure and offline.

A claim may rest on several sentences that do not follow each other: those that hold most of its words are chosen one
after the other (the greedy bound for covering a set: Nemhauser, Wolsey & Fisher, 1978), and figures must stand in them.
docs/measurements.md says what that gives on en_wice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_core.embedding.bm25 import analyse, fold
from sourcier_retrieval.quantities import numbers_in, quantities_in
from sourcier_retrieval.sentences import split_units

SUPPORTED_COVERAGE = 0.6
"""Share of a claim's content terms that the chosen sentences must hold."""

MOST_SENTENCES = 4
"""Sentences one claim may rest on."""

_IDENTIFIER = re.compile(r"\b[A-Za-zÀ-ÿ]+(?:[-_/.][A-Za-zÀ-ÿ]+)*[-_/.]?\d[\w/-]*")
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<!\n)\b[A-ZÀ-Ý][\w’-]{2,}")
_NEGATION = re.compile(
    r"\b(?:ne|not|no|never|cannot|without|sans|jamais|aucun|aucune|ni|interdite?s?|forbidden|prohibited|nor|neither)\b"
    r"|\bn['’](?=\w)|\w+n['’]t\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:ne|n['’])\s*(?:\w+\s+){1,3}que?\b", re.IGNORECASE)
"""« ne … que » means only."""
_CLAUSE_END = re.compile(
    r"[,;:]|\b(?:but|and|although|while|whereas|because|mais|et|car|tandis que|alors que)\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """The verdict on one claim against one text, with stable reason codes.

    `sentences` are the spans [start, end) of the text that the claim was held against, best first.
    """

    verdict: Verdict
    coverage: float
    reasons: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...] = ()


def identifiers_in(text: str) -> set[str]:
    """Codes such as `PR-042`, in lower case."""
    return {match.casefold().rstrip("-/") for match in _IDENTIFIER.findall(text)}


def names_in(text: str) -> set[str]:
    """Capitalised words inside a sentence, folded."""
    return {fold(match) for match in _NAME.findall(text)}


def is_negated(sentence: str) -> bool:
    """Whether a sentence denies or forbids something."""
    return _NEGATION.search(_ONLY.sub(" ", sentence)) is not None


def check_claim(
    claim: str, evidence: str, languages: Sequence[str], *, context: str = "", likeness: float | None = None
) -> Check:
    """Check a claim against a text in one of `languages`.

    Args:
        claim: the sentence, without its markers.
        evidence: the stored words it points at: a span, a passage, or several.
        languages: of the claim and of the text.
        context: title and headings of the text: words, codes and names may be there instead.
        likeness: for a text in another language, the cosine to the claim over the one that counts as the same
            meaning (at least 1 supports); it then stands for shared words and names, and the whole text is looked at.

    Reasons: `too_few_shared_words`, `meaning_differs`, `number_not_in_source`, `unit_differs`,
    `identifier_not_in_source`, `name_not_in_source`, `negation_differs`, `nothing_to_check`; and, on a supported
    claim, `compared_by_meaning`.
    """
    wanted = _terms(claim, languages)
    if not wanted:
        return Check(verdict=Verdict.UNSUPPORTED, coverage=0.0, reasons=("nothing_to_check",))
    spans = split_units(evidence) or [(0, len(evidence))]
    chosen = _choose_sentences(wanted - _terms(context, languages), evidence, spans, languages)
    near = [evidence[start:end] for start, end in chosen]
    looked_at = " ".join(near) if likeness is None else evidence
    coverage = len(wanted & _terms(f"{context}\n{looked_at}", languages)) / len(wanted)
    reasons: list[str] = []
    if likeness is None:
        if coverage < SUPPORTED_COVERAGE:
            reasons.append("too_few_shared_words")
        folded = fold(f"{context} {evidence}")
        if any(name not in folded for name in names_in(claim)):
            reasons.append("name_not_in_source")
    elif likeness < 1.0:
        reasons.append("meaning_differs")
    reasons += _figure_reasons(claim, looked_at, context)
    if _negation_differs(claim, wanted, near, languages):
        reasons.append("negation_differs")
    if reasons:
        return Check(verdict=Verdict.UNSUPPORTED, coverage=coverage, reasons=tuple(reasons), sentences=chosen)
    by_meaning = ("compared_by_meaning",) if likeness is not None else ()
    return Check(verdict=Verdict.SUPPORTED, coverage=coverage, reasons=by_meaning, sentences=chosen)


def _terms(text: str, languages: Sequence[str]) -> set[str]:
    return {term for language in languages for term in analyse(text, language)}


def _choose_sentences(
    wanted: set[str], evidence: str, spans: Sequence[tuple[int, int]], languages: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """The sentence with most of the wanted terms, then those that add most to it; at least one."""
    held = [_terms(evidence[start:end], languages) & wanted for start, end in spans]
    chosen: list[int] = []
    covered: set[str] = set()
    while len(chosen) < MOST_SENTENCES:
        best = max(range(len(spans)), key=lambda number: len(held[number] - covered))
        if chosen and not held[best] - covered:
            break
        chosen.append(best)
        covered |= held[best]
    return tuple(spans[number] for number in chosen)


def _figure_reasons(claim: str, evidence: str, context: str) -> list[str]:
    reasons: list[str] = []
    codes = identifiers_in(claim)
    if codes - identifiers_in(f"{context} {evidence}"):
        reasons.append("identifier_not_in_source")
    in_codes = set[str]().union(*(numbers_in(code) for code in codes)) if codes else set[str]()
    if numbers_in(claim) - numbers_in(evidence) - in_codes:
        reasons.append("number_not_in_source")
    units: dict[str, set[str]] = {}
    for number, unit in quantities_in(evidence):
        units.setdefault(number, set()).add(unit)
    if any(number in units and unit not in units[number] for number, unit in quantities_in(claim)):
        reasons.append("unit_differs")
    return reasons


def _negation_differs(claim: str, wanted: set[str], sentences: Sequence[str], languages: Sequence[str]) -> bool:
    """A denial needs one among the sentences; without one, the clause that says most of the claim must deny nothing."""
    if is_negated(claim):
        return not any(is_negated(sentence) for sentence in sentences)
    clauses = [clause for clause in _CLAUSE_END.split(sentences[0]) if clause.strip()] or [sentences[0]]
    return is_negated(max(clauses, key=lambda clause: len(wanted & _terms(clause, languages))))
