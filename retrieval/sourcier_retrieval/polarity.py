"""What turns a sentence's meaning round without changing its words: negation, quantifiers, modality, opposites.

Words of French and English are told apart by the words they stand beside (their scope), after the idea of negation
scopes in W. Chapman et al., "A Simple Algorithm for Identifying Negated Findings and Diseases" (NegEx, 2001).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sourcier_core.embedding.bm25 import analyse, fold

_NEGATION = re.compile(
    r"\b(?:ne|not|no(?!\.?\s*\d)|never|cannot|without|sans|jamais|aucun|aucune|ni|nor|neither|nobody|none|nothing"
    r"|interdi(?:te?s?|re|sent|ctions?)|forbid(?:s|den)?|prohibit(?:s|ed|ions?)?|ban(?:s|ned)?)\b|\bn['’](?=\w)|\w+n['’]t\b"
)
_ONLY = re.compile(r"\b(?:ne\s+|n['’]\s*)(?:(?!pas\b|jamais\b|rien\b)\w+\s+){1,3}(?:que\b|qu['’])")
"""« ne … que » means only."""
_BOUND_WITH_NO = re.compile(r"\b(?:no|not|pas)\s+(?:more|less|fewer|later|plus|moins)\s+(?:than|de|que)\b")
_NEGATION_WORDS = "ne n not no never cannot without san jam jamais aucun ni nor neither pas"
NEGATION_TERMS = frozenset(_NEGATION_WORDS.split())
_STOP = re.compile(r"[.,;:!?()|\n]")
_CORE = 3
_AHEAD = 6
_BEHIND = 3
_SCOPE = 2

_DIMENSIONS: dict[str, dict[str, str]] = {
    "quantifier_differs": {
        "all": r"all|every|each|always|everyone|toute?s?(?!\s+(?:de|a|au)\b)|tous|chaque|chacune?|toujours",
        "some": r"some|several|sometimes|often|usually|most|many|few|certaine?s?|quelques|plusieurs|parfois|souvent"
        r"|la plupart|generalement",
        "only": r"only|solely|exclusively|seule?s?|seulement|uniquement|exclusivement",
    },
    "bound": {
        "least": r"at least|more than|no less than|minimum|au moins|au minimum|plus de|pas moins de",
        "most": r"at most|no more than|not more than|less than|fewer than|up to|maximum|au plus|au maximum|moins de"
        r"|pas plus de|jusqu['’]a",
    },
    "modality_differs": {
        "must": r"must|shall|have to|has to|required to|obliged to|doit|doivent|devra|devront|faut|tenue?s? de",
        "should": r"should|recommended|devrait|devraient|recommandee?s?|conseillee?s?",
        "may": r"may|might|can|could|allowed to|peut|peuvent|pourra|pourront|pourrait|pourraient",
    },
    "opposite_in_source": {
        "before": r"before|prior to|avant",
        "after": r"after|apres",
    },
}
_UNSCOPED: tuple[tuple[str, str], ...] = (
    (r"increase[sd]?|rise[sn]?|rose|augment\w+|hausse", r"decrease[sd]?|reduce[sd]?|fell|falls?|diminu\w+|baiss\w+"),
    (r"gratuite?s?(?:ment)?|free of charge", r"payante?s?|charged for"),
    (r"inclu(?:s|ses?|des?|ded)|comprise?s?|included", r"exclu(?:s|es?|de[sd]?)|excluding"),
    (r"obligatoires?|mandatory|compulsory", r"facultati(?:f|ve)s?|optional|voluntary"),
    (r"minimum|minimale?s?|minima|minimal", r"maximum|maximale?s?|maxima|maximal"),
    (r"accept(?:e[sd]?|ee?s?|ed)", r"refus(?:e[sd]?|ee?s?)|reject(?:s|ed)?"),
)
_PATTERNS = {
    reason: {value: re.compile(rf"\b(?:{words})(?!\w)") for value, words in values.items()}
    for reason, values in _DIMENSIONS.items()
}
_OPPOSITES = tuple((re.compile(rf"\b(?:{one})\b"), re.compile(rf"\b(?:{two})\b")) for one, two in _UNSCOPED)
_NO_QUANTIFIER = re.compile(
    r"\b(?:d['’]apres|ci-apres|ci-avant|du tout|at all|tout a fait|tout de meme|may(?=[\s,]+\d)|(?<=\d )may|can't)\b"
    r"|\b(?:in|of|by|since|until|and|from|to) may\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mark:
    """A word that turns meaning and the terms beside it; `near` are those it may reach, `core` those it does."""

    value: str
    core: frozenset[str]
    near: frozenset[str]


def is_negated(sentence: str) -> bool:
    """Whether a sentence denies or forbids something."""
    return _NEGATION.search(_plain(sentence)) is not None


def negation_differs(claim: str, sentences: Sequence[str], languages: Sequence[str]) -> bool:
    """Whether a claim denies what its evidence says or says what it denies.

    Args:
        claim: the claim.
        sentences: the evidence's sentences, the closest to the claim first; at least one.
        languages: of the claim and the evidence.
    """
    denied = _negations(claim, languages)
    terms = _terms(claim, languages)
    for mark in denied:
        closest = max(sentences, key=lambda sentence: len(mark.near & _terms(sentence, languages)))
        if _escapes(mark, _terms(closest, languages), _negations(closest, languages)):
            return True
    first = _negations(sentences[0], languages)
    if any(_escapes(mark, terms, denied) for mark in first if not mark.core or mark.core & terms):
        return True
    same_words = terms - NEGATION_TERMS == _terms(sentences[0], languages) - NEGATION_TERMS
    return same_words and len(denied) != len(first)


def differing_words(claim: str, sentences: Sequence[str], languages: Sequence[str], *, scoped: bool) -> list[str]:
    """Reasons for which a claim's quantifiers, modality or opposites are not those of its evidence.

    Args:
        claim: the claim.
        sentences: the evidence's sentences, the closest to the claim first; at least one.
        languages: of the claim and the evidence.
        scoped: compare only words that stand beside the same terms (not possible between languages).
    """
    reasons: list[str] = []
    for reason, patterns in _PATTERNS.items():
        said = list(_marks(claim, patterns, languages))
        found = [mark for sentence in sentences for mark in _marks(sentence, patterns, languages)]
        if any(_conflicts(mark, found) for mark in said) if scoped else _is_apart(said, found):
            reasons.append("quantifier_differs" if reason == "bound" else reason)
    closest = _plain(sentences[0])
    for one, two in _OPPOSITES:
        held = [bool(pattern.search(text)) for text in (_plain(claim), closest) for pattern in (one, two)]
        if held in ([True, False, False, True], [False, True, True, False]):
            reasons.append("opposite_in_source")
    return list(dict.fromkeys(reasons))


def _plain(text: str) -> str:
    """Folded, « ne … que » as only, and a bound that holds a negation without it."""
    return _BOUND_WITH_NO.sub(lambda match: match.group().replace(" ", "_"), _ONLY.sub(_only, fold(text)))


def _only(match: re.Match[str]) -> str:
    return re.sub(r"^(?:ne\s+|n['’]\s*)", "", re.sub(r"(?:que|qu['’])$", "seulement ", match.group()))


def _terms(text: str, languages: Sequence[str]) -> frozenset[str]:
    plain = _plain(text).replace("_", " ")
    return frozenset(term for language in languages for term in analyse(plain, language))


def _negations(text: str, languages: Sequence[str]) -> list[_Mark]:
    plain = _plain(text)
    return [_mark("not", plain, match, languages) for match in _NEGATION.finditer(plain)]


def _mark(value: str, plain: str, match: re.Match[str], languages: Sequence[str], core: int = _CORE) -> _Mark:
    end = _STOP.search(plain, match.end())
    after = plain[match.end() : end.start() if end else len(plain)]
    before = _STOP.split(plain[: match.start()])[-1]
    ahead, behind = set[str](), set[str]()
    reached = set[str]()
    for language in languages:
        following = [term for term in analyse(after, language) if term not in NEGATION_TERMS]
        preceding = [term for term in analyse(before, language) if term not in NEGATION_TERMS]
        ahead |= set(following[:_AHEAD])
        behind |= set(preceding[-_BEHIND:])
        reached |= set(following[:core] or preceding[-_SCOPE:])
    return _Mark(value=value, core=frozenset(reached), near=frozenset(ahead | behind))


def _escapes(mark: _Mark, terms: frozenset[str], marks: Sequence[_Mark]) -> bool:
    """Whether the other text holds what `mark` reaches out of reach of its own marks, or has no mark at all."""
    if not marks:
        return True
    return bool((mark.core & terms) - frozenset[str]().union(*(other.near for other in marks)))


def _marks(text: str, patterns: dict[str, re.Pattern[str]], languages: Sequence[str]) -> Iterator[_Mark]:
    plain = _NO_QUANTIFIER.sub(" ", _plain(text).replace("_", " "))
    for value, pattern in patterns.items():
        for match in pattern.finditer(plain):
            yield _mark(value, plain, match, languages, core=_SCOPE)


def _conflicts(mark: _Mark, found: Sequence[_Mark]) -> bool:
    """Whether what the evidence says beside the same terms is another word of the same dimension.

    "Only" has to be said by the evidence too.
    """
    if mark.value == "only":
        return not any(other.value == "only" for other in found)
    beside = [other for other in found if not mark.core or not other.core or mark.core & other.core]
    return bool(beside) and all(other.value != mark.value for other in beside)


def _is_apart(said: Sequence[_Mark], found: Sequence[_Mark]) -> bool:
    """Whether both use words of a dimension but share none: all that can be told between languages."""
    return bool(said and found) and not {mark.value for mark in said} & {mark.value for mark in found}
