"""Trying a source out: what a load would do, at once or with its progress; nothing is loaded."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from uuid import UUID

from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent

from sourcier_api import schemas, views
from sourcier_api.dependencies import PrincipalHere, ServicesHere
from sourcier_api.routes_sources import manageable_source
from sourcier_api.schemas_sources import PlannedFileView, PlanProgressView, PlanView
from sourcier_core.errors import DocumentError, SourcierError
from sourcier_ingest.connectors.planning import Plan
from sourcier_ingest.connectors.walk_progress import WalkProgress
from sourcier_ingest.plan_run import PlanRun
from sourcier_ingest.sources import FoundFile

router = APIRouter(prefix="/api", tags=["sources"])

_MOST_LISTED = 200
_TELL_EVERY = 5
_LOOK_S = 0.1


@router.post("/sources/{source_id}/plan")
def plan_source(source_id: UUID, services: ServicesHere, principal: PrincipalHere) -> PlanView:
    """What a load would do now, without doing it. Answers when all is looked at: large shares take minutes."""
    source = manageable_source(services, principal, source_id)
    return _plan_view(services.sources.plan(source.id))


@router.post(
    "/sources/{source_id}/plan/events",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `progress` (PlanProgressView), then `done` (PlanView) or `error`.",
            "content": {"text/event-stream": {}},
        }
    },
)
def follow_plan(source_id: UUID, services: ServicesHere, principal: PrincipalHere) -> EventSourceResponse:
    """What a load would do now, with how far looking is. Closing the connection ends it."""
    source = manageable_source(services, principal, source_id)
    return EventSourceResponse(_events(partial(services.sources.plan, source.id)), ping=15)


async def _events(make_plan: Callable[[WalkProgress], Plan]) -> AsyncIterator[ServerSentEvent]:
    run, looks = PlanRun(make_plan), 0
    try:
        while not run.ended():
            if looks % _TELL_EVERY == 0:
                yield ServerSentEvent(event="progress", data=_progress_view(run).model_dump_json())
            looks += 1
            await asyncio.sleep(_LOOK_S)
        yield ServerSentEvent(event="done", data=_plan_view(run.plan()).model_dump_json())
    except SourcierError as error:
        body = schemas.ErrorEvent(error=views.error_body(error))
        yield ServerSentEvent(event="error", data=body.model_dump_json())
    finally:
        run.cancel()  # whoever asked has gone away, or has what they asked for


def _progress_view(run: PlanRun) -> PlanProgressView:
    seen = run.progress
    return PlanProgressView(
        folders=seen.folders,
        files=seen.files,
        to_compare=seen.to_compare,
        compared=seen.compared,
        elapsed_s=round(run.elapsed_s, 1),
    )


def _plan_view(plan: Plan) -> PlanView:
    return PlanView(
        counts={
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": len(plan.unchanged),
            "problems": len(plan.problems),
            "missing": len(plan.missing),
            "kept": len(plan.kept),
            "access_notes": len(plan.access_notes),
        },
        bytes_new=sum(file.size_bytes for file in (*plan.new, *plan.changed)),
        new=_files(plan.new),
        changed=_files(plan.changed),
        problems=[_problem(file, error) for file, error in plan.problems[:_MOST_LISTED]],
        missing=[PlannedFileView(path=path) for path in plan.missing[:_MOST_LISTED]],
        kept=[PlannedFileView(path=path) for path in plan.kept[:_MOST_LISTED]],
        access_notes=_files(plan.access_notes),
        needs_confirmation=plan.needs_confirmation,
    )


def _files(found: Iterable[FoundFile]) -> list[PlannedFileView]:
    return [
        PlannedFileView(path=file.path, size_bytes=file.size_bytes, access_note=file.access_note or None)
        for file in list(found)[:_MOST_LISTED]
    ]


def _problem(file: FoundFile, error: DocumentError) -> PlannedFileView:
    return PlannedFileView(path=file.path, size_bytes=file.size_bytes, code=error.code, message=error.message)
