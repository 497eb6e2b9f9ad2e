"""Sources: setting them up, loading them."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from sourcier_api import schemas, views
from sourcier_api.dependencies import LocalTokenHere, PrincipalHere, ServicesHere, has_local_token, scope_for
from sourcier_api.schemas_sources import (
    ConfiguredSourceView,
    CredentialsInput,
    SourceFoldersView,
    SourceInput,
    SourceLoadRequest,
)
from sourcier_core.access import Principal
from sourcier_core.db import loads
from sourcier_core.db import sources as stored_sources
from sourcier_core.db.held_back import waiting_load
from sourcier_core.domain.sources import AccessMode, Credentials, SourceDefinition
from sourcier_core.errors import NotFound, PermissionDenied
from sourcier_core.schedules import next_run
from sourcier_ingest.configured_sources import local_now

router = APIRouter(prefix="/api", tags=["sources"])


def _view(services: ServicesHere, source: SourceDefinition) -> ConfiguredSourceView:
    with services.engines.database.transaction() as connection:
        last = loads.last_load(connection, corpus_id=source.corpus_id, source=source.id)
        waiting = waiting_load(connection, source.corpus_id, source.id)
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
        held_back_load_id=None if waiting is None else waiting.id,
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


def manageable_source(services: ServicesHere, principal: Principal, source_id: UUID) -> SourceDefinition:
    """The source, for who may change and load it. Raises NotFound, PermissionDenied."""
    with services.engines.database.transaction() as connection:
        source = stored_sources.get_source(connection, str(source_id))
    if source.corpus_id not in scope_for(services, principal).corpora:
        raise NotFound("There is no such source.")
    if not principal.is_administrator:
        raise PermissionDenied
    return source


@router.get("/source-folders")
def list_source_folders(services: ServicesHere, principal: PrincipalHere) -> SourceFoldersView:
    """The folders of the server's machine below which sources may be added without the local token."""
    if not principal.is_administrator:
        raise PermissionDenied
    return SourceFoldersView(folders=[str(root) for root in services.sources.allowed_folders.roots])


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
    definition = _definition(corpus, stored_sources.new_source_id(), wanted, datetime.now(UTC))
    definition = replace(definition, trusted=has_local_token(services, token))
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
    before = manageable_source(services, principal, source_id)
    definition = _definition(before.corpus_id, before.id, wanted, before.created_at)
    kept = before.trusted and wanted.url == before.url
    trusted = kept or has_local_token(services, token)
    definition = replace(definition, has_credentials=before.has_credentials, trusted=trusted)
    return _view(services, services.sources.update(definition, _credentials(wanted.credentials)))


@router.delete("/sources/{source_id}", status_code=204)
def delete_source(
    source_id: UUID, services: ServicesHere, principal: PrincipalHere, withdraw_documents: bool = False
) -> Response:
    """Forget a source and its credentials. Its documents stay, or are withdrawn and can each be restored."""
    source = manageable_source(services, principal, source_id)
    with services.engines.database.transaction() as connection:
        if withdraw_documents:
            stored_sources.withdraw_all(connection, source, datetime.now(UTC), by=principal.id)
        stored_sources.delete_source(connection, source.id)
    if withdraw_documents:
        services.publisher.write_pending()
    return Response(status_code=204)


@router.post("/sources/{source_id}/loads", status_code=202)
def load_source(
    source_id: UUID, wanted: SourceLoadRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas.LoadView:
    """Load a source now."""
    source = manageable_source(services, principal, source_id)
    load = services.sources.request(
        source.id,
        requested_by=principal.id,
        confirm_withdrawals=wanted.confirm_withdrawals,
        read_everything=wanted.read_everything,
    )
    with services.engines.database.transaction() as connection:
        return views.load_view(load, loads.count_items(connection, load.id), [])
