"""Summaries of one document or a folder, each sentence with its citation: exact sentences, or a model's, checked."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from langchain_core.language_models import BaseChatModel

from sourcier_core.access import AccessScope
from sourcier_core.chat_models.tokens import TokenCounter, estimate_tokens
from sourcier_core.display import on_one_line
from sourcier_core.domain.answers import AnswerMode, Citation, Claim, Language, Source, Verdict
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.documents import Passage
from sourcier_core.domain.identifiers import DocumentId
from sourcier_core.domain.search import DocumentReference, PassageHit
from sourcier_core.ports import AnswerRecorder, PassageReader
from sourcier_retrieval.central_sentences import central_sentences
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.courses import AnswerOptions, ClaimChecks, Course, CourseEnds, no_claim_checks
from sourcier_retrieval.entailing import EntailmentJudge
from sourcier_retrieval.events import AnswerDone, AnswerEvent, ClaimChecked, PassagesRead, SourcesFound, TokenArrived
from sourcier_retrieval.model_claims import stream_claims
from sourcier_retrieval.phrases import incomplete_summary_notice, partial_summary_notice, refused_summary, summary_title
from sourcier_retrieval.prompting import Prompt, make_prompt
from sourcier_retrieval.quotes import cut_quote
from sourcier_retrieval.search import PassageSearch
from sourcier_retrieval.sentences import split_units

MOST_PASSAGES = 400
"""How many passages one summary reads; of what is longer it says so."""
MOST_SENTENCES = 8
_MOST_ROUNDS = 5
_MOST_UNITS = 1500
"""Of more sentences every second, third… is looked at: their likeness takes memory that grows with the square."""
_SHORTEST = 40
_LONGEST = 500
"""Characters of a sentence that is quoted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """A passage and as much of it as is put to the model."""

    source: Source
    text: str

    @property
    def hit(self) -> PassageHit:
        """What the prompt shows."""
        return replace(self.source.hit, passage=replace(self.source.hit.passage, text=self.text))


