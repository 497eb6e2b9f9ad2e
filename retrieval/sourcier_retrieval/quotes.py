"""Finds the exact words of a passage that carry an answer or a claim, and cuts them from the stored text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Quote
from sourcier_core.domain.documents import Passage
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.ports import PassageReader
from sourcier_retrieval.sentences import split_units

_MOST_UNITS = 3
_LONGEST_QUOTE = 600
_COST_PER_CHARACTER = 0.0006
"""What a character of a quote costs, in shares of the wanted weight: shorter is better at equal worth."""
_SIMILARITY_WEIGHT = 2.0
_FIGURE_WORTH = 0.15


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The span [start, end) of a passage's own text.

    `coverage` is the share of the wanted weight that its words hold (0 to 1), `similarity` the largest cosine of its
    sentences to the question (0 where none was computed).
    """

    start: int
    end: int
    coverage: float
    similarity: float = 0.0


def term_weights(terms: Sequence[str], passages: Sequence[Passage]) -> dict[str, float]:
    """How telling each term is among these passages: rare ones weigh more (between 0.2 and 1)."""
    texts = [set(analyse(passage.text, passage.language)) for passage in passages]
    total = max(1, len(texts))
    weights: dict[str, float] = {}
    for term in dict.fromkeys(terms):
        holding = sum(term in text for text in texts)
        weights[term] = 0.2 + 0.8 * (1 - holding / (total + 1))
    return weights


def best_span(
    passage: Passage,
    weights: Mapping[str, float],
    *,
    similarities: Sequence[float] = (),
    wants_figure: bool = False,
) -> Span:
    """The run of one to three sentences worth most: words of `weights`, likeness to the question, brevity.

    Args:
        passage: where to look.
        weights: the wanted terms and what each is worth.
        similarities: cosine of each of `split_units(passage.text)` to the question; empty: words decide alone.
        wants_figure: the question asks for a number or a date, so a sentence that has one is worth more.
    """
    units = split_units(passage.text) or [(0, len(passage.text))]
    total = sum(weights.values()) or 1.0
    terms = [set(analyse(passage.text[start:end], passage.language)) & weights.keys() for start, end in units]
    best, best_value = Span(start=units[0][0], end=units[0][1], coverage=0.0), 0.0
    for first in range(len(units)):
        covered: set[str] = set()
        for last in range(first, min(len(units), first + _MOST_UNITS)):
            start, end = units[first][0], units[last][1]
            if end - start > _LONGEST_QUOTE and last > first:
                break
            covered |= terms[last]
            coverage = sum(weights[term] for term in covered) / total
            similarity = max(similarities[first : last + 1], default=0.0)
            value = coverage + _SIMILARITY_WEIGHT * similarity - _COST_PER_CHARACTER * (end - start)
            if wants_figure and any(character.isdigit() for character in passage.text[start:end]):
                value += _FIGURE_WORTH
            if (covered or similarity) and (value > best_value or best_value == 0.0):
                best, best_value = Span(start=start, end=end, coverage=coverage, similarity=similarity), value
    return best


def cut_quote(passage: Passage, start: int, end: int, reader: PassageReader) -> Quote:
    """The quote [start, end) of the passage's text, read from the stored canonical text by its offsets.

    Its regions are the line boxes it touches, whole: where a letter begins inside a line is not known.

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
