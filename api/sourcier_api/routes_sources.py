"""Sources: setting them up, trying them out without loading anything, loading them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from sourcier_api import schemas, views
from sourcier_api.dependencies import LocalTokenHere, PrincipalHere, ServicesHere, check_local_token, scope_for
from sourcier_api.schemas_sources import (
    ConfiguredSourceView,
    CredentialsInput,
    PlannedFileView,
    PlanView,
    SourceInput,
    SourceLoadRequest,
)
from sourcier_core.access import Principal
from sourcier_core.db import loads
from sourcier_core.db import sources as stored_sources
from sourcier_core.domain.source_locations import parse_location
from sourcier_core.domain.sources import AccessMode, Credentials, SourceDefinition
from sourcier_core.errors import DocumentError, NotFound, PermissionDenied
from sourcier_core.schedules import next_run
from sourcier_ingest.configured_sources import local_now
from sourcier_ingest.connectors.planning import Plan
from sourcier_ingest.sources import FoundFile

router = APIRouter(prefix="/api", tags=["sources"])

_MOST_LISTED = 200


def _view(services: ServicesHere, source: SourceDefinition) -> ConfiguredSourceView:
    with services.engines.database.transaction() as connection:
        last = loads.last_load(connection, corpus_id=source.corpus_id, source=source.id)
    waits = source.schedule is not None and not source.paused
    return ConfiguredSourceView(
        id=source.id,
        corpus_id=source.corpus_id,
        name=source.name,
        url=source.url,
        include=list(source.include),
        exclude=list(source.exclude),
        access=source.access.value,
        schedule=source.schedule,
        next_run=next_run(source.schedule, local_now()) if waits and source.schedule else None,
        paused=source.paused,
        has_credentials=source.has_credentials,
        last_load_id=None if last is None else last.id,
        last_load_state=None if last is None else last.state.value,
        last_load_at=None if last is None else last.started_at,
        last_load_message=None if last is None else last.message,
    )


def _credentials(given: CredentialsInput | None) -> Credentials | None:
    if given is None:
        return None
    return Credentials(
        username=given.username,
        password=given.password.get_secret_value(),
        private_key=given.private_key.get_secret_value(),
        passphrase=given.passphrase.get_secret_value(),
        host_key=given.host_key,
    )


def _definition(corpus: str, source_id: str, wanted: SourceInput, created_at: datetime) -> SourceDefinition:
    return SourceDefinition(
        id=source_id,
        corpus_id=corpus,
        name=wanted.name,
        url=wanted.url,
        include=tuple(wanted.include),
        exclude=tuple(wanted.exclude),
        access=AccessMode(wanted.access),
        schedule=wanted.schedule or None,
        paused=wanted.paused,
        created_at=created_at,
    )


def _check_place(services: ServicesHere, url: str, token: str | None) -> None:
    """Only someone who can read the data directory may make the server read a folder of its machine."""
    if parse_location(url).scheme == "file":
        check_local_token(services, token)


def _manageable(services: ServicesHere, principal: Principal, source_id: UUID) -> SourceDefinition:
    with services.engines.database.transaction() as connection:
        source = stored_sources.get_source(connection, str(source_id))
    if source.corpus_id not in scope_for(services, principal).corpora:
        raise NotFound("There is no such source.")
    if not principal.is_administrator:
        raise PermissionDenied
    return source


@router.get("/corpora/{corpus}/sources")
def list_sources(corpus: str, services: ServicesHere, principal: PrincipalHere) -> list[ConfiguredSourceView]:
    """The sources of a corpus, by name."""
    scope_for(services, principal, [corpus])
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        found = stored_sources.list_sources(connection, corpus_ids=[corpus])
    return [_view(services, source) for source in found]


@router.post("/corpora/{corpus}/sources", status_code=201)
def create_source(
    corpus: str, wanted: SourceInput, services: ServicesHere, principal: PrincipalHere, token: LocalTokenHere = None
) -> ConfiguredSourceView:
    """Add a source. Nothing is loaded yet."""
    scope_for(services, principal, [corpus])
    if not principal.is_administrator:
        raise PermissionDenied
    _check_place(services, wanted.url, token)
    definition = _definition(corpus, stored_sources.new_source_id(), wanted, datetime.now(UTC))
    return _view(services, services.sources.create(definition, _credentials(wanted.credentials)))


@router.put("/sources/{source_id}")
def change_source(
    source_id: UUID,
    wanted: SourceInput,
    services: ServicesHere,
    principal: PrincipalHere,
    token: LocalTokenHere = None,
) -> ConfiguredSourceView:
    """Change a source. Without credentials it keeps those it has, unless it names another server now."""
    before = _manageable(services, principal, source_id)
    if wanted.url != before.url:
        _check_place(services, wanted.url, token)
    definition = _definition(before.corpus_id, before.id, wanted, before.created_at)
    definition = replace(definition, has_credentials=before.has_credentials)
    return _view(services, services.sources.update(definition, _credentials(wanted.credentials)))


@router.delete("/sources/{source_id}", status_code=204)
def delete_source(
    source_id: UUID, services: ServicesHere, principal: PrincipalHere, withdraw_documents: bool = False
) -> Response:
    """Forget a source and its credentials. Its documents stay, or are withdrawn and can each be restored."""
    source = _manageable(services, principal, source_id)
    with services.engines.database.transaction() as connection:
        if withdraw_documents:
            stored_sources.withdraw_all(connection, source, datetime.now(UTC), by=principal.id)
        stored_sources.delete_source(connection, source.id)
    if withdraw_documents:
        services.publisher.write_pending()
    return Response(status_code=204)


@router.post("/sources/{source_id}/plan")
def plan_source(source_id: UUID, services: ServicesHere, principal: PrincipalHere) -> PlanView:
    """What a load would do now, without doing it."""
    source = _manageable(services, principal, source_id)
    return _plan_view(services.sources.plan(source.id))


@router.post("/sources/{source_id}/loads", status_code=202)
def load_source(
    source_id: UUID, wanted: SourceLoadRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas.LoadView:
    """Load a source now."""
    source = _manageable(services, principal, source_id)
    load = services.sources.request(
        source.id,
        requested_by=principal.id,
        confirm_withdrawals=wanted.confirm_withdrawals,
        read_everything=wanted.read_everything,
    )
    with services.engines.database.transaction() as connection:
        return views.load_view(load, loads.count_items(connection, load.id), [])


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
