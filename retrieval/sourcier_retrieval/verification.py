"""Checks a claim against a span of stored text: words, numbers, names and negation. Pure and offline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_core.embedding.bm25 import analyse, fold

SUPPORTED_COVERAGE = 0.6
"""Share of a claim's content terms that its span must hold."""

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[\s\u00a0\u202f.,]\d{3})*(?:[.,]\d+)?")
_IDENTIFIER = re.compile(r"\b(?=\w*[-_]?\w*\d)[A-Za-zÀ-ÿ]+[-_]?\d[\w.-]*\b")
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-ZÀ-Ý][\w'’-]{2,}")
_NEGATION = re.compile(
    r"\b(?:ne|n['’]|not|no|never|cannot|can['’]t|n['’]t|without|sans|jamais|aucun|aucune|ni|interdit\w*|forbidden|"
    r"prohibited|nor|neither)\b|\w+n['’]t\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = {
    "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9",
    "dix": "10", "onze": "11", "douze": "12", "quinze": "15", "vingt": "20", "trente": "30", "quarante": "40",
    "cinquante": "50", "soixante": "60", "cent": "100", "mille": "1000",
    "two": "2", "three": "3", "four": "4", "five": "5", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "hundred": "100", "thousand": "1000",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """The verdict on one claim against one text, with stable reason codes."""

    verdict: Verdict
    coverage: float
    reasons: tuple[str, ...]


def normalise_number(text: str) -> str:
    """One form for `1 234,50`, `1,234.5` and `1.234,50`; a lone separator before exactly three digits groups them."""
    bare = re.sub(r"[\s\u00a0\u202f]", "", text)
    separators = re.findall(r"[.,]", bare)
    if len(set(separators)) == 2:
        decimal = separators[-1]
        bare = bare.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif len(separators) > 1 or re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", bare):
        bare = re.sub(r"[.,]", "", bare)
    else:
        bare = bare.replace(",", ".")
    if "." in bare:
        bare = bare.rstrip("0").rstrip(".")
    return bare.lstrip("0") or "0"


def numbers_in(text: str) -> set[str]:
    """Numbers of a text in one form, number words of both languages included."""
    found = {normalise_number(match) for match in _NUMBER.findall(text)}
    found |= {_NUMBER_WORDS[word] for word in re.findall(r"[^\W\d_]+", fold(text)) if word in _NUMBER_WORDS}
    return found


def identifiers_in(text: str) -> set[str]:
    """Codes such as `PR-042`, in lower case."""
    return {match.casefold() for match in _IDENTIFIER.findall(text)}


def names_in(text: str) -> set[str]:
    """Capitalised words inside a sentence, folded."""
    return {fold(match).removesuffix("'s") for match in _NAME.findall(text)}


def check_claim(claim: str, evidence: str, languages: Sequence[str]) -> Check:
    """Check a claim against a text in one of `languages`.

    Reasons: `too_few_shared_words`, `number_not_in_source`, `identifier_not_in_source`, `name_not_in_source`,
    `negation_differs`, `nothing_to_check`.
    """
    wanted = set[str]()
    held = set[str]()
    for language in languages:
        wanted |= set(analyse(claim, language))
        held |= set(analyse(evidence, language))
    if not wanted:
        return Check(verdict=Verdict.UNSUPPORTED, coverage=0.0, reasons=("nothing_to_check",))
    coverage = len(wanted & held) / len(wanted)
    reasons: list[str] = []
    if coverage < SUPPORTED_COVERAGE:
        reasons.append("too_few_shared_words")
    if numbers_in(claim) - numbers_in(evidence):
        reasons.append("number_not_in_source")
    if identifiers_in(claim) - identifiers_in(evidence):
        reasons.append("identifier_not_in_source")
    folded = fold(evidence)
    if any(name not in folded for name in names_in(claim)):
        reasons.append("name_not_in_source")
    if bool(_NEGATION.search(claim)) != bool(_NEGATION.search(evidence)):
        reasons.append("negation_differs")
    verdict = Verdict.UNSUPPORTED if reasons else Verdict.SUPPORTED
    return Check(verdict=verdict, coverage=coverage, reasons=tuple(reasons))
