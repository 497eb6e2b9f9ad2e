"""The balance between source, files, PostgreSQL and index, and what it says of every file."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from sourcier_api import schemas_reconciliation
from sourcier_api.application import Services
from sourcier_api.comma_separated import csv_line
from sourcier_api.dependencies import PrincipalHere, ServicesHere
from sourcier_core.db import reconciliations
from sourcier_core.db.reconciliations import FileFilter, ReconciliationRecord
from sourcier_core.errors import NotFound, PermissionDenied


def _require_administrator(principal: PrincipalHere) -> None:
    if not principal.is_administrator:
        raise PermissionDenied


router = APIRouter(prefix="/api", tags=["reconciliation"], dependencies=[Depends(_require_administrator)])

_EMPTY: dict[str, Any] = {
    "files": {},
    "pages": 0,
    "pages_without_text": 0,
    "passages": 0,
    "points": 0,
    "kinds": {},
    "findings": [],
}
_ROWS_AT_ONCE = 1000


def _view(record: ReconciliationRecord, *, findings: bool = True) -> schemas_reconciliation.ReconciliationView:
    values = asdict(record)
    report = _EMPTY | values.pop("report") | ({} if findings else {"findings": []})
    return schemas_reconciliation.ReconciliationView.model_validate(values | report)


def _last(services: Services) -> ReconciliationRecord:
    with services.engines.database.transaction() as connection:
        found = reconciliations.last_reconciliation(connection)
    if found is None:
        raise NotFound("Nothing was reconciled yet.")
    return found


@router.post("/reconciliations", status_code=202)
def reconcile(
    wanted: schemas_reconciliation.ReconciliationRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas_reconciliation.ReconciliationView:
    """Compare everything, as a job; with `repair`, loads are queued that put right what can be."""
    return _view(services.reconciler.request(repair=wanted.repair, requested_by=principal.id))


@router.get("/reconciliations")
def list_reconciliations(
    services: ServicesHere, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[schemas_reconciliation.ReconciliationView]:
    """The newest reconciliations in any state, newest first, without their findings."""
    with services.engines.database.transaction() as connection:
        found = reconciliations.list_reconciliations(connection, limit=limit)
    return [_view(record, findings=False) for record in found]


@router.get("/reconciliations/last")
def read_last(services: ServicesHere) -> schemas_reconciliation.ReconciliationView:
    """The newest finished balance; one is made every night."""
    return _view(_last(services))


@router.get("/reconciliations/last/files")
def list_reconciled_files(
    services: ServicesHere,
    corpus: str | None = None,
    query: str = "",
    only_differing: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> schemas_reconciliation.ReconciledFileList:
    """Every file of the newest finished reconciliation by corpus, source and path; or only those that differ."""
    number = _last(services).id
    chosen = FileFilter(corpus=corpus, only_differing=only_differing, query=query)
    with services.engines.database.transaction() as connection:
        files = reconciliations.list_files(connection, number, chosen, limit=limit, offset=offset)
        total = reconciliations.count_files(connection, number, chosen)
    return schemas_reconciliation.ReconciledFileList(
        items=[schemas_reconciliation.ReconciledFileView.model_validate(asdict(file)) for file in files], total=total
    )


_COLUMNS = (
    "corpus",
    "source",
    "path",
    "state",
    "code",
    "message",
    "in_source",
    "file_stored",
    "versions",
    "pages_expected",
    "pages",
    "pages_without_text",
    "passages_expected",
    "passages",
    "points_expected",
    "points",
    "findings",
)


def _lines(services: Services, number: int, chosen: FileFilter) -> Iterator[str]:
    """CSV with a byte-order mark, which spreadsheets need to see UTF-8; formulas are defused."""
    yield "\ufeff" + csv_line(_COLUMNS)
    after: tuple[str, str, str] | None = None
    while True:
        with services.engines.database.transaction() as connection:
            files = reconciliations.list_files(connection, number, chosen, limit=_ROWS_AT_ONCE, after=after)
        if not files:
            return
        after = (files[-1].corpus_id, files[-1].source, files[-1].path)
        for file in files:
            values = asdict(file) | {"corpus": file.corpus_id}
            values["findings"] = "; ".join(
                f"{one['kind']}: {one['detail']}{' (repaired)' if one['repaired'] else ''}" for one in file.findings
            )
            yield csv_line([_cell(values[name]) for name in _COLUMNS])


def _cell(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


@router.get(
    "/reconciliations/last/files.csv",
    response_class=StreamingResponse,
    responses={200: {"description": "Every file with what is there and what is missing.", "content": {"text/csv": {}}}},
)
def read_reconciled_files(
    services: ServicesHere, corpus: str | None = None, only_differing: bool = False
) -> StreamingResponse:
    """The same as a table for a spreadsheet."""
    found = _last(services)
    chosen = FileFilter(corpus=corpus, only_differing=only_differing)
    headers = {"Content-Disposition": f'attachment; filename="reconciliation-{found.id}.csv"'}
    return StreamingResponse(_lines(services, found.id, chosen), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/reconciliations/{number}")
def read_reconciliation(number: int, services: ServicesHere) -> schemas_reconciliation.ReconciliationView:
    """One reconciliation, as it goes on or as it ended."""
    with services.engines.database.transaction() as connection:
        return _view(reconciliations.get_reconciliation(connection, number))
