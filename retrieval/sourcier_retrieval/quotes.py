"""Finds the exact words of a passage that carry an answer or a claim, and cuts them from the stored text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Quote
from sourcier_core.domain.documents import Passage
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.ports import PassageReader
from sourcier_retrieval.sentences import split_sentences

_MOST_SENTENCES = 3
_LONGEST_QUOTE = 600
_SHORTEST_QUOTE = 40
_LENGTH_COST = 0.0006
"""What a character of a quote costs, in shares of the question's weight: shorter is better at equal coverage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The span [start, end) of a passage's own text, with the share of the wanted weight it covers (0 to 1)."""

    start: int
    end: int
    coverage: float


def term_weights(terms: Sequence[str], passages: Sequence[Passage]) -> dict[str, float]:
    """How telling each term is among these passages: rare ones weigh more (between 0.2 and 1)."""
    texts = [set(analyse(passage.text, passage.language)) for passage in passages]
    total = max(1, len(texts))
    weights: dict[str, float] = {}
    for term in dict.fromkeys(terms):
        holding = sum(term in text for text in texts)
        weights[term] = 0.2 + 0.8 * (1 - holding / (total + 1))
    return weights


def best_span(passage: Passage, weights: Mapping[str, float]) -> Span:
    """The run of one to three sentences that covers most of `weights`; the passage's beginning when none does."""
    sentences = split_sentences(passage.text)
    total = sum(weights.values()) or 1.0
    terms = [set(analyse(passage.text[start:end], passage.language)) for start, end in sentences]
    best, best_value = Span(start=sentences[0][0], end=sentences[0][1], coverage=0.0), 0.0
    for first in range(len(sentences)):
        covered: set[str] = set()
        for last in range(first, min(len(sentences), first + _MOST_SENTENCES)):
            covered |= terms[last] & weights.keys()
            start, end = sentences[first][0], sentences[last][1]
            if end - start > _LONGEST_QUOTE and last > first:
                break
            coverage = sum(weights[term] for term in covered) / total
            value = coverage - _LENGTH_COST * max(0, end - start - _SHORTEST_QUOTE)
            if covered and end - start < _SHORTEST_QUOTE and last + 1 < len(sentences):
                value -= 0.15
            if covered and (value > best_value or best.coverage == 0.0):
                best, best_value = Span(start=start, end=end, coverage=coverage), value
    return best


def cut_quote(passage: Passage, start: int, end: int, reader: PassageReader) -> Quote:
    """The quote [start, end) of the passage's text, read from the stored canonical text by its offsets.

    Raises:
        NotFound: the version's text is gone.
    """
    first, last = passage.start + start, passage.start + end
    regions = tuple(region for region in passage.regions if region.end > first and region.start < last)
    return Quote(
        version_id=passage.version_id,
        start=first,
        end=last,
        text=reader.read_text(passage.version_id, first, last),
        page=regions[0].page if regions else passage.first_page,
        regions=regions,
    )
