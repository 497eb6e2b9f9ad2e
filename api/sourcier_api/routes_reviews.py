"""What waits for a person, what a document once was, what resembles it, and erasing it for good."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from sourcier_api import schemas, views
from sourcier_api.application import Services
from sourcier_api.dependencies import PrincipalHere, ServicesHere, scope_for
from sourcier_api.routes_documents import readable_document
from sourcier_api.schemas_accounts import DuplicatedList, DuplicatedView
from sourcier_core.access import AccessScope
from sourcier_core.db import documents, purging, reviews
from sourcier_core.db.duplicates import find_duplicates, list_duplicated
from sourcier_core.db.reviews import Decision, ReviewKind
from sourcier_core.errors import PermissionDenied
from sourcier_ingest.quarantine.near_duplicates import estimate
from sourcier_ingest.reviewing import decide

router = APIRouter(prefix="/api", tags=["reviews"])


@router.get("/reviews")
def list_reviews(
    services: ServicesHere,
    principal: PrincipalHere,
    corpus: str | None = None,
    kind: ReviewKind | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[schemas.ReviewView]:
    """Versions in quarantine or proposed for approval, the longest waiting first."""
    scope = scope_for(services, principal, None if corpus is None else [corpus])
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        found = reviews.list_reviews(connection, corpus_ids=sorted(scope.corpora), kind=kind, limit=limit)
    return [views.review_view(review) for review in found]


@router.post("/reviews/{version_id}/decision")
def decide_review(
    version_id: UUID, wanted: schemas.DecisionRequest, services: ServicesHere, principal: PrincipalHere
) -> schemas.DecisionView:
    """Let a version out of quarantine, approve a proposed one (another person than the proposer), or reject it."""
    if not principal.is_administrator:
        raise PermissionDenied
    load = decide(
        services.engines.database,
        services.publisher,
        services.engines.index,
        str(version_id),
        Decision(wanted.decision),
        by=principal.id,
        comment=wanted.comment,
    )
    return schemas.DecisionView(
        version_id=str(version_id), decision=wanted.decision, load_id=None if load is None else load.id
    )


@router.get("/documents/{document_id}/versions")
def list_versions(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> list[schemas.VersionView]:
    """Every content the document had, the newest first; for others than administrators those that were published."""
    readable_document(services, principal, document_id)
    with services.engines.database.transaction() as connection:
        found = documents.list_versions(connection, str(document_id))
    return [
        views.version_view(version) for version in found if principal.is_administrator or version.valid_from is not None
    ]


@router.get("/documents/{document_id}/duplicates")
def list_duplicates(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> list[schemas.DuplicateView]:
    """Published documents, in any corpus the caller may read, with the same bytes or nearly the same words."""
    document = readable_document(services, principal, document_id)
    return _duplicates(services, document.version_id, scope_for(services, principal))


def _duplicates(services: Services, version: str, scope: AccessScope) -> list[schemas.DuplicateView]:
    with services.engines.database.transaction() as connection:
        bands, found = find_duplicates(connection, version, scope=scope)
    shown = [
        schemas.DuplicateView(
            document_id=other.document_id,
            corpus_id=other.corpus_id,
            path=other.path,
            title=other.title,
            resemblance=1.0 if other.same_bytes else min(0.99, round(estimate(bands, other.bands), 2)),
            same_bytes=other.same_bytes,
        )
        for other in found
    ]
    return sorted(shown, key=lambda view: (-view.resemblance, view.path))


@router.get("/corpora/{corpus}/duplicates")
def list_duplicated_documents(
    corpus: str,
    services: ServicesHere,
    principal: PrincipalHere,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DuplicatedList:
    """Published documents of a corpus with others, in any corpus the caller may read, that say the same or nearly."""
    scope_for(services, principal, [corpus])
    scope = scope_for(services, principal)
    with services.engines.database.transaction() as connection:
        last = None if after is None else str(after)
        found = list_duplicated(connection, corpus, scope=scope, after=last, limit=limit + 1)
    items = [
        DuplicatedView(
            document_id=one.document_id,
            path=one.path,
            title=one.title,
            duplicates=_duplicates(services, one.version_id, scope),
        )
        for one in found[:limit]
    ]
    return DuplicatedList(items=items, next=items[-1].document_id if len(found) > limit else None)


@router.post("/documents/{document_id}/purge")
def purge_document(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.DocumentView:
    """Erase a document and what was found inside it, for good: text, passages, index, files.

    It is not loaded again until that is allowed, even while its file stays in the source.
    """
    before = readable_document(services, principal, document_id)
    if not principal.is_administrator:
        raise PermissionDenied
    now = datetime.now(UTC)
    with services.engines.database.transaction() as connection:
        purged = purging.purge_document(connection, before.id, now, by=principal.id)
    for version in purged.versions:
        services.engines.index.delete_version(version)
    services.engines.index.flush()
    for blob in purged.unreferenced_blobs:
        services.engines.blobs.delete(blob)
    gone = {"purged_at": now, "purged_by": principal.id, "withdrawn_at": now, "state": "purged", "passage_count": 0}
    return before.model_copy(update=gone)


@router.post("/documents/{document_id}/allow", status_code=204)
def allow_document(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> None:
    """Let a purged document be loaded again with the next load of its source."""
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        purging.allow_again(connection, str(document_id))
