"""BM25 term weights for French and English; inverse document frequency is the index engine's part.

Weights follow Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import re
import threading
import unicodedata
import zlib
from collections import Counter
from functools import lru_cache
from typing import Any

import Stemmer

from sourcier_core.domain.search import SparseVector
from sourcier_core.embedding.stop_words import STOP_WORDS, without_accents

_K1 = 1.2
_B = 0.75
_AVERAGE_TERMS = 90.0
"""Terms of an average passage after stop words; a constant, so that weights never need a second pass."""

_GROUPED_NUMBER = r"(?<![^\W_])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![^\W_])"
_TOKEN = re.compile(_GROUPED_NUMBER + r"|[^\W_]+(?:(?:[-./'’ʼ]|(?<=\d),(?=\d))[^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f.,]\d+)*")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[ \u00a0\u202f.,]\d{3})+")
_NUMBER_PART = re.compile(r"[ \u00a0\u202f.,]")
_APOSTROPHE = re.compile(r"['’ʼ]")
_PART = re.compile(r"[-./,]")
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_UNACCENTED_ENDINGS = (
    (re.compile(r"ee(s?)$"), r"ée\1"),
    (re.compile(r"ite(s?)$"), r"ité\1"),
    (re.compile(r"iere(s?)$"), r"ière\1"),
    (re.compile(r"ces$"), "cès"),
)
"""French endings whose stem depends on their accent: those who type none still mean `durée`, `sécurité`, `accès`."""
_ELIDED = frozenset(["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"])
_CONTRACTED = frozenset(["s", "t", "re", "ve", "ll", "d", "m"])
_STEMMER_LANGUAGES = {"fr": "french", "en": "english"}
_QUERY_LANGUAGES = (*_STEMMER_LANGUAGES, "other")
_REMEMBERED_TOKENS = 50_000
_LONGEST_REMEMBERED = 40
_local = threading.local()


def fold(text: str) -> str:
    """Lower case without accents; ligatures are spelt out."""
    return without_accents(text.casefold())


def analyse(text: str, language: str) -> list[str]:
    """Index terms of a text in `language` ("fr", "en" or other): stemmed, folded, without stop words, in order.

    What is made of several parts (`PR-042`, `e-mail`, `1 200`) gives itself as one term and its parts.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    language = language if language in _STEMMER_LANGUAGES else "other"
    terms: list[str] = []
    for token in _TOKEN.findall(text):
        terms.extend((_remembered_terms if len(token) <= _LONGEST_REMEMBERED else _token_terms)(token, language))
    return terms


def term_index(term: str) -> int:
    """A stable unsigned 32-bit number for a term."""
    return zlib.crc32(term.encode())


class Bm25Encoder:
    """`SparseEncoder`: saturated term frequencies for passages, term presence for queries."""

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Weights tf·(k1+1) / (tf + k1·(1 − b + b·length/average)) of the passage's terms."""
        terms = analyse(text, language)
        norm = _K1 * (1 - _B + _B * len(terms) / _AVERAGE_TERMS)
        counts: dict[int, int] = {}
        for term, count in Counter(terms).items():
            index = term_index(term)
            counts[index] = counts.get(index, 0) + count
        indices = sorted(counts)
        values = [counts[index] * (_K1 + 1) / (counts[index] + norm) for index in indices]
        return SparseVector(indices=tuple(indices), values=tuple(values))

    def encode_query(self, text: str) -> SparseVector:
        """The query's terms under both stemmers and as they are: a wrong guess of language costs nothing."""
        terms = {term for language in _QUERY_LANGUAGES for term in analyse(text, language)}
        terms |= set(analyse(_with_accented_endings(text), "fr"))
        indices = tuple(sorted(map(term_index, terms)))
        return SparseVector(indices=indices, values=(1.0,) * len(indices))


def _with_accented_endings(text: str) -> str:
    words = text.casefold().split()
    for ending, accented in _UNACCENTED_ENDINGS:
        words = [ending.sub(accented, word.rstrip("?!.,;:")) for word in words]
    return " ".join(words)


def _token_terms(token: str, language: str) -> tuple[str, ...]:
    if _NUMBER.fullmatch(token):
        return _number_terms(token)
    terms: list[str] = []
    for piece in _without_contractions(_APOSTROPHE.split(token)):
        parts = _PART.split(piece)
        if len(parts) > 1:
            if any(character.isdigit() for character in piece):
                terms.append(fold(piece))
            elif _HYPHENATED.fullmatch(piece) and not any(_is_stop_word(part) for part in parts):
                terms.append(_stem("".join(parts), language))
        terms.extend(_stem(part, language) for part in parts if not _is_stop_word(part))
    return tuple(terms)


_remembered_terms = lru_cache(maxsize=_REMEMBERED_TOKENS)(_token_terms)


def _number_terms(token: str) -> tuple[str, ...]:
    """The number in one form (no group separators, a decimal point) and, when it was written in parts, those."""
    parts = _NUMBER_PART.split(token)
    if len(parts) == 1:
        return (token,)
    whole = "".join(parts) if _GROUPED.fullmatch(token) else f"{''.join(parts[:-1])}.{parts[-1]}"
    return (whole, *parts)


def _without_contractions(pieces: list[str]) -> list[str]:
    """Drop what French elides before an apostrophe (l', qu') and what English contracts after one ('s, 're, n't)."""
    if len(pieces) == 1:
        return pieces
    if pieces[-1].casefold() == "t" and pieces[-2].casefold().endswith("n"):
        return pieces[:-2]
    if pieces[-1].casefold() in _CONTRACTED:
        pieces = pieces[:-1]
    return [piece for piece in pieces[:-1] if piece.casefold() not in _ELIDED] + pieces[-1:]


def _is_stop_word(word: str) -> bool:
    """Acronyms that look like one (IT, AI, US) are none."""
    is_acronym = len(word) > 1 and word.isupper()
    return not is_acronym and word.casefold() in STOP_WORDS


def _stem(word: str, language: str) -> str:
    word = word.casefold()
    if language == "other" or any(character.isdigit() for character in word):
        return without_accents(word)
    return without_accents(_stemmer(language).stemWord(word))


def _stemmer(language: str) -> Any:
    """One stemmer per thread: they keep state."""
    stemmers: dict[str, Any] = getattr(_local, "stemmers", None) or {}
    _local.stemmers = stemmers
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(_STEMMER_LANGUAGES[language])
    return stemmers[language]
