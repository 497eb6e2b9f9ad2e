"""Texts that say nearly the same: shingles, MinHash, bands for an index, and the flood of one target.

A. Broder, "On the resemblance and containment of documents" (1997): the resemblance of two texts is the share of their
word 5-shingles (runs of five words) that they have in common; the smallest value of a random hash function over the
shingles of each agrees with just that probability. Sixteen bands of four such values each, an index key per band: two
texts of resemblance r share a key with probability 1 − (1 − r⁴)¹⁶ (r = 0.3: 12 %, 0.5: 64 %, 0.7: 99 %).
"""

import re
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sourcier_ingest.quarantine.evidence import Evidence, EvidenceKind

SHINGLE_WORDS = 5
BANDS = 16
ROWS = 4
FLOOD_FROM = 3
"""So many new near-duplicates of one text in one load begin to count; at five the default threshold is reached."""

_Hashes = NDArray[np.uint64]

_WORD = re.compile(r"\w+")
_MIX = tuple(np.uint64(number) for number in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15))
_SHINGLES_AT_ONCE = 4096


def _mixed(values: _Hashes) -> _Hashes:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): a bijection that spreads every bit."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


_SEEDS = _mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64) * _MIX[2])


@lru_cache(maxsize=1 << 14)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def shingles(text: str) -> _Hashes:
    """The distinct hashes of the text's word 5-shingles, sorted; case and punctuation do not count.

    A text of fewer than five words is one shingle; a text without words has none.
    """
    words = _WORD.findall(text.casefold())
    if not words:
        return np.empty(0, dtype=np.uint64)
    hashes = np.fromiter(map(_word_hash, words), np.uint64, len(words))
    length = min(SHINGLE_WORDS, len(hashes))
    combined = np.zeros(len(hashes) - length + 1, dtype=np.uint64)
    for place in range(length):
        combined = _mixed(combined * _MIX[2] + hashes[place : place + len(combined)])
    return np.unique(combined)


def _smallest(values: _Hashes) -> _Hashes:
    """The smallest value of each of the 64 hash functions."""
    least = np.full(BANDS * ROWS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(values), _SHINGLES_AT_ONCE):
        block = values[start : start + _SHINGLES_AT_ONCE, np.newaxis]
        least = np.minimum(least, _mixed(block ^ _SEEDS).min(axis=0))
    return least


def near_duplicate_bands(text: str) -> tuple[int, ...]:
    """Sixteen index keys (signed 64-bit), the same for the same words always; empty for a text without words.

    Texts that share a key are candidates; `estimate` says how much they resemble each other.
    """
    values = shingles(text)
    if not len(values):
        return ()
    rows = _smallest(values).reshape(BANDS, ROWS)
    keys = np.arange(1, BANDS + 1, dtype=np.uint64)
    for place in range(ROWS):
        keys = _mixed(keys * _MIX[2] + rows[:, place])
    return tuple(int(key) for key in keys.view(np.int64))


def estimate(bands: tuple[int, ...], others: tuple[int, ...]) -> float:
    """The resemblance (0–1) of two texts from their bands: the fourth root of the share of keys they have in common.

    Coarse: one shared key gives 0.5, four 0.71, all sixteen 1. Nothing shared gives 0.
    """
    shared = len(set(bands) & set(others))
    return float((shared / BANDS) ** (1 / ROWS))


def resemblance(text: str, other: str) -> float:
    """The exact resemblance of two texts, 0–1; two texts without words do not resemble each other."""
    ours, theirs = shingles(text), shingles(other)
    common = len(np.intersect1d(ours, theirs, assume_unique=True))
    union = len(ours) + len(theirs) - common
    return common / union if union else 0.0


def flood_evidence(new_near_duplicates: int, target: str) -> Evidence | None:
    """Evidence that a load floods one target, or None below three near-duplicates.

    `new_near_duplicates` counts the documents of this load that are near-duplicates of one text, this one included;
    `target` is what to show of it, as its title. The weight is 1 − 2^(−(n−2)/3): 3 gives 0.21, 5 gives 0.5, 8 gives
    0.75. Identical bytes are not counted: they are known as such. A first load of a corpus should not be judged, as
    families of forms come together in it.
    """
    if new_near_duplicates < FLOOD_FROM:
        return None
    return Evidence(
        kind=EvidenceKind.NEAR_DUPLICATES,
        excerpt=f"{new_near_duplicates}: {' '.join(target.split())}"[:200],
        weight=1.0 - 2.0 ** (-(new_near_duplicates - 2) / 3),
        cues=("flood",),
    )
