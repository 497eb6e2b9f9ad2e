"""Real sentences as claims on their own passage: word for word they are supported, with one figure changed never."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_retrieval.sentences import split_units
from sourcier_retrieval.support import find_support

_PASSAGE_LENGTH = 1200
_SHORTEST = 25
_SENTENCES_OF_A_DOCUMENT = 3
_FIGURE = re.compile(r"(?<![\w.,])\d{1,4}(?![\w.,]*\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceResults:
    """How many of `sentences` were supported word for word, and of `changed` ones (a figure is another) not."""

    sentences: int
    supported: int
    changed: int
    caught: int
    missed: tuple[str, ...]
    """The changed sentences that were supported."""


def change_figure(sentence: str, chance: random.Random) -> str | None:
    """The sentence with one of its whole numbers raised by 1, 2, 7 or 10; None where it has none."""
    figures = list(_FIGURE.finditer(sentence))
    if not figures:
        return None
    figure = chance.choice(figures)
    raised = int(figure.group()) + chance.choice([1, 2, 7, 10])
    return f"{sentence[: figure.start()]}{raised}{sentence[figure.end() :]}"


def measure_sentences(documents: Sequence[EvaluationDocument], limit: int, seed: int = 1) -> SentenceResults:
    """Check sentences of up to `limit` documents against the beginning of their document, a passage's length."""
    chance = random.Random(seed)  # noqa: S311 (sampling, not secrecy)
    sentences = supported = changed = caught = 0
    missed: list[str] = []
    for document in chance.sample(list(documents), min(limit, len(documents))):
        text = document.text[:_PASSAGE_LENGTH]
        units = [text[start:end] for start, end in split_units(text) if end - start >= _SHORTEST]
        for sentence in chance.sample(units, min(_SENTENCES_OF_A_DOCUMENT, len(units))):
            sentences += 1
            supported += _is_supported(sentence, text, document.language)
            other = change_figure(sentence, chance)
            if other is None:
                continue
            changed += 1
            if _is_supported(other, text, document.language):
                missed.append(other)
            else:
                caught += 1
    return SentenceResults(
        sentences=sentences, supported=supported, changed=changed, caught=caught, missed=tuple(missed)
    )


def _is_supported(claim: str, text: str, language: str) -> bool:
    return find_support(claim, text, (language,))[1].verdict is Verdict.SUPPORTED


def sentences_line(name: str, found: SentenceResults) -> str:
    """One line of the results, and the changed sentences that passed."""
    line = (
        f"{name}: {found.supported} of {found.sentences} sentences supported word for word, "
        f"{found.caught} of {found.changed} with another figure caught"
    )
    return "\n".join([line, *(f"  passed: {sentence}" for sentence in found.missed)])
