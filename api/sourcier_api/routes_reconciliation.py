"""The balance between source, files, PostgreSQL and index."""

from fastapi import APIRouter

from sourcier_api import schemas
from sourcier_api.application import Services
from sourcier_api.dependencies import PrincipalHere, ServicesHere
from sourcier_core.db import accounts
from sourcier_core.errors import NotFound, PermissionDenied

router = APIRouter(prefix="/api", tags=["reconciliation"])


def _last(services: Services) -> schemas.ReconciliationView:
    with services.engines.database.transaction() as connection:
        found = accounts.last_reconciliation(connection)
    if found is None:
        raise NotFound("Nothing was reconciled yet.")
    finished_at, repaired, report = found
    return schemas.ReconciliationView.model_validate({**report, "finished_at": finished_at, "repaired": repaired})


@router.post("/reconciliations")
def reconcile(
    wanted: schemas.ReconciliationRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas.ReconciliationView:
    """Compare everything now; with `repair`, loads are queued that put right what can be."""
    if not principal.is_administrator:
        raise PermissionDenied
    services.reconciler.run(repair=wanted.repair)
    return _last(services)


@router.get("/reconciliations/last")
def read_last(services: ServicesHere, principal: PrincipalHere) -> schemas.ReconciliationView:
    """The newest balance; one is made every night."""
    if not principal.is_administrator:
        raise PermissionDenied
    return _last(services)
