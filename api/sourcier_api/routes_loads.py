"""Loading documents: from a folder of the server's machine, or by upload; progress, cancelling."""

import asyncio
import shutil
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, UploadFile
from fastapi.responses import StreamingResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from sourcier_api import schemas, views
from sourcier_api.application import Services
from sourcier_api.comma_separated import csv_line
from sourcier_api.dependencies import PrincipalHere, ServicesHere, require_local_token, scope_for
from sourcier_api.routes_documents import readable_document
from sourcier_api.schemas_accounts import (
    FailuresView,
    HeldBackView,
    NeverStoredList,
    NeverStoredView,
    WithdrawalConfirmation,
)
from sourcier_core.db import failures, loads, readings
from sourcier_core.db.held_back import NOTHING_HELD_BACK, held_back
from sourcier_core.db.loads import LoadOutcome, LoadState
from sourcier_core.disk_space import DiskReserve
from sourcier_core.errors import InvalidRequest, NotFound, PermissionDenied, StorageFull
from sourcier_ingest import retrying
from sourcier_ingest.confirming import confirm_withdrawals
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.loading import LoadOptions, request_load
from sourcier_ingest.parsing.recognition_data import recognition_available
from sourcier_ingest.uploads import UPLOAD_SOURCE, UploadFolder

router = APIRouter(prefix="/api", tags=["loads"])

_NOTABLE = (LoadOutcome.FAILED, LoadOutcome.QUARANTINED, LoadOutcome.PROPOSED, LoadOutcome.WITHDRAWN)
_MOST_NOTABLE = 500
_REPORT_ROWS = 1000
_POLL_S = 0.3


def _may_load(services: Services, principal: PrincipalHere, corpus: str) -> None:
    scope_for(services, principal, [corpus])
    if not principal.is_administrator:
        raise PermissionDenied


def _view(services: Services, load_id: str, *, everything: bool = False) -> schemas.LoadView:
    with services.engines.database.transaction() as connection:
        load = loads.get_load(connection, load_id)
        counts = loads.count_items(connection, load_id)
        held = held_back(connection, load) if load.state is LoadState.FINISHED else NOTHING_HELD_BACK
        if everything:
            items = loads.list_items(connection, load_id)
        else:
            items = loads.list_items(connection, load_id, outcomes=_NOTABLE, limit=_MOST_NOTABLE)
            if counts.pages_without_text:
                known = {item.path for item in items}
                with_gaps = loads.list_items(connection, load_id, without_text=True, limit=_MOST_NOTABLE)
                items += [item for item in with_gaps if item.path not in known]
    return views.load_view(load, counts, items).model_copy(update={"held_back": len(held.paths)})


def _readable(services: Services, principal: PrincipalHere, load_id: uuid.UUID) -> str:
    with services.engines.database.transaction() as connection:
        load = loads.get_load(connection, str(load_id))
    if load.corpus_id not in scope_for(services, principal).corpora:
        raise NotFound("There is no such load.")
    return load.id


