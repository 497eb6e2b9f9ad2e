"""The constant phrases of an answer, one per language."""

from collections.abc import Sequence
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
_UNPROVEN = MappingProxyType({Language.FRENCH: "(sans preuve)", Language.ENGLISH: "(unproven)"})
_NO_ADDRESS = MappingProxyType(
    {
        Language.FRENCH: "(adresse absente des sources)",
        Language.ENGLISH: "(address not in the sources)",
    }
)
_UNCHECKED = MappingProxyType(
    {
        Language.FRENCH: "Les affirmations de cette réponse n’ont pas été vérifiées.",
        Language.ENGLISH: "The claims of this answer were not checked.",
    }
)
_CONFLICT = MappingProxyType(
    {
        Language.FRENCH: "Les sources ne concordent pas\u00a0: comparer {pairs}.",
        Language.ENGLISH: "The sources differ: compare {pairs}.",
    }
)
_NEWER = MappingProxyType({Language.FRENCH: " (plus récent)", Language.ENGLISH: " (newer)"})
_WITH = MappingProxyType({Language.FRENCH: "{one} et {other}", Language.ENGLISH: "{one} and {other}"})


def conflict_notice(language: Language, pairs: Sequence[tuple[str, int, bool]]) -> str:
    """The sentence that names the sources that differ, as (markers of the claim, other source, is newer)."""
    written: dict[frozenset[str], str] = {}
    for own, number, newer in sorted(pairs, key=lambda pair: not pair[2]):  # where one is newer, that is said
        other = f"[{number}]"
        pair = _WITH[language].format(one=own, other=f"{other}{_NEWER[language] if newer else ''}")
        written.setdefault(frozenset({own, other}), pair)
    return _CONFLICT[language].format(pairs=", ".join(written.values())) if written else ""


_SUMMARY = MappingProxyType({Language.FRENCH: "Résumé de {name}", Language.ENGLISH: "Summary of {name}"})
_NO_SUMMARY = MappingProxyType(
    {
        Language.FRENCH: "Rien de ce que le modèle a écrit n’a pu être confirmé dans les documents.",
        Language.ENGLISH: "Nothing that the model wrote could be confirmed in the documents.",
    }
)
_PARTIAL = MappingProxyType(
    {
        Language.FRENCH: "Ce résumé ne porte que sur les {count} premiers passages.",
        Language.ENGLISH: "This summary covers only the first {count} passages.",
    }
)
_INCOMPLETE = MappingProxyType(
    {
        Language.FRENCH: "Ce résumé laisse de côté une partie de ce qui a été lu.",
        Language.ENGLISH: "This summary leaves out part of what was read.",
    }
)


def summary_title(language: Language, name: str) -> str:
    """What stands in the place of a question for a summary."""
    return _SUMMARY[language].format(name=name)


def refused_summary(language: Language) -> str:
    """What a summary says when nothing that the model wrote could be confirmed."""
    return _NO_SUMMARY[language]


def partial_summary_notice(language: Language, count: int) -> str:
    """The sentence that says that a summary covers only the first `count` passages."""
    return _PARTIAL[language].format(count=count)


def incomplete_summary_notice(language: Language) -> str:
    """The sentence that says that a model did not see all that was read."""
    return _INCOMPLETE[language]


def unproven_mark(language: Language) -> str:
    """What follows a claim without proof where such claims are kept."""
    return _UNPROVEN[language]


def removed_address(language: Language) -> str:
    """What stands for an address that a model wrote and no source holds."""
    return _NO_ADDRESS[language]


def unchecked_notice(language: Language) -> str:
    """The sentence that says that no claim was checked."""
    return _UNCHECKED[language]


def removal_notice(language: Language, count: int) -> str:
    """The sentence that says how many claims strict mode removed; empty for none."""
    if count == 0:
        return ""
    return _REMOVED_ONE[language] if count == 1 else _REMOVED_MANY[language].format(count=count)


def is_refusal(text: str) -> bool:
    """Whether a model's text is the refusal phrase of either language (markers, case and accents aside)."""
    bare = fold(text).strip(' \n\t.!"«»*')
    return any(fold(phrase).rstrip(".") in bare and len(bare) < 2 * len(phrase) for phrase in REFUSAL_PHRASES.values())
