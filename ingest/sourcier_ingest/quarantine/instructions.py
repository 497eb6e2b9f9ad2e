"""Finds text that speaks to a model: turns of phrase close together, with care for texts that only write about them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod

from sourcier_ingest.quarantine.evidence import Evidence, EvidenceKind, excerpt
from sourcier_ingest.quarantine.instruction_cues import CUES
from sourcier_ingest.quarantine.invisible_characters import visible_text

_NEAR = 240
"""Turns of phrase at most so many characters apart speak together."""
_FAINTEST = 0.2
_DISCUSSED = 0.35
_NOT_AN_ORDER = 0.4
_MOST_HITS_OF_A_CUE = 5000

# Letters that look like Latin ones; they are read as such.
_LOOK_ALIKE = dict(zip("аеорсухікѕԁɡοανρτ", "aeopcyxiksdgoavpt", strict=True))
_QUOTES = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " ", "\u202f": " "}
_TWO_LETTERS = {"œ": "o", "æ": "a", "ß": "s", "ø": "o", "ł": "l", "đ": "d"}

_ABOUT = re.compile(
    r"\b(?:attack\w*|attaqu\w*|injections?|jailbreak\w*|phishing|hameconnage|malicious|malveillan\w+|adversar\w+|"
    r"vulnerab\w+|threats?|menaces?|for example|for instance|e\.g\.|such as|par exemple|p\. ?ex\.|tels? que|"
    r"telles? que|"
    r"comme|frauduleu\w+|pirates?|hackers?|red team\w*|sensibilisation|awareness|examples?|exemples?)\b"
)
_NEGATED = re.compile(
    r"\b(?:never|not|cannot|can't|don't|doesn't|won't|mustn't|nobody|no one|jamais|n'|ne|pas|aucun|interdit de|to not|"
    r"they|who|would|could|might|may|employees|users|agents|attackers?|people|he|she|we|que|qui|il|elle|ils|elles|"
    r"on|nous"
    r"|afin de|pour|sans|peut|peuvent|pouvant|refuse to|tries to|trying to|attempts? to|asked to|without)\s*$"
)
_SPEAKING_OF_ITSELF = re.compile(r"\bi(?:\s+(?:will|shall)|'ll)\s*$")
"""Before what is done with something of "yours", a program's message: "I will ignore your instruction"."""


@dataclass(frozen=True, slots=True)
class _Hit:
    family: str
    weight: float
    start: int
    end: int


def _folded_letter(letter: str) -> str:
    if letter in _LOOK_ALIKE or letter in _QUOTES or letter in _TWO_LETTERS:
        return _LOOK_ALIKE.get(letter) or _QUOTES.get(letter) or _TWO_LETTERS[letter]
    plain = unicodedata.normalize("NFKD", letter)[:1].lower()
    return plain if len(plain) == 1 else letter


def fold(text: str) -> str:
    """Lower case without accents, look-alike letters as Latin ones, straight quotes; as long as `text`."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two in lower case; they are left as they are
        lowered = text.translate({ord(letter): letter.lower() for letter in set(text) if len(letter.lower()) == 1})
    others = {ord(letter): _folded_letter(letter) for letter in set(lowered) if not letter.isascii()}
    return lowered.translate(others)


def find_instructions(text: str) -> list[Evidence]:
    """Passages of the text that speak to a model, with offsets into `text`; weights from 0.2.

    Words that were cut by invisible characters are read as one.
    """
    seen = visible_text(text)
    folded = fold(seen.text)
    found: list[Evidence] = []
    for group in _groups(_hits(folded)):
        weight = _weight(group)
        if weight < _FAINTEST:
            continue
        start = seen.origin(min(hit.start for hit in group))
        end = seen.origin(max(hit.end for hit in group))
        found.append(
            Evidence(
                kind=EvidenceKind.INSTRUCTION,
                excerpt=excerpt(text, start, end),
                weight=round(weight, 4),
                start=start,
                end=end,
                cues=tuple(sorted({hit.family for hit in group})),
            )
        )
    return found


def _hits(folded: str) -> list[_Hit]:
    hits: list[_Hit] = []
    for cue in CUES:
        if cue.anchors and not any(anchor in folded for anchor in cue.anchors):
            continue
        for match in islice(cue.pattern.finditer(folded), _MOST_HITS_OF_A_CUE):
            weight = cue.weight * _caution(folded, match.start(), match.end())
            hits.append(_Hit(cue.family, weight, match.start(), match.end()))
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.family))


def _caution(folded: str, start: int, end: int) -> float:
    """Less for words told, announced or forbidden instead of ordered, and for quotations in a text about attacks."""
    factor = 1.0
    just_before = folded[max(0, start - 24) : start].rstrip(" ") + " "
    speaks_of_itself = " your " in folded[start:end] and _SPEAKING_OF_ITSELF.search(just_before)
    if speaks_of_itself or _NEGATED.search(just_before):
        factor *= _NOT_AN_ORDER
    before, after = folded[max(0, start - 160) : start], folded[end : end + 160]
    quoted = before.count('"') % 2 == 1 and '"' in after
    if quoted and (_ABOUT.search(before) or _ABOUT.search(after)):
        factor *= _DISCUSSED
    return factor


def _groups(hits: Sequence[_Hit]) -> list[list[_Hit]]:
    groups: list[list[_Hit]] = []
    for hit in hits:
        if groups and hit.start - groups[-1][0].start <= _NEAR:
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return groups


def _weight(group: Sequence[_Hit]) -> float:
    """The families as independent signs, the strongest of each."""
    strongest: dict[str, float] = {}
    for hit in group:
        strongest[hit.family] = max(strongest.get(hit.family, 0.0), hit.weight)
    return 1.0 - prod(1.0 - weight for _, weight in sorted(strongest.items()))
