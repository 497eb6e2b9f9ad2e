"""Checks a claim against a span of stored text: words, quantities, names and negation. Pure and offline."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_core.embedding.bm25 import analyse, fold
from sourcier_retrieval.addresses import addresses_in
from sourcier_retrieval.dates import WrittenDate, dates_in, without_dates
from sourcier_retrieval.polarity import differing_words, is_negated, negation_differs
from sourcier_retrieval.quantities import MONTHS, number_list, numbers_in, quantities_in, without_figures
from sourcier_retrieval.sentences import split_units

SUPPORTED_COVERAGE = 0.6
"""Share of a claim's content terms that its span must hold."""
_SAME_SENTENCE = 0.75
"""Share of a claim's words from which a sentence says the same, so that its figures count."""

_IDENTIFIER = re.compile(r"\b[A-Za-zÀ-ÿ]+(?:[-_/.][A-Za-zÀ-ÿ]+)*[-_/.]?\d[\w/-]*")
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<!\n)\b[A-ZÀ-Ý][\w’-]{2,}")
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche
"""
_CALENDAR = frozenset(MONTHS) | frozenset(_WEEKDAYS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """The verdict on one claim against one text, with stable reason codes."""

    verdict: Verdict
    coverage: float
    reasons: tuple[str, ...]


def identifiers_in(text: str) -> set[str]:
    """Codes such as `PR-042`, in lower case."""
    return {match.casefold().rstrip("-/") for match in _IDENTIFIER.findall(text)}


def names_in(text: str) -> set[str]:
    """Capitalised words inside a sentence, folded."""
    return {fold(match) for match in _NAME.findall(text)}


def checked_terms(text: str, languages: Sequence[str]) -> set[str]:
    """What coverage counts: stems of words without figures, and each number once, however it is written."""
    bare = without_figures(text)
    words = {term for language in languages for term in analyse(bare, language)}
    return words | {f"#{number}" for number in numbers_in(text)}


def check_claim(
    claim: str, evidence: str, languages: Sequence[str], *, context: str = "", likeness: float | None = None
) -> Check:
    """Check a claim against a text in one of `languages`.

    Args:
        claim: the sentence, without its markers.
        evidence: the stored words it points at.
        languages: of the claim and of the text.
        context: title and headings of the text: words, codes and names may be there instead.
        likeness: for a text in another language, the cosine to the claim over the one that counts as the same
            meaning (at least 1 supports); it then stands for shared words and names.

    Reasons: `too_few_shared_words`, `meaning_differs`, `number_not_in_source`, `unit_differs`,
    `date_differs`, `identifier_not_in_source`, `address_not_in_source`, `name_not_in_source`, `negation_differs`,
    `quantifier_differs`, `modality_differs`, `opposite_in_source`, `nothing_to_check`; and, on a supported
    claim, `compared_by_meaning`.
    """
    held = checked_terms(f"{context}\n{evidence}", languages)
    wanted = checked_terms(claim, languages)
    if not wanted:
        return Check(verdict=Verdict.UNSUPPORTED, coverage=0.0, reasons=("nothing_to_check",))
    coverage = len(wanted & held) / len(wanted)
    reasons: list[str] = []
    if likeness is None:
        if coverage < SUPPORTED_COVERAGE:
            reasons.append("too_few_shared_words")
        reasons += ["name_not_in_source"] if _missing_names(claim, f"{context}\n{evidence}", held, languages) else []
    elif likeness < 1.0:
        reasons.append("meaning_differs")
    if addresses_in(claim) - addresses_in(f"{context}\n{evidence}"):
        reasons.append("address_not_in_source")
    sentences = _by_closeness(claim, evidence, languages)
    reasons += _figure_reasons(claim, sentences, context, languages)
    if not is_word_for_word(claim, [evidence, *sentences]):
        if likeness is None:
            differs = negation_differs(claim, sentences, languages)
        else:
            differs = is_negated(claim) != is_negated(sentences[0])
        reasons += ["negation_differs"] if differs else []
        reasons += differing_words(claim, sentences, languages, scoped=likeness is None)
    if reasons:
        return Check(verdict=Verdict.UNSUPPORTED, coverage=coverage, reasons=tuple(reasons))
    by_meaning = ("compared_by_meaning",) if likeness is not None else ()
    return Check(verdict=Verdict.SUPPORTED, coverage=coverage, reasons=by_meaning)


def is_word_for_word(claim: str, texts: Sequence[str]) -> bool:
    """Whether a claim is one of the texts, but for white space."""
    return " ".join(claim.split()) in {" ".join(text.split()) for text in texts}


def _missing_names(claim: str, text: str, held: set[str], languages: Sequence[str]) -> set[str]:
    """Names of a claim that are no word of a text nor have the stems of one; months and weekdays are dates."""
    folded = fold(text)
    names = {re.sub(r"['’]s?$", "", name) for name in names_in(claim.lstrip("#*-–•> "))} - _CALENDAR
    return {
        name
        for name in names
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded) is None
        and not any((terms := set(analyse(name, language))) and terms <= held for language in languages)
    }


def _figure_reasons(claim: str, sentences: Sequence[str], context: str, languages: Sequence[str]) -> list[str]:
    evidence = "\n".join(sentences)
    reasons: list[str] = []
    codes = identifiers_in(claim)
    if codes - identifiers_in(f"{context} {evidence}"):
        reasons.append("identifier_not_in_source")
    in_codes = set[str]().union(*(numbers_in(code) for code in codes)) if codes else set[str]()
    same, month_first = _says_the_same(claim, sentences[0], languages), "fr" not in languages
    if (
        numbers_in(claim) - numbers_in(evidence) - in_codes
        or _is_repeated(claim, evidence, month_first=month_first)
        or _is_replaced(claim, sentences[0], same=same, month_first=month_first)
    ):
        reasons.append("number_not_in_source")
    units: dict[str, set[str]] = {}
    for number, unit in quantities_in(evidence):
        units.setdefault(number, set()).add(unit)
    if any(number in units and unit not in units[number] for number, unit in quantities_in(claim)):
        reasons.append("unit_differs")
    if _has_other_date(claim, sentences, same=same, month_first=month_first):
        reasons.append("date_differs")
    return reasons


def _is_repeated(claim: str, evidence: str, *, month_first: bool) -> bool:
    """Whether a claim says a number twice that its evidence says once: it stands in the place of another."""
    held, said = Counter(number_list(evidence)), Counter(number_list(claim))
    undated = Counter(number_list(without_dates(claim, month_first=month_first)))
    # A year may stand in every date of a claim and once in its evidence.
    counts = {number: count if len(number) == 4 else said[number] for number, count in undated.items()}
    return any(count > 1 and count > held[number] for number, count in counts.items())


def _is_replaced(claim: str, closest: str, *, same: bool, month_first: bool) -> bool:
    """Whether the sentence closest to a claim has another figure in the place of one of the claim's.

    It has when it gives another number for the same unit, or, saying the same (`same`), another number at all: the
    claim's own number, found further on, is then said of something else.
    """
    said, held = quantities_in(claim), quantities_in(closest)
    if {unit for _, unit in said - held} & {unit for _, unit in held - said}:
        return True
    undated, there = numbers_in(without_dates(claim, month_first=month_first)), numbers_in(closest)
    return same and bool(undated - there and there - numbers_in(claim))


def _has_other_date(claim: str, sentences: Sequence[str], *, same: bool, month_first: bool) -> bool:
    """Whether a claim has a date that none of its evidence has, or says one more often, or in the place of another."""
    said = dates_in(claim, month_first=month_first)
    held = dates_in("\n".join(sentences), month_first=month_first)
    if any(_agreeing(date, said) > max(1, _agreeing(date, held)) or not _agreeing(date, held) for date in said):
        return True
    there = dates_in(sentences[0], month_first=month_first)
    elsewhere = any(not _agreeing(date, there) for date in said)
    return same and elsewhere and any(not _agreeing(date, said) for date in there)


def _agreeing(date: WrittenDate, others: Sequence[WrittenDate]) -> int:
    return sum(date.agrees_with(other) for other in others)


def _says_the_same(claim: str, sentence: str, languages: Sequence[str]) -> bool:
    """Whether a sentence holds so many of a claim's words that its figures are about the same thing."""
    wanted = {term for term in checked_terms(claim, languages) if term[0] != "#"}
    return len(wanted & checked_terms(sentence, languages)) >= _SAME_SENTENCE * len(wanted)


def _by_closeness(claim: str, evidence: str, languages: Sequence[str]) -> list[str]:
    """The evidence's sentences, those that share most words with the claim first; figures decide between equals."""
    wanted = checked_terms(claim, languages)
    figures = {term for term in wanted if term[0] == "#"}

    def shared(sentence: str) -> tuple[int, int]:
        held = checked_terms(sentence, languages) & wanted
        return -len(held - figures), -len(held & figures)

    return sorted((evidence[start:end] for start, end in split_units(evidence)), key=shared) or [evidence]
