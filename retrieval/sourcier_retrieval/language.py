"""The language of a question: French or English, by function words, accents and letter groups."""

import re
from functools import lru_cache

import lingua

from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import fold

_FRENCH_WORDS_TEXT = """
le la les l un une des du de d et est sont a au aux en dans pour par sur avec sans que qui quoi quel quelle quels
quelles ou comment combien pourquoi quand je tu il elle on nous vous ils elles mon ma mes ton ta tes son sa ses
notre nos votre vos leur leurs ce cette ces c j n m s t y ne pas plus puis peut peux dois doit faut faire fait
avoir ai as avons avez ont etre suis es sommes etes si se quelqu jour jours duree delai conge conges
"""
_FRENCH_WORDS = frozenset(_FRENCH_WORDS_TEXT.split())
_ENGLISH_WORDS_TEXT = """
the a an of to in on for with without by from at and or is are was were be been do does did can could may must
should will would have has had i you he she it we they my your his her its our their this that these those what
which who whom whose when where why how many much long often not no any if there day days leave
"""
_ENGLISH_WORDS = frozenset(_ENGLISH_WORDS_TEXT.split())
_FRENCH_SIGNS = re.compile(r"[éèêëàâçùûîïôœ]|\b(?:qu|[cdjlmnst])['’]", re.IGNORECASE)
_ENGLISH_SIGNS = re.compile(r"['’](?:s|re|ve|ll|t)\b|\b\w*(?:th|wh|sh|ck|ght)\w*\b|\w+ing\b", re.IGNORECASE)
_FRENCH_ENDINGS = re.compile(r"\w+(?:eur|eurs|aire|aires|ement|ique|iques|euse|age|ages|oir|ier|iers|eau|eaux)\b")


@lru_cache(maxsize=1)
def _detector() -> lingua.LanguageDetector:
    languages = (lingua.Language.FRENCH, lingua.Language.ENGLISH)
    return lingua.LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()


def detect_language(text: str) -> Language:
    """The language of a short text, by its function words and letter groups; French when nothing tells."""
    words = re.findall(r"[^\W\d_]+", fold(text))
    if not words:
        return Language.FRENCH
    french = sum(word in _FRENCH_WORDS for word in words) + 1.5 * len(_FRENCH_SIGNS.findall(text))
    french += 0.5 * len(_FRENCH_ENDINGS.findall(fold(text)))
    english = sum(word in _ENGLISH_WORDS for word in words) + 0.75 * len(_ENGLISH_SIGNS.findall(text))
    by_letters = _detector().compute_language_confidence(text, lingua.Language.ENGLISH)
    return Language.ENGLISH if english - french + 3 * (by_letters - 0.5) > 0 else Language.FRENCH
