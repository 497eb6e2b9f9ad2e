"""From a question to a recorded answer: search, decide, quote or ask the model, check every claim, record."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from langchain_core.language_models import BaseChatModel

from sourcier_core.access import AccessScope
from sourcier_core.chat_models.streaming import stream_text
from sourcier_core.chat_models.tokens import TokenCounter, estimate_tokens
from sourcier_core.domain.answers import (
    Answer,
    AnswerMode,
    AnswerRecord,
    AnswerState,
    Claim,
    Language,
    Quote,
    Source,
    Verdict,
)
from sourcier_core.domain.claim_checks import ClaimCheck, strictest
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.search import PassageHit
from sourcier_core.errors import RecordFailed, SourcierError
from sourcier_core.ports import AnswerRecorder, PassageReader
from sourcier_retrieval.answerability import Answerability, estimate
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.claims import ClaimSplitter, RawClaim
from sourcier_retrieval.conflicts import find_conflicts
from sourcier_retrieval.events import AnswerDone, AnswerEvent, ClaimChecked, SourcesFound, TokenArrived
from sourcier_retrieval.evidence import Evidence, weigh_evidence
from sourcier_retrieval.follow_up import standalone_question
from sourcier_retrieval.language import detect_language
from sourcier_retrieval.prompting import make_prompt
from sourcier_retrieval.quote_answers import newest_first, quote_claims
from sourcier_retrieval.quotes import cut_quote
from sourcier_retrieval.refusal import (
    REFUSAL_PHRASES,
    conflict_notice,
    is_refusal,
    removal_notice,
    unchecked_notice,
    unproven_mark,
)
from sourcier_retrieval.search import PassageSearch

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerOptions:
    """How answers are made; `versions` is stored with each record."""

    claim_check: ClaimCheck = ClaimCheck.STRICT
    """For corpora that say nothing of their own."""
    refusal_threshold: float = 0.45
    sources: int = 6
    context_tokens: int = 8192
    answer_tokens: int = 512
    timeout_s: float = 60.0
    versions: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(kw_only=True, slots=True)
class _Course:
    """One question on its way; only `AnswerService.answer` changes it."""

    question: str
    searched: str
    """The question as it stands alone: what is searched for and put to the model."""
    scope: AccessScope
    language: Language
    mode: AnswerMode
    asked_at: datetime
    search: PassageSearch
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sources: tuple[Source, ...] = ()
    claims: list[Claim] = field(default_factory=list[Claim])
    evidence: Evidence | None = None
    answerability: Answerability | None = None
    raw: str = ""
    prompt: dict[str, str] | None = None
    claim_check: ClaimCheck = ClaimCheck.STRICT
    recorded: bool = False
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, float] = field(default_factory=dict[str, float])

    def lap(self, name: str) -> None:
        self.timings[name] = round((time.perf_counter() - self.started) * 1000, 1)


class AnswerService:
    """Answers questions. `chat_model` None is the quotes mode: exact quotes, no model."""

    def __init__(
        self,
        *,
        search: PassageSearch,
        reader: PassageReader,
        recorder: AnswerRecorder,
        chat_model: BaseChatModel | None,
        options: AnswerOptions,
        count_tokens: TokenCounter = estimate_tokens,
        claim_checks: Callable[[frozenset[CorpusId]], Mapping[CorpusId, ClaimCheck | None]] = lambda _: {},
    ) -> None:
        self._search = search
        self._reader = reader
        self._recorder = recorder
        self._chat_model = chat_model
        self._options = options
        self._count_tokens = count_tokens
        self._claim_checks = claim_checks

    async def answer(
        self,
        question: str,
        *,
        scope: AccessScope,
        language: Language | None = None,
        earlier: Sequence[str] = (),
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield sources, tokens, checked claims and, once it is recorded, the answer.

        `earlier` are the questions this one may follow, oldest first; their words name the topic where it does not.
        A caller that stops early, and a model that fails, leave a record of what there was.

        Raises:
            TypeError: `scope` is not an AccessScope.
            ChatModelError: the model cannot be reached, is too slow, or went away.
            RecordFailed: the answer could not be recorded; it is not given.
        """
        if not isinstance(scope, AccessScope):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("a question needs an AccessScope")
        spoken = language or detect_language(question)
        course = _Course(
            question=question,
            searched=standalone_question(question, earlier, spoken),
            scope=scope,
            language=spoken,
            mode=AnswerMode.QUOTES if self._chat_model is None else AnswerMode.MODEL,
            asked_at=datetime.now(UTC),
            search=self._search.pinned(),
        )
        try:
            await asyncio.to_thread(self._find_sources, course)
            yield SourcesFound(answer_id=course.id, language=course.language, mode=course.mode, sources=course.sources)
            refusal = self._refusal_before_answering(course)
            if refusal is None:
                async with aclosing(self._claims(course)) as events:
                    async for event in events:
                        yield event
            answer = self._conclude(course, refusal)
            await self._record(course, answer)
            yield AnswerDone(answer=answer)
        except (GeneratorExit, asyncio.CancelledError):
            await self._record_partial(course, AnswerState.INTERRUPTED, None)
            raise
        except RecordFailed:
            raise
        except Exception as error:  # whatever fails, the question was asked: it is recorded, then raised on
            code = error.code if isinstance(error, SourcierError) else SourcierError.code
            await self._record_partial(course, AnswerState.FAILED, code)
            raise

    def _find_sources(self, course: _Course) -> None:
        found = course.search.find(course.searched, scope=course.scope, limit=max(10, self._options.sources))
        hits = found.hits
        course.lap("search")
        course.evidence = weigh_evidence(course.searched, course.language, hits, course.search.embedder)
        course.answerability = estimate(found, course.evidence)
        shown = hits[: self._options.sources]
        course.sources = tuple(
            Source(number=number, hit=hit, quote=self._source_quote(hit, course.evidence))
            for number, hit in enumerate(shown, start=1)
        )
        course.claim_check = self._claim_check(course.sources)
        course.lap("sources")

    def _claim_check(self, sources: Sequence[Source]) -> ClaimCheck:
        """The strictest that the corpora of `sources` ask for."""
        corpora = frozenset(source.hit.document.corpus_id for source in sources)
        own = self._claim_checks(corpora)
        return strictest({own.get(corpus) or self._options.claim_check for corpus in corpora})

    def _source_quote(self, hit: PassageHit, evidence: Evidence) -> Quote:
        span = evidence.spans[hit.passage.id]
        return cut_quote(hit.passage, span.start, span.end, self._reader)

    def _refusal_before_answering(self, course: _Course) -> str | None:
        if not course.sources or course.answerability is None:
            return "no_passages"
        return "evidence_too_weak" if course.answerability.score < self._options.refusal_threshold else None

    async def _claims(self, course: _Course) -> AsyncGenerator[AnswerEvent, None]:
        if self._chat_model is None:
            quoted = quote_claims(course.sources, course.evidence) if course.evidence is not None else []
            for claim in newest_first([self._compared(course, claim) for claim in quoted]):
                course.claims.append(claim)
                yield TokenArrived(text=claim.text + "\n")
                yield ClaimChecked(claim=claim)
            return
        prompt = await asyncio.to_thread(
            make_prompt,
            course.searched,
            [source.hit for source in course.sources],
            course.language,
            budget=self._options.context_tokens - self._options.answer_tokens,
            count=self._count_tokens,
        )
        course.prompt = {"name": prompt.template.name, "sha256": prompt.template.sha256}
        checker = CitationChecker(
            course.sources[: prompt.passages_used],
            language=course.language,
            reader=self._reader,
            embedder=course.search.embedder,
            is_off=course.claim_check is ClaimCheck.OFF,
        )
        splitter = ClaimSplitter()
        async with aclosing(
            stream_text(self._chat_model, prompt.messages, timeout_s=self._options.timeout_s)
        ) as pieces:
            async for piece in pieces:
                if not course.raw:
                    course.lap("first_token")
                course.raw += piece
                yield TokenArrived(text=piece)
                for raw in splitter.feed(piece):
                    yield await self._checked(course, raw, checker)
        for raw in splitter.finish():
            if not is_refusal(course.raw):
                yield await self._checked(course, raw, checker)

    async def _checked(self, course: _Course, raw: RawClaim, checker: CitationChecker) -> ClaimChecked:
        claim = await asyncio.to_thread(lambda: self._compared(course, checker.check(raw, len(course.claims) + 1)))
        course.claims.append(claim)
        return ClaimChecked(claim=claim)

    def _compared(self, course: _Course, claim: Claim) -> Claim:
        return replace(claim, conflicts=find_conflicts(claim, course.sources, reader=self._reader))

    def _conclude(self, course: _Course, refusal: str | None) -> Answer:
        kept = [claim for claim in course.claims if _is_kept(claim, course.claim_check)]
        if refusal is None and not kept:
            said_so = not course.claims or any(is_refusal(claim.text) for claim in course.claims)
            refusal = "model_refused" if said_so else "no_supported_claim"
        if refusal is not None:
            return replace(
                self._partial(course, AnswerState.REFUSED),
                text=REFUSAL_PHRASES[course.language],
                refusal_reason=refusal,
            )
        joint = "\n" if course.mode is AnswerMode.QUOTES else " "
        text = joint.join(_with_markers(claim, course.language) for claim in kept)
        notices = [_conflict_notice(course, kept), _notice(course, len(kept))]
        return replace(
            self._partial(course, AnswerState.ANSWERED), text="\n\n".join(part for part in [text, *notices] if part)
        )

    def _partial(self, course: _Course, state: AnswerState) -> Answer:
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
            searched_as=None if course.searched == course.question else course.searched,
        )

    async def _record(self, course: _Course, answer: Answer) -> None:
        course.lap("total")
        course.recorded = True  # from here on the recording thread ends by itself, even if this task is cancelled
        await asyncio.to_thread(self._recorder.record, self._make_record(course, answer, None))

    async def _record_partial(self, course: _Course, state: AnswerState, error_code: str | None) -> None:
        """Record what there is. The thread finishes even when this task is being cancelled."""
        if course.recorded:
            return
        course.lap("total")
        record = self._make_record(course, self._partial(course, state), error_code)
        recording = asyncio.get_running_loop().run_in_executor(None, self._record_quietly, record)
        await asyncio.shield(recording)

    def _record_quietly(self, record: AnswerRecord) -> None:
        try:
            self._recorder.record(record)
        except RecordFailed:
            logger.exception("an unfinished answer could not be recorded", extra={"answer_id": record.answer.id})

    def _make_record(self, course: _Course, answer: Answer, error_code: str | None) -> AnswerRecord:
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
            },
            asked_at=course.asked_at,
            versions={
                **self._options.versions,
                "embedding_model": {"name": model.name, "fingerprint": model.fingerprint},
                "prompt": course.prompt,
                "claim_check": course.claim_check.value,
                "refusal_threshold": self._options.refusal_threshold,
                "answerability_features": {} if evidence is None else dict(evidence.features),
            },
            timings_ms=course.timings,
            raw_model_output=course.raw or None,
            error_code=error_code,
        )


def _is_kept(claim: Claim, check: ClaimCheck) -> bool:
    return claim.verdict is Verdict.SUPPORTED or (check is not ClaimCheck.STRICT and not is_refusal(claim.text))


def _notice(course: _Course, kept: int) -> str:
    if course.claim_check is ClaimCheck.OFF and course.mode is AnswerMode.MODEL:
        return unchecked_notice(course.language)
    return removal_notice(course.language, len(course.claims) - kept)


def _conflict_notice(course: _Course, kept: Sequence[Claim]) -> str:
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