class SummaryService:
    """Summarises what a scope may read. `chat_model` None: the most central sentences, word for word."""

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
    ) -> None:
        self._search = search
        self._reader = reader
        self._ends = CourseEnds(recorder, options, claim_checks)
        self._chat_model = chat_model
        self._options = options
        self._count_tokens = count_tokens
        self._judge = judge

    async def summarise(
        self, *, scope: AccessScope, name: str, document: DocumentId | None = None, language: Language | None = None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield progress, sources, tokens, checked claims and, once it is recorded, the summary as an answer.

        Args:
            scope: what may be read, and at which date; its path prefix narrows it to a folder.
            name: what people call what is summarised; it stands in the answer's question.
            document: the one document to summarise; None: all that the scope admits.
            language: to write in; None: the language of most passages.

        Raises:
            ChatModelError: the model cannot be reached, is too slow, or went away.
            RecordFailed: the summary could not be recorded; it is not given.
        """
        found = await asyncio.to_thread(self._reader.read_in_order, scope, document=document, at_most=MOST_PASSAGES + 1)
        course = self._begin(scope, name, language, found)
        course.document = document
        async with self._ends.recorded(course):
            async with aclosing(self._write(course, found[:MOST_PASSAGES])) as events:
                async for event in events:
                    yield event
            reason = None if course.claims else "no_supported_claim" if found else "no_passages"
            answer = self._ends.conclude(course, reason)
            await self._ends.record(course, answer)
            yield AnswerDone(answer=answer)

    def _begin(
        self,
        scope: AccessScope,
        name: str,
        language: Language | None,
        found: Sequence[tuple[Passage, DocumentReference]],
    ) -> Course:
        english = sum(passage.language == Language.ENGLISH for passage, _ in found)
        spoken = language or (Language.ENGLISH if english * 2 > len(found) else Language.FRENCH)
        title = summary_title(spoken, on_one_line(name))
        return Course(
            question=title,
            searched=title,
            scope=scope,
            is_summary=True,
            language=spoken,
            mode=AnswerMode.QUOTES if self._chat_model is None else AnswerMode.MODEL,
            asked_at=datetime.now(UTC),
            search=self._search.pinned(),
            refusal_text=refused_summary(spoken) if found else None,
            notice=partial_summary_notice(spoken, MOST_PASSAGES) if len(found) > MOST_PASSAGES else None,
        )

    async def _write(
        self, course: Course, found: Sequence[tuple[Passage, DocumentReference]]
    ) -> AsyncGenerator[AnswerEvent, None]:
        sources = await asyncio.to_thread(self._sources, found)
        course.lap("read")
        if self._chat_model is None or not sources:
            claims = await asyncio.to_thread(self._quotes, course, sources)
            yield self._found(course)
            for claim in claims:
                course.claims.append(claim)
                yield TokenArrived(text=claim.text + "\n")
                yield ClaimChecked(claim=claim)
            return
        readings = [_Reading(source=source, text=source.hit.passage.text) for source in sources]
        for _ in range(_MOST_ROUNDS):
            prompt = self._prompt(course, readings)
            if prompt.passages_used == len(readings):
                break
            kept: list[_Reading] = []
            done = 0
            while done < len(readings):
                yield PassagesRead(done=done, total=len(readings))
                batch = readings[done:]
                prompt = self._prompt(course, batch)
                batch = batch[: prompt.passages_used]
                kept += await self._condense(course, prompt, batch)
                done += len(batch)
            yield PassagesRead(done=done, total=len(readings))
            readings = kept
            if not readings:
                return
        prompt = self._prompt(course, readings)
        if prompt.passages_used < len(readings) or prompt.has_cut:
            course.notice = course.notice or incomplete_summary_notice(course.language)
        readings = readings[: prompt.passages_used]
        course.sources = _numbered(reading.source for reading in readings)
        course.claim_check = await asyncio.to_thread(self._ends.claim_check, course.sources)
        yield self._found(course)
        async with aclosing(self._claims(course, prompt)) as events:
            async for event in events:
                yield event

    def _found(self, course: Course) -> SourcesFound:
        return SourcesFound(answer_id=course.id, language=course.language, mode=course.mode, sources=course.sources)

    def _sources(self, found: Sequence[tuple[Passage, DocumentReference]]) -> list[Source]:
        sources: list[Source] = []
        for passage, document in found:
            start, end = next(iter(split_units(passage.text)), (0, len(passage.text)))
            hit = PassageHit(passage=passage, document=document, score=0.0)
            quote = cut_quote(passage, start, end, self._reader)
            sources.append(Source(number=len(sources) + 1, hit=hit, quote=quote))
        return sources

    def _quotes(self, course: Course, sources: Sequence[Source]) -> list[Claim]:
        """The most central sentences in the order they are read, each a quote; the course gets their sources."""
        units = [
            (source, start, end)
            for source in sources
            for start, end in split_units(source.hit.passage.text)
            if _SHORTEST <= end - start <= _LONGEST
        ]
        units = [unit for unit in units if _is_prose(unit[0].hit.passage.text[unit[1] : unit[2]])] or units
        units = units[:: -(-len(units) // _MOST_UNITS) or 1]
        texts = [source.hit.passage.text[start:end] for source, start, end in units]
        languages = [source.hit.passage.language for source, _, _ in units]
        documents = [source.hit.document.document_id for source, _, _ in units]
        places = central_sentences(texts, languages, MOST_SENTENCES, documents=documents)
        chosen = [units[place] for place in sorted(places)]
        numbers = {number: place for place, number in enumerate(dict.fromkeys(unit[0].number for unit in chosen), 1)}
        claims: list[Claim] = []
        cited: dict[int, Source] = {}
        for source, start, end in chosen:
            quote = cut_quote(source.hit.passage, start, end, self._reader)
            number = numbers[source.number]
            cited.setdefault(number, replace(source, number=number, quote=quote))
            claims.append(
                Claim(
                    number=len(claims) + 1,
                    text=quote.text,
                    citations=(
                        Citation(
                            marker=str(number),
                            source_number=number,
                            passage_id=source.hit.passage.id,
                            quote=quote,
                            verdict=Verdict.SUPPORTED,
                            reasons=("exact_quote",),
                        ),
                    ),
                    verdict=Verdict.SUPPORTED,
                )
            )
        course.sources = tuple(cited.values())
        course.claim_check = self._ends.claim_check(course.sources)
        return claims

    def _prompt(self, course: Course, readings: Sequence[_Reading]) -> Prompt:
        prompt = make_prompt(
            course.question,
            [reading.hit for reading in readings],
            course.language,
            budget=self._options.context_tokens - self._options.answer_tokens,
            count=self._count_tokens,
            kind="summary_json" if self._options.structured else "summary",
            sentences=MOST_SENTENCES,
        )
        course.prompt = {"name": prompt.template.name, "sha256": prompt.template.sha256}
        return prompt

    async def _condense(self, course: Course, prompt: Prompt, batch: Sequence[_Reading]) -> list[_Reading]:
        """The passages of a batch that its summary cites, cut down to the sentences that support it."""
        part = replace(course, sources=_numbered(reading.source for reading in batch), claims=[])
        if prompt.has_cut:
            course.notice = course.notice or incomplete_summary_notice(course.language)
        part.claim_check = ClaimCheck.STRICT  # only what is proven goes on
        try:
            async with aclosing(self._claims(part, prompt)) as events:
                async for _ in events:
                    pass
        finally:
            course.raw = part.raw + "\n"  # what the model said is kept, also when it fails
        quotes: dict[int, list[str]] = {}
        for citation in (citation for claim in part.claims for citation in claim.citations):
            if citation.verdict is Verdict.SUPPORTED and citation.quote is not None and citation.source_number:
                quotes.setdefault(citation.source_number, []).append(citation.quote.text)
        return [
            _Reading(source=batch[number - 1].source, text="\n".join(dict.fromkeys(texts)))
            for number, texts in sorted(quotes.items())
        ]

    async def _claims(self, course: Course, prompt: Prompt) -> AsyncGenerator[AnswerEvent, None]:
        if self._chat_model is None:
            return
        checker = CitationChecker(
            course.sources,
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


def _is_prose(unit: str) -> bool:
    """Whether it ends as a sentence does and is no row of a table."""
    return "|" not in unit and unit.rstrip(' »"”)\u00a0\u202f')[-1:] in ".!?…"


def _numbered(sources: Iterable[Source]) -> tuple[Source, ...]:
    """The sources, numbered from 1 in their order."""
    return tuple(replace(source, number=number) for number, source in enumerate(sources, start=1))
