"""Numbers written as words, French and English: « quatre-vingt-dix-sept », "two hundred and fifty", "3.5 million"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SMALL = {
    "zero": 0, "un": 1, "une": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4,
    "cinq": 5, "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9,
    "dix": 10, "ten": 10, "onze": 11, "eleven": 11, "douze": 12, "twelve": 12, "treize": 13, "thirteen": 13,
    "quatorze": 14, "fourteen": 14, "quinze": 15, "fifteen": 15, "seize": 16, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "vingt": 20, "vingts": 20, "twenty": 20,
    "trente": 30, "thirty": 30, "quarante": 40, "forty": 40, "cinquante": 50, "fifty": 50,
    "soixante": 60, "sixty": 60, "septante": 70, "seventy": 70, "huitante": 80, "eighty": 80,
    "nonante": 90, "ninety": 90,
}  # fmt: skip
_HUNDREDS = frozenset({"cent", "cents", "hundred"})
SCALES = {
    "mille": 1000, "thousand": 1000, "million": 10**6, "millions": 10**6,
    "milliard": 10**9, "milliards": 10**9, "billion": 10**9, "billions": 10**9,
}  # fmt: skip
_ONE = frozenset({"un", "une", "one"})
_WORDS = sorted({*_SMALL, *_HUNDREDS, *SCALES}, key=len, reverse=True)
_CHOICE = "|".join(_WORDS)
_RUN = re.compile(rf"(?<![\w])(?:{_CHOICE})(?:(?:[\s\u00a0-]|\s(?:et|and)\s|-et-)(?:{_CHOICE}))*(?!\w)")
_PIECE = re.compile(rf"(?P<joint>(?:\s|-)(?:et|and)(?:\s|-))?(?P<word>{_CHOICE})(?!\w)")
_NOT_ALONE = frozenset({"cents", "vingts", *SCALES} - {"mille", "thousand"})
_PER = re.compile(r"\bp(?:our|er)\s$")
_VIGESIMAL = frozenset({60, 80})
"""French counts on to nineteen after these: « soixante-quinze », « quatre-vingt-dix »."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordedNumber:
    """A number in words at [start, end) of a folded text. `alone`: a bare « un », "one", which is often an article."""

    value: int
    start: int
    end: int
    alone: bool


@dataclass(slots=True)
class _Reading:
    """What was read so far: full thousands, what comes below them, and where."""

    total: int = 0
    current: int = 0
    start: int = -1
    end: int = -1
    words: int = 0
    first: str = ""

    def take(self, word: str, match_end: int, *, joint: str) -> bool:
        """Add a word when it continues the number; False when it begins another one."""
        value = self._continued(word, joint)
        if value is None:
            return False
        self.total, self.current = value
        self.end = match_end
        self.words += 1
        return True

    def _continued(self, word: str, joint: str) -> tuple[int, int] | None:
        if word in SCALES:
            if joint or (self.current == 0 and self.total) or 0 < self.total < SCALES[word]:
                return None
            return self.total + max(1, self.current) * SCALES[word], 0
        rest = self.current % 100
        if word in _HUNDREDS:
            return (self.total, max(1, self.current) * 100) if self.current < 10 and not joint else None
        value = _SMALL[word]
        if value == 20 and rest == 4 and word.startswith("vingt"):
            return self.total, self.current + 76
        if not _adds(value, rest, started=self.total + self.current > 0, joint=joint.strip(" -")):
            return None
        return self.total, self.current + value

    def is_number(self) -> bool:
        """Whether what was read is a number: one word that only follows others ("cents", "millions") is none."""
        return self.words > 1 or (self.words == 1 and self.first not in _NOT_ALONE)

    def result(self) -> WordedNumber:
        alone = self.words == 1 and self.first in _ONE
        return WordedNumber(value=self.total + self.current, start=self.start, end=self.end, alone=alone)


def _adds(value: int, rest: int, *, started: bool, joint: str) -> bool:
    if not started:
        return True
    if joint == "et":
        return (rest >= 20 and rest % 10 == 0 and value == 1) or (rest == 60 and value == 11)
    if rest == 0:
        return True
    if joint:
        return False
    if rest == 10:
        return 7 <= value <= 9
    if rest in {70, 90} and 7 <= value <= 9:
        return True
    return (rest >= 20 and rest % 10 == 0 and value < 10) or (rest in _VIGESIMAL and 10 <= value < 20)


def worded_numbers(folded: str) -> Iterator[WordedNumber]:
    """The numbers in words of a folded text, in order; « cent » in « pour cent » is none, nor is "cents" alone."""
    for run in _RUN.finditer(folded):
        if _PER.search(folded, max(0, run.start() - 5), run.start()):
            continue
        reading = _Reading()
        for piece in _PIECE.finditer(folded, run.start(), run.end()):
            word, joint = piece["word"], piece["joint"] or ""
            if reading.words and reading.take(word, piece.end(), joint=joint):
                continue
            if reading.is_number():
                yield reading.result()
            reading = _Reading(start=piece.start("word"), first=word)
            reading.take(word, piece.end(), joint="")
        if reading.is_number():
            yield reading.result()
