"""Checks a question that a model wrote in a person's place: it may say nothing that the person did not say.

Whatever a model writes into a search decides what is found. So its words have to come from the person's own questions:
no new name, figure or code, few new words, nothing of the prompt, and the question's own words and negation are kept.
"""

import re
from collections.abc import Sequence

from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import analyse, fold
from sourcier_retrieval.polarity import is_negated
from sourcier_retrieval.quantities import numbers_in
from sourcier_retrieval.verification import identifiers_in, names_in

MOST_ADDED = 200
"""Characters by which a rewritten question may be longer than the one it stands for."""
_MOST_NEW = 1 / 3
"""Share of its words that may be new (one always may): « est-il », "how does that work" are worded in many ways."""
_LEAST_KEPT = 1 / 2
"""Share of the question's own words that must be there again."""
_RUN = 6
"""So many words in a row are not shared with the instructions by chance."""
_NOT_PLAIN = re.compile(r"[<>{}`|\[\]\\]|https?://|\w=|[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"[^\W_]+")


def is_plain(written: str) -> bool:
    """Whether it is words only: no markup, no key of a passage, no address, no control character."""
    return _NOT_PLAIN.search(written) is None


def repeats(written: str, instructions: str) -> bool:
    """Whether six words in a row are those of the instructions."""
    said, words = _words(written), _words(instructions)
    runs = {tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}
    return any(tuple(said[start : start + _RUN]) in runs for start in range(len(said) - _RUN + 1))


def telling_words(text: str) -> set[str]:
    """Names, codes and figures, in one form."""
    return names_in(text) | identifiers_in(text) | {f"#{number}" for number in numbers_in(text)}


def what_is_new(written: str, known: Sequence[str], language: Language) -> str | None:
    """What of a written question is not in the known texts: `new_name_or_figure`, `new_words`; None when all is."""
    everything = "\n".join(known)
    words = set(_words(everything))
    new = telling_words(written) - telling_words(everything)
    if any(not set(_words(one)) <= words for one in new):
        return "new_name_or_figure"
    terms, held = set(analyse(written, language.value)), set(analyse(everything, language.value))
    return "new_words" if len(terms - held) > max(1, _MOST_NEW * len(terms)) else None


def what_is_lost(written: str, question: str, language: Language) -> str | None:
    """What of the question is gone: `lost_name_or_figure`, `lost_words`, `other_negation`; None for nothing."""
    if lost_names(written, question):
        return "lost_name_or_figure"
    terms = set(analyse(question, language.value))
    if len(terms & set(analyse(written, language.value))) < _LEAST_KEPT * len(terms):
        return "lost_words"
    return "other_negation" if is_negated(written) != is_negated(question) else None


def lost_names(written: str, question: str) -> set[str]:
    """Names, codes and figures of the question that are not in what was written."""
    words = set(_words(written))
    missing = telling_words(question) - telling_words(written)
    return {one for one in missing if not set(_words(one)) <= words}


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))
