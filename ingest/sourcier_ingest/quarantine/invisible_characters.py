"""Characters that take no room: found, and taken away so that words can be compared.

Not suspicious and left alone: joiners in emoji and in scripts that need them, soft hyphens, direction marks.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from sourcier_ingest.quarantine.evidence import Evidence, EvidenceKind, excerpt

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e"
_TAGS = "\U000e0020-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_REMOVED = re.compile(f"[{_ZERO_WIDTH}\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069{_SELECTORS}{_TAGS}\U000e0001]+")
_LATIN = "A-Za-zÀ-ÖØ-öø-ÿœŒ"
_INSIDE_WORD = re.compile(f"(?<=[{_LATIN}])[{_ZERO_WIDTH}]+(?=[{_LATIN}])")
_LONG_RUN = re.compile(f"[{_ZERO_WIDTH}]{{8,}}")
_TAG_RUN = re.compile(f"(?<![\U0001f3f4{_TAGS}])[{_TAGS}]{{3,}}")
_SELECTOR_RUN = re.compile(f"[{_SELECTORS}]{{4,}}")
_OVERRIDE = re.compile("[\u202d\u202e][^\n]{3,}")

# A stray zero-width space in a word is common in text copied from web pages; several are not.
_WORDS_EXPECTED = 3
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class VisibleText:
    """A text without its invisible characters; `origin` gives a place of it in the text it came from."""

    text: str
    _starts: tuple[int, ...]
    _shifts: tuple[int, ...]

    def origin(self, place: int) -> int:
        """Where character number `place` stands in the original."""
        return place + self._shifts[bisect_right(self._starts, place) - 1]


def visible_text(text: str) -> VisibleText:
    """The text without invisible characters."""
    starts, shifts, parts = [0], [0], list[str]()
    position = length = 0
    for match in _REMOVED.finditer(text):
        parts.append(text[position : match.start()])
        length += match.start() - position
        position = match.end()
        starts.append(length)
        shifts.append(position - length)
    parts.append(text[position:])
    return VisibleText("".join(parts), tuple(starts), tuple(shifts))


def smuggled_texts(text: str) -> list[tuple[str, int, int]]:
    """Texts written with invisible characters, with where they stand: tags spell ASCII, variation selectors bytes."""
    found: list[tuple[str, int, int]] = []
    for match in _TAG_RUN.finditer(text):
        letters = "".join(chr(ord(letter) - 0xE0000) for letter in match.group() if letter != "\U000e007f")
        found.append((letters, match.start(), match.end()))
    for match in _SELECTOR_RUN.finditer(text):
        code = bytes(ord(mark) - 0xFE00 if mark <= "\ufe0f" else ord(mark) - 0xE0100 + 16 for mark in match.group())
        found.append((code.decode("utf-8", "replace"), match.start(), match.end()))
    return found


def find_invisible_characters(text: str) -> list[Evidence]:
    """Evidence in a text, at most a few of each sort."""
    found: list[Evidence] = []
    broken = list(_INSIDE_WORD.finditer(text))
    if broken:
        weight = 0.1 if len(broken) < _WORDS_EXPECTED else min(0.55, 0.25 + 0.03 * len(broken))
        shown = broken[: 1 if len(broken) < _WORDS_EXPECTED else _MOST_SHOWN]
        found += [_evidence(text, match.start(), match.end(), weight, "zero_width_in_word") for match in shown]
    for pattern, weight, cue in (
        (_LONG_RUN, 0.6, "zero_width_run"),
        (_TAG_RUN, 0.6, "tag_characters"),
        (_SELECTOR_RUN, 0.6, "variation_selectors"),
        (_OVERRIDE, 0.4, "writing_direction"),
    ):
        for number, match in enumerate(pattern.finditer(text)):
            if number == _MOST_SHOWN:
                break
            found.append(_evidence(text, match.start(), match.end(), weight, cue))
    return found


def _evidence(text: str, start: int, end: int, weight: float, cue: str) -> Evidence:
    around = text[max(0, start - 40) : end + 40]
    shown = "".join(letter if letter.isprintable() or letter.isspace() else f"⟨{ord(letter):x}⟩" for letter in around)
    return Evidence(
        kind=EvidenceKind.INVISIBLE_CHARACTERS,
        excerpt=excerpt(shown, 0, len(shown)),
        weight=weight,
        start=start,
        end=end,
        cues=(cue,),
    )
