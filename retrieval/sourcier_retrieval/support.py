"""Finds the sentences of a cited text that together hold a claim: up to four, side by side or not. Pure and offline."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_retrieval.sentences import split_units
from sourcier_retrieval.verification import Check, check_claim, checked_terms

MOST_SENTENCES = 4
_LEAST_GAIN = 0.03
"""Share of the claim's weight that one more sentence has to add."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """The chosen sentences [start, end) of a text, in its order, never none for a text with words."""

    units: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        """Where the first begins."""
        return self.units[0][0]

    @property
    def end(self) -> int:
        """Where the last ends."""
        return self.units[-1][1]

    def evidence(self, text: str) -> str:
        """Their words, one sentence a line."""
        return "\n".join(text[start:end] for start, end in self.units)


def find_support(claim: str, text: str, languages: Sequence[str], *, context: str = "") -> tuple[Support, Check]:
    """The fewest sentences of a text that support a claim, and the check against them.

    Sentences are added one after another, at most `MOST_SENTENCES`; where no number of them supports the claim, all
    are given with the reasons against them.

    Args:
        claim: the sentence to support, without markers.
        text: what it cites.
        languages: of the claim and of the text, which is the claim's own.
        context: title and headings of the text.
    """
    order = rank_sentences(claim, text, languages)
    support, check = _check(claim, text, order, languages, context)
    for count in range(1, len(order)):
        fewer, found = _check(claim, text, order[:count], languages, context)
        if found.verdict is Verdict.SUPPORTED:
            return fewer, found
    return support, check


def _check(
    claim: str, text: str, units: Sequence[tuple[int, int]], languages: Sequence[str], context: str
) -> tuple[Support, Check]:
    support = Support(units=tuple(sorted(units)))
    return support, check_claim(claim, support.evidence(text), languages, context=context)


def rank_sentences(claim: str, text: str, languages: Sequence[str]) -> list[tuple[int, int]]:
    """The one to four sentences that cover most of the claim's terms, in order of what each adds to those before.

    A term weighs log(1 + n / (1 + d)) where d of the text's n sentences hold it. Greedy choice is within 1 - 1/e of the
    best cover (G. L. Nemhauser, L. A. Wolsey and M. L. Fisher, 1978).
    """
    units = split_units(text) or [(0, len(text))]
    terms = [frozenset(checked_terms(text[start:end], languages)) for start, end in units]
    held = Counter(term for unit in terms for term in unit)
    weights = {term: math.log(1 + len(units) / (1 + held[term])) for term in sorted(checked_terms(claim, languages))}
    total = sum(weights.values()) or 1.0
    missing = dict(weights)
    chosen: list[int] = []
    while len(chosen) < MOST_SENTENCES:
        gains = [sum(weight for term, weight in missing.items() if term in unit) for unit in terms]
        # Between equals the nearest to those chosen, and at first the shortest.
        best = max(
            range(len(units)),
            key=lambda place: (round(gains[place], 9), -_distance(place, chosen), -len(terms[place]), -place),
        )
        if chosen and gains[best] < _LEAST_GAIN * total:
            break
        chosen.append(best)
        missing = {term: weight for term, weight in missing.items() if term not in terms[best]}
    return [units[place] for place in chosen]


def _distance(place: int, chosen: Sequence[int]) -> int:
    return min((abs(place - other) for other in chosen), default=0)
