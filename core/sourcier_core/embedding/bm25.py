"""BM25 term weights for French and English; inverse document frequency is the index engine's part.

Weights follow Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import re
import threading
import unicodedata
import zlib
from collections import Counter

import Stemmer

from sourcier_core.domain.search import SparseVector
from sourcier_core.embedding.stop_words import STOP_WORDS

_K1 = 1.2
_B = 0.75
_AVERAGE_TERMS = 90.0
"""Terms of an average passage after stop words; a constant, so that weights never need a second pass."""

_WORD = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ](?=\w)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_PART = re.compile(r"[-./]")
_STEMMER_LANGUAGES = {"fr": "french", "en": "english"}
_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer:
    """One stemmer per thread: they keep state."""
    stemmers: dict[str, Stemmer.Stemmer] = getattr(_local, "stemmers", None) or {}
    _local.stemmers = stemmers
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(_STEMMER_LANGUAGES[language])
    return stemmers[language]


def fold(text: str) -> str:
    """Lower case without accents; ligatures are spelt out."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """Words in lower case with their accents; identifiers such as `pr-042` give the whole and its parts."""
    text = _POSSESSIVE.sub(" ", _ELISION.sub(" ", unicodedata.normalize("NFC", text)))
    found: list[str] = []
    for match in _WORD.findall(text):
        word = match.casefold()
        parts = _PART.split(word)
        if len(parts) > 1:
            if any(character.isdigit() for character in word):
                found.append(word)
            found.extend(parts)
        else:
            found.append(word)
    return found


def analyse(text: str, language: str) -> list[str]:
    """Index terms of a text in `language` ("fr", "en" or other): stemmed, folded, without stop words, in order."""
    kept = [word for word in words(text) if fold(word) not in STOP_WORDS]
    if language in _STEMMER_LANGUAGES:
        kept = [
            word if any(character.isdigit() for character in word) else stem
            for word, stem in zip(kept, _stemmer(language).stemWords(kept), strict=True)
        ]
    return [fold(word) for word in kept]


def term_index(term: str) -> int:
    """A stable unsigned 32-bit number for a term."""
    return zlib.crc32(term.encode())


class Bm25Encoder:
    """`SparseEncoder`: saturated term frequencies for passages, term presence for queries."""

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Weights tf·(k1+1) / (tf + k1·(1 − b + b·length/average)) of the passage's terms."""
        terms = analyse(text, language)
        norm = _K1 * (1 - _B + _B * len(terms) / _AVERAGE_TERMS)
        counts = Counter(term_index(term) for term in terms)
        weights = sorted((index, count * (_K1 + 1) / (count + norm)) for index, count in counts.items())
        return SparseVector(indices=tuple(i for i, _ in weights), values=tuple(v for _, v in weights))

    def encode_query(self, text: str) -> SparseVector:
        """The query's terms under both the French and the English stemmer: a wrong guess of language costs nothing."""
        indices = {term_index(term) for language in _STEMMER_LANGUAGES for term in analyse(text, language)}
        ordered = tuple(sorted(indices))
        return SparseVector(indices=ordered, values=(1.0,) * len(ordered))
