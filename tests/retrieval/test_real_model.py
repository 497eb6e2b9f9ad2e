"""Whole answers by a real language model: mechanics only (it is far too small to answer well)."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from retrieval_samples import company_library, scope_for

from small_model import find_small_model
from sourcier_core.chat_models.opening import ChatBackend, open_chat_backend
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import AnswerMode, AnswerState, Language, Verdict
from sourcier_core.errors import ChatModelInterrupted
from sourcier_core.settings import Settings
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone, SourcesFound, TokenArrived
from sourcier_retrieval.follow_up import standalone_question
from sourcier_retrieval.prompting import load_template
from sourcier_retrieval.rewriting import fault_of
from sourcier_retrieval.understanding import QuestionReader

_ANSWER_TOKENS = 64
QUESTION = "What is the limit for a hotel night in Paris?"


@pytest.fixture
async def backend() -> AsyncIterator[ChatBackend]:
    opened = await asyncio.to_thread(
        open_chat_backend,
        Settings(
            chat_backend="gguf",
            chat_model=str(find_small_model()),
            chat_threads=1,
            chat_context_tokens=1024,
            chat_max_tokens=_ANSWER_TOKENS,
        ),
    )
    yield opened
    await opened.aclose()


def _service(backend: ChatBackend, records: InMemoryAnswers, **options: int) -> AnswerService:
    library = company_library()
    return AnswerService(
        search=library.search,
        reader=library.reader,
        recorder=records,
        chat_model=backend.model,
        options=AnswerOptions(
            refusal_threshold=0.0,
            context_tokens=1024,
            answer_tokens=_ANSWER_TOKENS,
            versions={"chat_model": dict(backend.identity)},
            **options,
        ),
        count_tokens=backend.count_tokens,
        questions=QuestionReader(backend.question_model, within_s=20.0),
    )


async def test_answers_streams_checks_and_records(backend: ChatBackend) -> None:
    records = InMemoryAnswers()
    events = [event async for event in _service(backend, records).answer(QUESTION, scope=scope_for())]
    assert isinstance(events[0], SourcesFound)
    done = events[-1]
    assert isinstance(done, AnswerDone)
    assert done.answer.mode is AnswerMode.MODEL
    assert done.answer.state in {AnswerState.ANSWERED, AnswerState.REFUSED}
    pieces = [event.text for event in events if isinstance(event, TokenArrived)]
    assert len(pieces) > 3
    record = records.records[0]
    assert record.raw_model_output == "".join(pieces)
    assert record.versions["chat_model"]["model"].endswith(".gguf")
    for claim in done.answer.claims:
        if claim.verdict is Verdict.SUPPORTED:
            assert any(citation.quote is not None for citation in claim.citations)


async def test_what_it_says_of_a_question_is_recorded_and_never_searched_unchecked(backend: ChatBackend) -> None:
    records, earlier = InMemoryAnswers(), ["Is a hotel night in Paris reimbursed?"]
    question = "How much is it, and is it more than breakfast?"
    events = [event async for event in _service(backend, records).answer(question, scope=scope_for(), earlier=earlier)]
    done = events[-1]
    assert isinstance(done, AnswerDone)
    told = records.records[0].versions["understood"]
    assert told["follow_up"]["said"]
    assert told["parts"]["said"]
    searched = done.answer.searched_as or question
    if told["follow_up"]["by"] == "model":
        template = load_template(Language.ENGLISH, "follow_up")
        assert fault_of(searched, question, earlier, Language.ENGLISH, template) is None
    else:
        assert searched == standalone_question(question, earlier, Language.ENGLISH)
    assert bool(done.answer.searched_parts) is (told["parts"]["reason"] is None)


async def test_a_reader_who_leaves_stops_the_model(backend: ChatBackend) -> None:
    assert backend.server is not None
    records = InMemoryAnswers()
    async with aclosing(_service(backend, records).answer(QUESTION, scope=scope_for())) as events:
        async for event in events:
            if isinstance(event, TokenArrived):
                break
    assert records.records[0].answer.state is AnswerState.INTERRUPTED
    deadline = time.monotonic() + 5
    async with httpx.AsyncClient() as client:
        slots = backend.server.url.removesuffix("/v1") + "/slots"
        while any(slot["is_processing"] for slot in (await client.get(slots)).json()):
            assert time.monotonic() < deadline, "the server goes on generating for nobody"
            await asyncio.sleep(0.05)


async def test_a_server_that_dies_in_the_middle_leaves_a_record(backend: ChatBackend) -> None:
    assert backend.server is not None
    child = backend.server.process_id
    assert child is not None
    records = InMemoryAnswers()

    async def consume() -> None:
        killed = False
        async for event in _service(backend, records).answer(QUESTION, scope=scope_for()):
            if isinstance(event, TokenArrived) and not killed:
                killed = True
                os.kill(child, signal.SIGKILL)

    with pytest.raises(ChatModelInterrupted):
        await consume()
    record = records.records[0]
    assert (record.answer.state, record.error_code) == (AnswerState.FAILED, "chat_model_interrupted")
    assert record.answer.sources
