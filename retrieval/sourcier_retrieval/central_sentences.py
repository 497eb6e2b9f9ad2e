"""The sentences that say what a text is about: a summary in its own words. Pure and offline."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.embedding.bm25 import analyse

_DAMPING = 0.85
_STEPS = 30
_NOVELTY = 0.3
"""How much likeness to what is chosen already costs, against being central (1 - λ of maximal marginal relevance)."""


def central_sentences(
    sentences: Sequence[str], languages: Sequence[str], count: int, *, documents: Sequence[str] | None = None
) -> list[int]:
    """The numbers of at most `count` sentences that are like many others and unlike each other, best first.

    Continuous LexRank (G. Erkan and D. R. Radev, 2004) over tf-idf cosines, then maximal marginal relevance
    (J. Carbonell and J. Goldstein, 1998). Takes O(n²) memory for n sentences.

    Args:
        sentences: the texts to choose from.
        languages: of each of them, "fr", "en" or "und".
        count: how many at most.
        documents: the document of each; then each document gets its equal share of `count`, at least one sentence.
    """
    most_of_one = count if documents is None else max(1, -(-count // max(1, len(set(documents)))))
    vectors = _vectors([analyse(text, language) for text, language in zip(sentences, languages, strict=True)])
    if not vectors.shape[1]:
        return list(range(min(count, len(sentences))))
    likeness = vectors @ vectors.T
    central = _lexrank(likeness)
    central /= central.max()
    chosen: list[int] = []
    worth = (1 - _NOVELTY) * central
    while len(chosen) < min(count, len(sentences)):
        closest = likeness[:, chosen].max(axis=1) if chosen else np.zeros(len(sentences), dtype=np.float32)
        marginal = worth - _NOVELTY * closest
        marginal[chosen] = -np.inf
        marginal[closest > 0.95] = -np.inf  # said already
        best = int(marginal.argmax())
        if not np.isfinite(marginal[best]):
            break
        chosen.append(best)
        if documents is not None and sum(documents[place] == documents[best] for place in chosen) >= most_of_one:
            worth[[place for place, document in enumerate(documents) if document == documents[best]]] = -np.inf
    return chosen


def _vectors(terms: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """Unit tf-idf vectors, shape (sentences, different terms); a sentence without a term is all zeros."""
    held = Counter(term for sentence in terms for term in set(sentence))
    places = {term: place for place, term in enumerate(sorted(held))}
    vectors = np.zeros((len(terms), len(places)), dtype=np.float32)
    for number, sentence in enumerate(terms):
        for term, times in Counter(sentence).items():
            vectors[number, places[term]] = times * math.log(1 + len(terms) / held[term])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _lexrank(likeness: NDArray[np.float32]) -> NDArray[np.float32]:
    size = len(likeness)
    sums = likeness.sum(axis=1, keepdims=True)
    steps = likeness / np.where(sums > 0, sums, 1)
    ranks = np.full(size, 1 / size, dtype=np.float32)
    for _ in range(_STEPS):
        ranks = (1 - _DAMPING) / size + _DAMPING * (ranks @ steps)
    return ranks.astype(np.float32)
