"""One question on its way, how it ends as an answer, and its record."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import Answer, AnswerMode, AnswerRecord, AnswerState, Claim, Language, Source, Verdict
from sourcier_core.domain.claim_checks import ClaimCheck, strictest
from sourcier_core.domain.identifiers import CorpusId, DocumentId
from sourcier_core.errors import RecordFailed, SourcierError
from sourcier_core.ports import AnswerRecorder
from sourcier_core.settings import Settings
from sourcier_retrieval.answerability import Answerability
from sourcier_retrieval.evidence import Evidence
from sourcier_retrieval.model_words import PROMPT_REPEATED
from sourcier_retrieval.phrases import (
    REFUSAL_PHRASES,
    conflict_notice,
    is_refusal,
    removal_notice,
    unchecked_notice,
    unproven_mark,
)
from sourcier_retrieval.reranking import RerankingOutcome
from sourcier_retrieval.search import PassageSearch
from sourcier_retrieval.understanding import Understood

ClaimChecks = Callable[[frozenset[CorpusId]], Mapping[CorpusId, ClaimCheck | None]]
"""What each of some corpora says about its claims; None: as the settings say."""

logger = logging.getLogger(__name__)


def no_claim_checks(_: frozenset[CorpusId]) -> Mapping[CorpusId, ClaimCheck | None]:
    """No corpus says anything of its own."""
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerOptions:
    """How answers are made; `versions` is stored with each record."""

    claim_check: ClaimCheck = ClaimCheck.STRICT
    """For corpora that say nothing of their own."""
    refusal_threshold: float = 0.45
    sources: int = 6
    neighbours_of: int = 1
    """Of so many of the best sources a language model also reads what stands right before and after them."""
    context_tokens: int = 8192
    answer_tokens: int = 512
    timeout_s: float = 60.0
    structured: bool = False
    """The model's server writes JSON under the schema of claims (core, chat_models)."""
    versions: Mapping[str, Any] = field(default_factory=dict[str, Any])


def answer_options(settings: Settings, versions: Mapping[str, Any]) -> AnswerOptions:
    """How the settings say that answers are made; `versions` is stored with each record."""
    return AnswerOptions(
        claim_check=settings.claim_check,
        refusal_threshold=settings.refusal_threshold,
        sources=settings.sources_per_answer,
        neighbours_of=settings.neighbours_of,
        context_tokens=settings.chat_context_tokens,
        answer_tokens=settings.chat_max_tokens,
        timeout_s=settings.chat_timeout_s,
        structured=settings.chat_structured and settings.chat_backend != "quotes",
        versions=versions,
    )


@dataclass(kw_only=True, slots=True)
class Course:
    """One question on its way; only the service that answers it changes it."""

    question: str
    searched: str
    """The question as it stands alone: what is searched for and put to the model."""
    parts: tuple[str, ...] = ()
    """Questions that were searched for besides: the things that the question compares or joins."""
    scope: AccessScope
    language: Language
    mode: AnswerMode
    asked_at: datetime
    search: PassageSearch
    is_summary: bool = False
    """Whether it is a summary of what the scope admits, and no question."""
    document: DocumentId | None = None
    """The one document that is summarised."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sources: tuple[Source, ...] = ()
    claims: list[Claim] = field(default_factory=list[Claim])
    evidence: Evidence | None = None
    answerability: Answerability | None = None
    reranking: RerankingOutcome | None = None
    raw: str = ""
    prompt: dict[str, str] | None = None
    understood: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the question was made to stand alone, and parted."""
    claim_check: ClaimCheck = ClaimCheck.STRICT
    notice: str | None = None
    refusal_text: str | None = None
    """What a refusal says where it is not the phrase for questions."""
    recorded: bool = False
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def searched_as(self) -> str | None:
        """What was searched for, where that is not the question itself."""
        return None if self.searched == self.question else self.searched

    def understand(self, found: Understood) -> None:
        """Take over what is to be searched for."""
        self.searched, self.parts, self.understood = found.searched, found.parts, found.evidence
        if found.evidence:
            self.lap("understood")

    def lap(self, name: str) -> None:
        """Note under `name` the milliseconds since the question came."""
        self.timings[name] = round((time.perf_counter() - self.started) * 1000, 1)


