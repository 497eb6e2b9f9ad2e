"""From a question to a recorded answer: search, decide, quote or ask the model, check every claim, record."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from langchain_core.language_models import BaseChatModel

from sourcier_core.access import AccessScope
from sourcier_core.chat_models.tokens import TokenCounter, estimate_tokens
from sourcier_core.domain.answers import (
    AnswerMode,
    Language,
    Quote,
    Source,
)
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.search import PassageHit
from sourcier_core.ports import AnswerRecorder, PassageReader
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.courses import AnswerOptions, ClaimChecks, Course, CourseEnds, no_claim_checks
from sourcier_retrieval.entailing import EntailmentJudge
from sourcier_retrieval.events import AnswerDone, AnswerEvent, ClaimChecked, SourcesFound, TokenArrived
from sourcier_retrieval.finding import find_passages
from sourcier_retrieval.language import detect_language
from sourcier_retrieval.model_claims import compared, stream_claims
from sourcier_retrieval.prompting import make_prompt
from sourcier_retrieval.quote_answers import newest_first, quote_claims
from sourcier_retrieval.quotes import Span, best_span, cut_quote
from sourcier_retrieval.search import PassageSearch
from sourcier_retrieval.understanding import QuestionReader

logger = logging.getLogger(__name__)


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
        claim_checks: ClaimChecks = no_claim_checks,
        judge: EntailmentJudge | None = None,
        questions: QuestionReader | None = None,
    ) -> None:
        self._search = search
        self._reader = reader
        self._ends = CourseEnds(recorder, options, claim_checks)
        self._chat_model = chat_model
        self._options = options
        self._count_tokens = count_tokens
        self._judge = judge
        self._questions = questions or QuestionReader()

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
        course = Course(
            question=question,
            searched=question,
            scope=scope,
            language=spoken,
            mode=AnswerMode.QUOTES if self._chat_model is None else AnswerMode.MODEL,
            asked_at=datetime.now(UTC),
            search=self._search.pinned(),
        )
        async with self._ends.recorded(course):
            course.understand(await self._questions.understand(question, earlier, spoken))
            await asyncio.to_thread(self._find_sources, course)
            yield SourcesFound(
                answer_id=course.id,
                language=course.language,
                mode=course.mode,
                sources=course.sources,
                searched_as=course.searched_as,
                searched_parts=course.parts,
            )
            refusal = self._refusal_before_answering(course)
            if refusal is None:
                async with aclosing(self._claims(course)) as events:
                    async for event in events:
                        yield event
            answer = self._ends.conclude(course, refusal)
            await self._ends.record(course, answer)
            yield AnswerDone(answer=answer)

    def _find_sources(self, course: Course) -> None:
        found = find_passages(
            course.search,
            course.searched,
            course.parts,
            scope=course.scope,
            language=course.language,
            limit=max(10, self._options.sources),
            shown=self._options.sources,
            lap=course.lap,
        )
        course.evidence, course.answerability = found.evidence, found.answerability
        course.reranking = found.reranking
        course.sources = tuple(
            Source(number=number, hit=hit, quote=self._source_quote(hit, found.spans[hit.passage.id]))
            for number, hit in enumerate(found.hits[: self._options.sources], start=1)
        )
        if self._chat_model is not None and self._refusal_before_answering(course) is None:
            course.sources += self._neighbours(course)
        course.claim_check = self._ends.claim_check(course.sources)
        course.lap("sources")

    def _neighbours(self, course: Course) -> tuple[Source, ...]:
        """What stands right before and after the best sources, each text once (docs/decisions/0016)."""
        weights = course.evidence.weights if course.evidence is not None else {}
        known = {source.hit.passage.text for source in course.sources}
        best = course.sources[: self._options.neighbours_of]
        around = self._reader.read_beside([source.hit.passage for source in best], course.scope)
        found: list[Source] = []
        for source in best:
            for passage, document in around.get(source.hit.passage.id, ()):
                if passage.text in known:
                    continue
                known.add(passage.text)
                hit = PassageHit(passage=passage, document=document, score=0.0)
                quote = self._source_quote(hit, best_span(passage, weights))
                number = len(course.sources) + len(found) + 1
                found.append(Source(number=number, hit=hit, quote=quote, beside=source.number))
        return tuple(found)

    def _source_quote(self, hit: PassageHit, span: Span) -> Quote:
        return cut_quote(hit.passage, span.start, span.end, self._reader)

    def _refusal_before_answering(self, course: Course) -> str | None:
        if not course.sources or course.answerability is None:
            return "no_passages"
        return "evidence_too_weak" if course.answerability.score < self._options.refusal_threshold else None

    async def _claims(self, course: Course) -> AsyncGenerator[AnswerEvent, None]:
        if self._chat_model is None:
            quoted = quote_claims(course.sources, course.evidence) if course.evidence is not None else []
            for claim in newest_first([compared(claim, course, self._reader) for claim in quoted]):
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
            kind="answer_json" if self._options.structured else "answer",
        )
        course.prompt = {"name": prompt.template.name, "sha256": prompt.template.sha256}
        checker = CitationChecker(
            course.sources[: prompt.passages_used],
            language=course.language,
            reader=self._reader,
            embedder=course.search.embedder,
            is_off=course.claim_check is ClaimCheck.OFF,
            judge=self._judge,
        )
        async with aclosing(
            stream_claims(
                self._chat_model,
                prompt,
                checker,
                course,
                passages=self._reader,
                options=self._options,
            )
        ) as events:
            async for event in events:
                yield event