@router.post("/corpora/{corpus}/loads", status_code=202, dependencies=[Depends(require_local_token)])
def load_folder(
    corpus: str, wanted: schemas.FolderLoadRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas.LoadView:
    """Load a folder of the server's machine. Needs the local token of the data directory."""
    _may_load(services, principal, corpus)
    folder = Path(wanted.folder)
    if not folder.is_absolute() or not folder.is_dir():
        raise InvalidRequest(f"There is no folder {wanted.folder}.")
    options = LoadOptions(
        folder=str(folder),
        keep_missing=wanted.keep_missing,
        confirm_withdrawals=wanted.confirm_withdrawals,
        include=tuple(wanted.include),
        exclude=tuple(wanted.exclude),
        access=wanted.access,
    )
    PathPatterns(options.include, options.exclude)  # a pattern that makes no sense is said now
    load = request_load(
        services.engines.database, corpus_id=corpus, source=str(folder), options=options, requested_by=principal.id
    )
    return _view(services, load.id)


@router.post("/corpora/{corpus}/uploads", status_code=202)
def upload_files(
    corpus: str, files: list[UploadFile], services: ServicesHere, principal: PrincipalHere
) -> schemas.LoadView:
    """Load uploaded files. A file with the name of an earlier upload becomes its new version.

    A file's name may have folders. Names that come twice in one upload are numbered; hidden and lock files are not
    loaded, and the load says so.
    """
    _may_load(services, principal, corpus)
    settings = services.engines.settings
    folder = settings.data_dir / "uploads" / str(uuid.uuid4())
    upload = UploadFolder(folder)
    try:
        # Once for the copies, and once for the documents made of them.
        DiskReserve(settings.data_dir, settings.disk_reserve_mb).for_new_file(2 * sum(file.size or 0 for file in files))
        folder.mkdir(parents=True)
        for file in files:
            place = upload.place(file.filename)
            if place is None:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as copy:
                shutil.copyfileobj(file.file, copy, 1 << 20)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageFull(f"The upload could not be stored: {error.strerror}.") from error
    options = LoadOptions(folder=str(folder), keep_missing=True, remove_folder=True)
    load = request_load(
        services.engines.database,
        corpus_id=corpus,
        source=UPLOAD_SOURCE,
        options=options,
        requested_by=principal.id,
        items=upload.refused,
    )
    return _view(services, load.id)


@router.get("/loads")
def list_loads(
    services: ServicesHere,
    principal: PrincipalHere,
    corpus: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[schemas.LoadView]:
    """The newest loads, newest first."""
    scope = scope_for(services, principal, None if corpus is None else [corpus])
    with services.engines.database.transaction() as connection:
        found = loads.list_loads(connection, corpus_ids=sorted(scope.corpora), limit=limit)
    return [_view(services, load.id) for load in found]


@router.get("/loads/{load_id}")
def read_load(
    load_id: uuid.UUID,
    services: ServicesHere,
    principal: PrincipalHere,
    items: Literal["notable", "all"] = "notable",
) -> schemas.LoadView:
    """A load: counts, and the files that failed or were withdrawn (or all)."""
    return _view(services, _readable(services, principal, load_id), everything=items == "all")


async def _progress(services: Services, load_id: str) -> AsyncIterator[ServerSentEvent]:
    last = ""
    while True:
        view = await asyncio.to_thread(_view, services, load_id)
        text = view.model_dump_json()
        if text != last:
            last = text
            yield ServerSentEvent(event="progress", data=text)
        if LoadState(view.state) in loads.FINAL_LOAD_STATES:
            return
        await asyncio.sleep(_POLL_S)


@router.get(
    "/loads/{load_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"description": "Events `progress` with a LoadView.", "content": {"text/event-stream": {}}}},
)
def follow_load(load_id: uuid.UUID, services: ServicesHere, principal: PrincipalHere) -> EventSourceResponse:
    """The load as it goes on, until it ends."""
    return EventSourceResponse(_progress(services, _readable(services, principal, load_id)), ping=15)


_REPORT_COLUMNS = (
    *("path", "outcome", "state", "code", "message", "retryable", "pages", "pages_without_text", "pages_unread"),
    *("lowest_recognition", "passages", "access_note", "document"),
)


def _report(services: Services, load_id: str) -> Iterator[str]:
    """CSV with a byte-order mark, which spreadsheets need to see UTF-8; formulas are defused."""
    after = ""
    yield "\ufeff" + csv_line(_REPORT_COLUMNS)
    while True:
        with services.engines.database.transaction() as connection:
            items = loads.list_items(connection, load_id, after=after, limit=_REPORT_ROWS)
        if not items:
            return
        after = items[-1].path
        for item in items:
            view = views.load_item_view(item)
            state = "" if item.version_id is None and view.state != "seen" else view.state
            cells = (view.path, view.outcome, state, view.code, view.message, "yes" if view.retryable else "no")
            counted = (view.page_count, view.pages_without_text, view.pages_unread, view.lowest_recognition)
            yield csv_line((*cells, *counted, view.passage_count, view.access_note, view.document_id))


@router.get(
    "/loads/{load_id}/report.csv",
    response_class=StreamingResponse,
    responses={
        200: {"description": "Every file of the load with its outcome and reason.", "content": {"text/csv": {}}}
    },
)
def read_report(load_id: uuid.UUID, services: ServicesHere, principal: PrincipalHere) -> StreamingResponse:
    """Every file of a load with its outcome and reason, for a spreadsheet."""
    found = _readable(services, principal, load_id)
    headers = {"Content-Disposition": f'attachment; filename="load-{found}.csv"'}
    return StreamingResponse(_report(services, found), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/loads/{load_id}/retry", status_code=202)
def retry_load(load_id: uuid.UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.LoadView:
    """Try again what failed in a load that has ended; the rest of its source is left alone."""
    found = _readable(services, principal, load_id)
    if not principal.is_administrator:
        raise PermissionDenied
    return _view(services, retrying.retry_load(services.engines.database, found, by=principal.id).id)


@router.get("/loads/{load_id}/held-back")
def read_held_back(
    load_id: uuid.UUID,
    services: ServicesHere,
    principal: PrincipalHere,
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> HeldBackView:
    """What a load no longer found and kept until a person confirms that it is withdrawn, as things are now."""
    found = _readable(services, principal, load_id)
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        held = held_back(connection, loads.get_load(connection, found))
    paths = list(held.paths[offset : offset + limit])
    return HeldBackView(load_id=found, count=len(held.paths), total=held.total, paths=paths)


@router.post("/loads/{load_id}/confirm", status_code=202)
def confirm_load(
    load_id: uuid.UUID, confirmed: WithdrawalConfirmation, services: ServicesHere, principal: PrincipalHere
) -> schemas.LoadView:
    """Load the source again and withdraw what is still gone from it, at most as many documents as were seen."""
    found = _readable(services, principal, load_id)
    if not principal.is_administrator:
        raise PermissionDenied
    load = confirm_withdrawals(services.engines.database, found, at_most=confirmed.at_most, by=principal.id)
    return _view(services, load.id)


@router.post("/documents/{document_id}/retry", status_code=202)
def retry_document(document_id: uuid.UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.LoadView:
    """Read a document that failed again, from its stored bytes; nothing else of its source is looked at."""
    document = readable_document(services, principal, document_id)
    if not principal.is_administrator:
        raise PermissionDenied
    return _view(services, retrying.retry_document(services.engines.database, document.id, by=principal.id).id)


def _reads_pictures(services: Services) -> bool:
    return recognition_available(services.engines.settings.ocr_data_dir)


@router.get("/corpora/{corpus}/failures")
def read_failures(corpus: str, services: ServicesHere, principal: PrincipalHere) -> FailuresView:
    """What failed in a corpus, and how much of it another try may help."""
    _may_load(services, principal, corpus)
    with services.engines.database.transaction() as connection:
        found = failures.list_failures(connection, corpus)
        unread = len(readings.list_unread(connection, corpus))
    return FailuresView(
        failed=len(found),
        retryable=sum(failure.retryable for failure in found),
        codes=Counter(failure.code for failure in found),
        retryable_codes=Counter(failure.code for failure in found if failure.retryable),
        unread=unread,
        unread_retryable=unread if _reads_pictures(services) else 0,
    )


@router.get("/never-stored")
def list_never_stored(
    services: ServicesHere,
    principal: PrincipalHere,
    corpus: str | None = None,
    query: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> NeverStoredList:
    """Files that the newest load of their source could not store: they have a reason, but are no documents."""
    scope = scope_for(services, principal, None if corpus is None else [corpus])
    if not principal.is_administrator:
        raise PermissionDenied
    wanted = (query or "").casefold()
    with services.engines.database.transaction() as connection:
        found = [
            _never_stored_view(one, failure)
            for one in sorted(scope.corpora)
            for failure in failures.list_never_stored(connection, one)
            if wanted in failure.path.casefold()
        ]
    return NeverStoredList(items=found[offset : offset + limit], total=len(found))


def _never_stored_view(corpus: str, failure: failures.Failure) -> NeverStoredView:
    return NeverStoredView(
        corpus_id=corpus,
        source=failure.source,
        path=failure.path,
        code=failure.code,
        message=failure.message,
        retryable=failure.retryable,
        load_id=failure.load_id or "",
    )


@router.post("/corpora/{corpus}/retry", status_code=202)
def retry_corpus(corpus: str, services: ServicesHere, principal: PrincipalHere) -> list[schemas.LoadView]:
    """Try again all of a corpus that another try may help, unread pages too; the loads that do it."""
    _may_load(services, principal, corpus)
    started = retrying.retry_corpus(
        services.engines.database, corpus, by=principal.id, reads_pictures=_reads_pictures(services)
    )
    return [_view(services, load.id) for load in started]


@router.post("/loads/{load_id}/cancel")
def cancel_load(load_id: uuid.UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.LoadView:
    """Stop a load; what is published stays, the rest can be loaded again."""
    found = _readable(services, principal, load_id)
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        loads.set_load_state(connection, found, LoadState.CANCELLED, now=datetime.now(UTC), message="Cancelled.")
    return _view(services, found)
