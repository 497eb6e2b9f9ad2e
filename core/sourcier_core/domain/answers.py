"""Questions, answers, claims, citations and their verdicts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sourcier_core.domain.documents import Region
from sourcier_core.domain.identifiers import PassageId, VersionId
from sourcier_core.domain.search import PassageHit


class Language(StrEnum):
    """The languages an answer can be given in."""

    FRENCH = "fr"
    ENGLISH = "en"


class Verdict(StrEnum):
    """What the check of a claim or of one citation found."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNKNOWN_SOURCE = "unknown_source"
    UNCHECKED = "unchecked"
    """Nobody looked: the documents' corpus has its claims unchecked."""


class AnswerMode(StrEnum):
    """How the answer was made: `quotes` without a model, `model` with one."""

    QUOTES = "quotes"
    MODEL = "model"


class AnswerState(StrEnum):
    """How the answer ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """The exact words [start, end) of a version's canonical text, cut from the store, never from a model."""

    version_id: VersionId
    start: int
    end: int
    text: str
    page: int
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """A claim's pointer to a passage. An unknown `marker` is kept: it is evidence."""

    marker: str
    source_number: int | None
    passage_id: PassageId | None
    quote: Quote | None
    verdict: Verdict
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Words of another document that say something else than a supported claim."""

    source_number: int
    passage_id: PassageId
    quote: Quote
    reasons: tuple[str, ...]
    """`number_differs`, `date_differs` or `negation_differs`."""
    is_newer: bool
    """Whether the other document is in force since at least a day later than those that support the claim."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One sentence of an answer with its citations and the verdict on it."""

    number: int
    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A numbered passage offered to the answer (numbers start at 1)."""

    number: int
    hit: PassageHit
    quote: Quote
    beside: int | None = None
    """The source right before or after which it stands in its document: it was read for that, and not found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A finished answer. `text` of a refusal is a constant phrase of its language."""

    id: str
    question: str
    language: Language
    mode: AnswerMode
    state: AnswerState
    text: str
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]
    refusal_reason: str | None = None
    """`no_passages`, `evidence_too_weak`, `model_refused` or `no_supported_claim`."""
    answerability: float | None = None
    """Estimated probability in [0, 1] that the passages answer the question."""
    missing_terms: tuple[str, ...] = ()
    """Words of the question that none of the found passages holds: why the evidence was weak."""
    notice: str | None = None
    """What a reader must know of how it was made, as that a summary leaves out the end of a long folder."""
    searched_as: str | None = None
    """What was searched for, where a follow-up was rewritten or got words of earlier questions."""
    searched_parts: tuple[str, ...] = ()
    """Questions searched for besides: the things that the question compares or joins, one each."""
    as_of: datetime | None = None
    """The date that the documents were read at, where one was asked for; None: as they stood when it was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRecord:
    """What is stored for each question, in the same request, before the last event is sent."""

    answer: Answer
    principal_id: str
    scope: dict[str, Any]
    asked_at: datetime
    versions: dict[str, Any] = field(default_factory=dict[str, Any])
    """Embedding and chat model identity, prompt name and hash, decoding parameters, software version."""
    timings_ms: dict[str, float] = field(default_factory=dict[str, float])
    raw_model_output: str | None = None
    error_code: str | None = None
