"""Weighs the found passages against the question: which words, which sentences, which figures and names they hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Language
from sourcier_core.domain.identifiers import PassageId
from sourcier_core.domain.search import DenseVector, PassageHit
from sourcier_core.embedding.bm25 import analyse, fold
from sourcier_core.ports import Embedder
from sourcier_retrieval.fusion import OTHER_LANGUAGE_LIFT
from sourcier_retrieval.quotes import Span, best_span, term_weights
from sourcier_retrieval.sentences import split_units

_READ_CLOSELY = 4
"""Passages whose sentences are embedded one by one (tens of milliseconds in all)."""
_MOST_SENTENCES = 16
_WANTS_FIGURE = re.compile(
    r"\b(?:combien|quand|duree|delai|montant|plafond|seuil|taux|prix|cout|tarif|bareme|heures?|age|"
    r"quel(?:le)? (?:annee|date|jour|pourcentage|nombre)|numero|"
    r"how (?:many|much|long|often|far|old|soon|late)|when|what (?:time|year|date|percentage|number|rate|price|amount)|"
    r"deadline|cost|price|limit|allowance|notice period|rate|amount)\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What the hits hold of the question.

    `weights` are the question's terms by how telling they are; `terms` what each hit's text, headings and title hold;
    `spans` the best span of each hit.
    """

    question: str
    language: Language
    weights: Mapping[str, float]
    terms: Mapping[PassageId, frozenset[str]]
    spans: Mapping[PassageId, Span]
    similarities: Mapping[PassageId, Sequence[float]]
    """Cosines of the sentences of the passages read closely."""
    wants_figure: bool
    words: Mapping[str, str]
    """The question's own word for each term."""

    def crosses_language(self, hits: Sequence[PassageHit]) -> bool:
        """Whether the passage nearest in meaning is in another language, so that shared words say nothing."""
        if not hits:
            return False
        nearest = max(hits, key=lambda hit: self.spans[hit.passage.id].similarity)
        return _is_foreign(nearest, self.language)

    def coverage(self, passage: PassageId) -> float:
        """The share of the question's weight that a hit holds."""
        held = self.terms[passage]
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in held) / total if total else 0.0


def wants_figure(question: str) -> bool:
    """Whether the question asks for a number, a date, a price or a time."""
    return _WANTS_FIGURE.search(fold(question)) is not None


def place_and_text(hit: PassageHit) -> str:
    """A hit's title, headings and text as one string."""
    return " ".join((hit.document.title, *hit.passage.heading_path, hit.passage.text))


def weigh_evidence(
    question: str,
    language: Language,
    hits: Sequence[PassageHit],
    embedder: Embedder,
    *,
    known: Mapping[PassageId, Sequence[float]] | None = None,
) -> Evidence:
    """Weigh `hits` (best first) against the question; the sentences of the first few are compared by meaning too.

    `known` are similarities of passages that were read closely for the same question; they are not read again.
    """
    weights = term_weights(analyse(question, language.value), [hit.passage for hit in hits])
    figure = wants_figure(question)
    vector = embedder.embed_query(question)
    spans: dict[PassageId, Span] = {}
    similarities = dict(known or {})
    for hit in hits[:_READ_CLOSELY]:
        if hit.passage.id not in similarities:
            similarities[hit.passage.id] = _similarities(hit, vector, embedder, language)
    for hit in hits:
        near = similarities.get(hit.passage.id, ())
        spans[hit.passage.id] = best_span(hit.passage, weights, similarities=near, wants_figure=figure)
    return Evidence(
        question=question,
        language=language,
        weights=weights,
        terms={hit.passage.id: _terms(hit, language) for hit in hits},
        spans=spans,
        similarities=similarities,
        wants_figure=figure,
        words=_words_of_terms(question, language),
    )


def _terms(hit: PassageHit, language: Language) -> frozenset[str]:
    """The hit's terms, stemmed as its own language and as the question's: names are the same in both."""
    text = place_and_text(hit)
    return frozenset(analyse(text, hit.passage.language)) | frozenset(analyse(text, language.value))


def _words_of_terms(question: str, language: Language) -> dict[str, str]:
    words: dict[str, str] = {}
    for word in re.findall(r"\w[\w-]*", question):
        for term in analyse(word, language.value):
            words.setdefault(term, word)
    return words


def _is_foreign(hit: PassageHit, language: Language) -> bool:
    return hit.passage.language in set(Language) and hit.passage.language != language.value


def _similarities(hit: PassageHit, question: DenseVector, embedder: Embedder, language: Language) -> list[float]:
    """Cosine of each unit of a passage to the question; units past the first few count as unlike."""
    units = split_units(hit.passage.text)
    texts = [hit.passage.text[start:end] for start, end in units[:_MOST_SENTENCES]]
    if not texts:
        return []
    near = (embedder.embed_passages(texts) @ question + OTHER_LANGUAGE_LIFT * _is_foreign(hit, language)).tolist()
    return [*near, *[0.0] * (len(units) - len(texts))]