class CourseEnds:
    """Turns courses into answers and records them."""

    def __init__(self, recorder: AnswerRecorder, options: AnswerOptions, claim_checks: ClaimChecks) -> None:
        self._recorder = recorder
        self._options = options
        self._claim_checks = claim_checks

    def claim_check(self, sources: Sequence[Source]) -> ClaimCheck:
        """The strictest that the corpora of `sources` ask for."""
        corpora = frozenset(source.hit.document.corpus_id for source in sources)
        own = self._claim_checks(corpora)
        return strictest({own.get(corpus) or self._options.claim_check for corpus in corpora})

    def conclude(self, course: Course, refusal: str | None) -> Answer:
        """The finished answer; a refusal, for the given reason, where there is one or nothing is left to say."""
        kept = [claim for claim in course.claims if _is_kept(claim, course.claim_check)]
        if refusal is None and not kept:
            said_so = not course.claims or any(is_refusal(claim.text) for claim in course.claims)
            refusal = "model_refused" if said_so else "no_supported_claim"
        if refusal is not None:
            return replace(
                self.partial(course, AnswerState.REFUSED),
                text=course.refusal_text or REFUSAL_PHRASES[course.language],
                refusal_reason=refusal,
            )
        joint = "\n" if course.mode is AnswerMode.QUOTES else " "
        text = joint.join(_with_markers(claim, course.language) for claim in kept)
        notices = [course.notice or "", _conflict_notice(course, kept), _notice(course, len(kept))]
        return replace(
            self.partial(course, AnswerState.ANSWERED), text="\n\n".join(part for part in [text, *notices] if part)
        )

    def partial(self, course: Course, state: AnswerState) -> Answer:
        """The answer as far as it has come."""
        return Answer(
            id=course.id,
            question=course.question,
            language=course.language,
            mode=course.mode,
            state=state,
            text=course.raw,
            claims=tuple(course.claims),
            sources=course.sources,
            answerability=None if course.answerability is None else round(course.answerability.score, 4),
            missing_terms=() if course.answerability is None else course.answerability.missing_terms,
            notice=course.notice,
            searched_as=course.searched_as,
            searched_parts=course.parts,
            as_of=course.scope.as_of if course.scope.is_dated else None,
        )

    async def record(self, course: Course, answer: Answer) -> None:
        """Store the answer. Raises RecordFailed."""
        course.lap("total")
        course.recorded = True  # from here on the recording thread ends by itself, even if this task is cancelled
        await asyncio.to_thread(self._recorder.record, self._make_record(course, answer, None))

    @asynccontextmanager
    async def recorded(self, course: Course) -> AsyncGenerator[None, None]:
        """Whatever ends the block before its answer is recorded leaves a record of what there was, and is raised on."""
        try:
            yield
        except (GeneratorExit, asyncio.CancelledError):
            await self._record_partial(course, AnswerState.INTERRUPTED, None)
            raise
        except RecordFailed:
            raise
        except Exception as error:
            code = error.code if isinstance(error, SourcierError) else SourcierError.code
            await self._record_partial(course, AnswerState.FAILED, code)
            raise

    async def _record_partial(self, course: Course, state: AnswerState, error_code: str | None) -> None:
        """Record what there is. The thread finishes even when this task is being cancelled."""
        if course.recorded:
            return
        course.lap("total")
        record = self._make_record(course, self.partial(course, state), error_code)
        recording = asyncio.get_running_loop().run_in_executor(None, self._record_quietly, record)
        await asyncio.shield(recording)

    def _record_quietly(self, record: AnswerRecord) -> None:
        try:
            self._recorder.record(record)
        except RecordFailed:
            logger.exception("an unfinished answer could not be recorded", extra={"answer_id": record.answer.id})

    def _make_record(self, course: Course, answer: Answer, error_code: str | None) -> AnswerRecord:
        scope = course.scope
        evidence = course.answerability
        model = course.search.embedder.identity
        return AnswerRecord(
            answer=answer,
            principal_id=scope.principal_id,
            scope={
                "corpora": sorted(scope.corpora),
                "groups": sorted(scope.groups),
                "is_administrator": scope.is_administrator,
                "as_of": scope.as_of.isoformat(),
                "languages": sorted(scope.only.languages),
                "media_types": sorted(scope.only.media_types),
                "path_prefix": scope.only.path_prefix,
                "document": course.document,
                "is_summary": course.is_summary,
            },
            asked_at=course.asked_at,
            versions={
                **self._options.versions,
                "embedding_model": {"name": model.name, "fingerprint": model.fingerprint},
                "prompt": course.prompt,
                "understood": dict(course.understood),
                "reranking": None if course.reranking is None else asdict(course.reranking),
                "claim_check": course.claim_check.value,
                "refusal_threshold": self._options.refusal_threshold,
                "answerability_features": {} if evidence is None else dict(evidence.features),
            },
            timings_ms=course.timings,
            raw_model_output=course.raw or None,
            error_code=error_code,
        )


def _is_kept(claim: Claim, check: ClaimCheck) -> bool:
    if PROMPT_REPEATED in claim.reasons:
        return False
    return claim.verdict is Verdict.SUPPORTED or (check is not ClaimCheck.STRICT and not is_refusal(claim.text))


def _notice(course: Course, kept: int) -> str:
    if course.claim_check is ClaimCheck.OFF and course.mode is AnswerMode.MODEL:
        unchecked = unchecked_notice(course.language)
        repeated = sum(PROMPT_REPEATED in claim.reasons for claim in course.claims)
        return f"{unchecked} {removal_notice(course.language, repeated)}".rstrip()
    return removal_notice(course.language, len(course.claims) - kept)


def _conflict_notice(course: Course, kept: Sequence[Claim]) -> str:
    pairs = [
        (_markers(claim), conflict.source_number, conflict.is_newer) for claim in kept for conflict in claim.conflicts
    ]
    return conflict_notice(course.language, pairs)


def _markers(claim: Claim) -> str:
    shown = (Verdict.SUPPORTED, Verdict.UNCHECKED)
    numbers = [citation.source_number for citation in claim.citations if citation.verdict in shown]
    return "".join(f"[{number}]" for number in dict.fromkeys(numbers) if number is not None)


def _with_markers(claim: Claim, language: Language) -> str:
    if claim.verdict in (Verdict.SUPPORTED, Verdict.UNCHECKED):
        return f"{claim.text} {_markers(claim)}".rstrip()
    return f"{claim.text} {unproven_mark(language)}"
