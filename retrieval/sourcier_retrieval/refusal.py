"""The constant phrases of an answer, one per language."""

from types import MappingProxyType

from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import fold

REFUSAL_PHRASES = MappingProxyType(
    {
        Language.FRENCH: "Les documents ne permettent pas de répondre à cette question.",
        Language.ENGLISH: "The documents do not answer this question.",
    }
)
_REMOVED_ONE = MappingProxyType(
    {
        Language.FRENCH: "Une affirmation sans preuve dans les documents a été retirée.",
        Language.ENGLISH: "One claim without evidence in the documents was removed.",
    }
)
_REMOVED_MANY = MappingProxyType(
    {
        Language.FRENCH: "{count} affirmations sans preuve dans les documents ont été retirées.",
        Language.ENGLISH: "{count} claims without evidence in the documents were removed.",
    }
)


def removal_notice(language: Language, count: int) -> str:
    """The sentence that says how many claims strict mode removed; empty for none."""
    if count == 0:
        return ""
    return _REMOVED_ONE[language] if count == 1 else _REMOVED_MANY[language].format(count=count)


def is_refusal(text: str) -> bool:
    """Whether a model's text is the refusal phrase of either language (markers, case and accents aside)."""
    bare = fold(text).strip(' \n\t.!"«»*')
    return any(fold(phrase).rstrip(".") in bare and len(bare) < 2 * len(phrase) for phrase in REFUSAL_PHRASES.values())
