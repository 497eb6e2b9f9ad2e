"""An entailment model without a model: the twin of the real ones, for fast tests."""

from collections.abc import Sequence

from sourcier_core.domain.entailment import Entailment
from sourcier_core.embedding.bm25 import analyse


class WordEntailment:
    """`EntailmentModel` by words that stand for each other, stemmed as French.

    A text entails a sentence when it holds all of its words or their equals, contradicts it when it holds the opposite
    of one, and else leaves it open.
    """

    name = "words"

    def __init__(self, *, equals: Sequence[tuple[str, str]] = (), opposites: Sequence[tuple[str, str]] = ()) -> None:
        self._equals = [(_words(one), _words(other)) for pair in equals for one, other in (pair, pair[::-1])]
        self._opposites = [(_words(one), _words(other)) for pair in opposites for one, other in (pair, pair[::-1])]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """See EntailmentModel."""
        return [self._judge(_words(premise), _words(hypothesis)) for premise, hypothesis in pairs]

    def close(self) -> None:
        """Nothing to release."""

    def _judge(self, premise: frozenset[str], hypothesis: frozenset[str]) -> Entailment:
        if any(one <= premise and other <= hypothesis for one, other in self._opposites):
            return Entailment(entailed=0.0, neutral=0.02, contradicted=0.98)
        held = premise.union(*(other for one, other in self._equals if one <= premise))
        if hypothesis and hypothesis <= held:
            return Entailment(entailed=0.98, neutral=0.02, contradicted=0.0)
        return Entailment(entailed=0.02, neutral=0.96, contradicted=0.02)


def _words(text: str) -> frozenset[str]:
    return frozenset(analyse(text, "fr"))
