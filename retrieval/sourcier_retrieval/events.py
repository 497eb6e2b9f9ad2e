"""What an answer yields while it is made."""

from dataclasses import dataclass

from sourcier_core.domain.answers import Answer, AnswerMode, Claim, Language, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcesFound:
    """The numbered sources, before the first token."""

    answer_id: str
    language: Language
    mode: AnswerMode
    sources: tuple[Source, ...]
    searched_as: str | None = None
    """What was searched for, where that is not the question itself."""
    searched_parts: tuple[str, ...] = ()
    """The parts of the question that were searched for besides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenArrived:
    """The next piece of text, not yet checked."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimChecked:
    """A checked sentence."""

    claim: Claim


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerDone:
    """The whole answer, already recorded."""

    answer: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class PassagesRead:
    """How far a summary has come through its passages, before its sources are known."""

    done: int
    total: int


AnswerEvent = PassagesRead | SourcesFound | TokenArrived | ClaimChecked | AnswerDone
