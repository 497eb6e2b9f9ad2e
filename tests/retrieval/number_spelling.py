"""Writes numbers in words, French and English, for tests of the reader."""

import re

_INVARIABLE = re.compile(r"(?<=cent)s$|(?<=vingt)s$")
_FRENCH_TEXT = """
zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf
"""
_FRENCH = _FRENCH_TEXT.split()
_FRENCH_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_ENGLISH_TEXT = """
zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_ENGLISH = _ENGLISH_TEXT.split()
_ENGLISH_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_french(number: int) -> str:
    """`number` (1 to 999,999) as a French reader writes it."""
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        head = "mille" if thousands == 1 else f"{_INVARIABLE.sub('', in_french(thousands))} mille"
        return f"{head} {in_french(rest)}" if rest else head
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{_FRENCH[hundreds]} cent"
        return f"{head} {in_french(rest)}" if rest else head + "s" * (hundreds > 1)
    if number < 20:
        return _FRENCH[number]
    if number >= 80:
        return f"quatre-vingt-{_FRENCH[number - 80]}" if number > 80 else "quatre-vingts"
    tens = 6 if number >= 70 else number // 10
    rest = number - 10 * tens
    if rest in {1, 11}:
        return f"{_FRENCH_TENS[tens]} et {_FRENCH[rest]}"
    return f"{_FRENCH_TENS[tens]}-{_FRENCH[rest]}" if rest else _FRENCH_TENS[tens]


def in_english(number: int) -> str:
    """`number` (1 to 999,999) as an English reader writes it."""
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        joint = " and " if 0 < rest < 100 else " "
        return f"{in_english(thousands)} thousand" + (joint + in_english(rest) if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_ENGLISH[hundreds]} hundred" + (f" and {in_english(rest)}" if rest else "")
    if number < 20:
        return _ENGLISH[number]
    tens, rest = divmod(number, 10)
    return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[rest]}" if rest else "")
