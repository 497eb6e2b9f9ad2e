"""Asking, and reading what was answered."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent

from sourcier_api import schemas, views
from sourcier_api.dependencies import PrincipalHere, ServicesHere, scope_for
from sourcier_core.access import AccessScope
from sourcier_core.db.answers import get_record
from sourcier_core.domain.answers import Language
from sourcier_core.errors import NotFound, SourcierError
from sourcier_retrieval.events import AnswerDone, AnswerEvent, ClaimChecked, PassagesRead, SourcesFound

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/api", tags=["questions"])


def _server_event(event: AnswerEvent) -> ServerSentEvent:
    match event:
        case SourcesFound():
            body: schemas.Schema = schemas.SourcesEvent(
                answer_id=event.answer_id,
                language=event.language.value,
                mode=event.mode.value,
                sources=[views.source_view(source) for source in event.sources],
                searched_as=event.searched_as,
                searched_parts=list(event.searched_parts),
            )
            return ServerSentEvent(event="sources", data=body.model_dump_json())
        case ClaimChecked():
            body = schemas.ClaimEvent(claim=views.claim_view(event.claim))
            return ServerSentEvent(event="claim", data=body.model_dump_json())
        case AnswerDone():
            body = schemas.DoneEvent(answer=views.answer_view(event.answer))
            return ServerSentEvent(event="done", data=body.model_dump_json())
        case PassagesRead():
            body = schemas.ProgressEvent(done=event.done, total=event.total)
            return ServerSentEvent(event="progress", data=body.model_dump_json())
        case _:
            return ServerSentEvent(event="token", data=schemas.TokenEvent(text=event.text).model_dump_json())


def _error_event(error: SourcierError) -> ServerSentEvent:
    body = schemas.ErrorEvent(error=views.error_body(error))
    return ServerSentEvent(event="error", data=body.model_dump_json())


async def _events(answering: AsyncGenerator[AnswerEvent, None]) -> AsyncIterator[ServerSentEvent]:
    try:
        async with aclosing(cast(Any, answering)) as events:
            async for event in events:
                yield _server_event(event)
    except SourcierError as error:
        yield _error_event(error)
    except Exception:  # the border of the request: the person gets an error, the log its cause
        logger.exception("an answer failed")
        yield _error_event(SourcierError("An unexpected error occurred; the server's log has the details."))


@router.post(
    "/ask",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `sources`, `token`, `claim`, `done` and `error`, each with a JSON body.",
            "content": {"text/event-stream": {}},
        }
    },
)
def ask(asked: schemas.AskRequest, services: ServicesHere, principal: PrincipalHere) -> EventSourceResponse:
    """Answer a question from the documents the caller may read, as a stream of server-sent events."""
    scope = scope_for(services, principal, asked.corpora, asked.as_of, asked.only)
    language = None if asked.language is None else Language(asked.language)
    answering = services.answers.answer(asked.question, scope=scope, language=language, earlier=asked.earlier)
    return EventSourceResponse(_events(answering), ping=15)


def _nothing_to_summarise(scope: AccessScope) -> NotFound:
    if not scope.is_dated:
        return NotFound("There is nothing to summarise there, or you may not read it.")
    return NotFound(f"There was nothing to summarise there on {scope.as_of:%Y-%m-%d %H:%M %Z}, or you may not read it.")


@router.post(
    "/summaries",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `progress`, `sources`, `token`, `claim`, `done` and `error`, each with a JSON body.",
            "content": {"text/event-stream": {}},
        }
    },
)
def summarise(asked: schemas.SummaryRequest, services: ServicesHere, principal: PrincipalHere) -> EventSourceResponse:
    """Summarise a document, or what the caller may read of a folder or corpus, with a citation for each sentence.

    With `as_of` it is of the contents that were valid then, for who may read them now, and the summary says so.
    """
    only = schemas.FilterRequest(path_prefix=asked.path_prefix)
    scope = scope_for(services, principal, [asked.corpus], asked.as_of, only)
    language = None if asked.language is None else Language(asked.language)
    document = None if asked.document is None else str(asked.document)
    first = services.reader.read_in_order(scope, document=document, at_most=1)
    if not first:
        raise _nothing_to_summarise(scope)
    of_document = first[0][1].title or first[0][1].path
    name = f"{asked.corpus}/{asked.path_prefix}" if document is None else of_document
    answering = services.summaries.summarise(scope=scope, name=name, document=document, language=language)
    return EventSourceResponse(_events(answering), ping=15)


@router.get("/answers/{answer_id}")
def read_answer(answer_id: str, services: ServicesHere, principal: PrincipalHere) -> schemas.AnswerView:
    """A recorded answer; people other than an administrator see only their own."""
    with services.engines.database.transaction() as connection:
        record = get_record(connection, answer_id, principal)
    return views.answer_view(record.answer, record)
