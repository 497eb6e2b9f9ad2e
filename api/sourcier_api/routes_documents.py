"""Corpora, documents, passages and pages."""

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from sourcier_api import schemas, views
from sourcier_api.dependencies import PrincipalHere, ServicesHere, scope_for
from sourcier_api.page_pictures import picture_of_page
from sourcier_api.schemas_accounts import PageList
from sourcier_core.access import may_read
from sourcier_core.db import corpora, documents, pages, passages, publications, purging, restoring
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.documents import DocumentState
from sourcier_core.errors import NotFound, PermissionDenied
from sourcier_ingest.parsing.tables import rows_of_part

router = APIRouter(prefix="/api", tags=["documents"])

_CONTEXT_CHARACTERS = 300


@router.get("/corpora")
def list_corpora(services: ServicesHere, principal: PrincipalHere) -> list[schemas.CorpusView]:
    """The corpora the caller may read."""
    scope = scope_for(services, principal)
    with services.engines.database.transaction() as connection:
        counts = corpora.count_published(connection)
        known = corpora.list_corpora(connection)
    return [views.corpus_view(corpus, counts.get(corpus.id, (0, 0))) for corpus in known if corpus.id in scope.corpora]


@router.post("/corpora", status_code=201)
def create_corpus(wanted: schemas.CorpusCreate, services: ServicesHere, principal: PrincipalHere) -> schemas.CorpusView:
    """Add a corpus. Without groups only administrators may read it."""
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        corpus = corpora.create_corpus(
            connection,
            corpus_id=wanted.id,
            title=wanted.title,
            groups=frozenset(wanted.groups),
            now=datetime.now(UTC),
        )
    return views.corpus_view(corpus, (0, 0))


def _claim_check(wanted: str | None) -> ClaimCheck | Literal["default"] | None:
    if wanted is None or wanted == "default":
        return wanted
    return ClaimCheck(wanted)


@router.patch("/corpora/{corpus}")
def change_corpus(
    corpus: str, wanted: schemas.CorpusChange, services: ServicesHere, principal: PrincipalHere
) -> schemas.CorpusView:
    """Change what is given: title, groups, a second person's approval, how claims are checked, what is set aside."""
    scope_for(services, principal, [corpus])
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        changed = corpora.change_corpus(
            connection,
            corpus,
            title=wanted.title,
            groups=None if wanted.groups is None else frozenset(wanted.groups),
            approval_required=wanted.approval_required,
            claim_check=_claim_check(wanted.claim_check),
            quarantine_threshold=wanted.quarantine_threshold,
        )
        counts = corpora.count_published(connection)
    services.publisher.write_pending()
    return views.corpus_view(changed, counts.get(corpus, (0, 0)))


@router.get("/documents")
def list_documents(
    services: ServicesHere,
    principal: PrincipalHere,
    corpus: str | None = None,
    query: Annotated[str | None, Query(max_length=200)] = None,
    state: DocumentState | Literal["purged"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> schemas.DocumentList:
    """Documents of the corpora the caller may read, by path; those that were purged only with `state=purged`."""
    scope = scope_for(services, principal, None if corpus is None else [corpus])
    with services.engines.database.transaction() as connection:
        if state == "purged":
            gone, total = purging.list_purged(connection, scope=scope, text=query, limit=limit, offset=offset)
            return schemas.DocumentList(items=[views.purged_view(document) for document in gone], total=total)
        found, total = documents.list_documents(
            connection, scope=scope, text=query, state=state, limit=limit, offset=offset
        )
    return schemas.DocumentList(items=[views.document_view(document) for document in found], total=total)


def readable_document(services: ServicesHere, principal: PrincipalHere, document_id: UUID) -> schemas.DocumentView:
    """The document, for those who may read it. Raises NotFound for everybody else."""
    with services.engines.database.transaction() as connection:
        found = documents.get_document(connection, str(document_id))
    scope = scope_for(services, principal)
    if found.corpus_id not in scope.corpora or not may_read(principal, found.groups):
        raise NotFound("There is no such document.")
    return views.document_view(found)


@router.get("/documents/{document_id}")
def read_document(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.DocumentView:
    """One document."""
    return readable_document(services, principal, document_id)


@router.post("/documents/{document_id}/withdraw")
def withdraw_document(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.DocumentView:
    """Take a document out of all answers from now on; it can be restored."""
    readable_document(services, principal, document_id)
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        publications.withdraw_documents(connection, [str(document_id)], datetime.now(UTC), by=principal.id)
    services.publisher.write_pending()
    return readable_document(services, principal, document_id)


@router.post("/documents/{document_id}/restore")
def restore_document(document_id: UUID, services: ServicesHere, principal: PrincipalHere) -> schemas.DocumentView:
    """Bring a withdrawn document back with its last published version, and what was withdrawn with it inside it.

    Where the corpus asks for approval, a version that never had one is proposed instead.
    """
    readable_document(services, principal, document_id)
    if not principal.is_administrator:
        raise PermissionDenied
    with services.engines.database.transaction() as connection:
        restoring.restore_document(connection, str(document_id), datetime.now(UTC), by=principal.id)
    services.publisher.write_pending()
    return readable_document(services, principal, document_id)


@router.get("/passages/{passage_id}")
def read_passage(
    passage_id: UUID, services: ServicesHere, principal: PrincipalHere, as_of: AwareDatetime | None = None
) -> schemas.PassageView:
    """A passage with the text around it; `as_of` where an answer of that date cites it, and it may be gone since."""
    scope = scope_for(services, principal, as_of=as_of)
    found = services.reader.read_readable([str(passage_id)], scope).get(str(passage_id))
    if found is None:
        raise NotFound("There is no such passage, or you may not read it.")
    passage, document = found
    start = max(0, passage.start - _CONTEXT_CHARACTERS)
    before = services.reader.read_text(passage.version_id, start, passage.start)
    after = services.reader.read_text(passage.version_id, passage.end, passage.end + _CONTEXT_CHARACTERS)
    with services.engines.database.transaction() as connection:
        tables = passages.tables_between(connection, passage.version_id, passage.start, passage.end)
    parts = [
        rows_of_part(
            html, services.reader.read_text(passage.version_id, first, last), passage.start - first, passage.end - first
        )
        for first, last, html in tables
    ]
    return views.passage_view(passage, document, before, after, parts)


def _readable_version(services: ServicesHere, principal: PrincipalHere, version_id: UUID) -> documents.DocumentVersion:
    with services.engines.database.transaction() as connection:
        version = documents.get_version(connection, str(version_id))
    readable = version.corpus_id in scope_for(services, principal).corpora and may_read(principal, version.groups)
    # What is not published yet (quarantine, proposals) or was withdrawn is for administrators only.
    open_now = version.valid_from is not None and version.withdrawn_at is None
    if not readable or not (open_now or principal.is_administrator):
        raise NotFound("There is no such document version.")
    return version


@router.get("/versions/{version_id}/original", response_class=FileResponse)
def read_original(version_id: UUID, services: ServicesHere, principal: PrincipalHere) -> FileResponse:
    """The file as it was loaded, as a download: it is never shown inside the page."""
    version = _readable_version(services, principal, version_id)
    return FileResponse(
        services.engines.blobs.path(version.content_sha256),
        media_type="application/octet-stream",
        filename=PurePosixPath(version.path).name,
        content_disposition_type="attachment",
    )


@router.get("/versions/{version_id}/pages")
def list_pages(
    version_id: UUID,
    services: ServicesHere,
    principal: PrincipalHere,
    without_text: bool = False,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> PageList:
    """The pages of a version, each with what came of it; all, or those that yielded nothing."""
    version = _readable_version(services, principal, version_id)
    with services.engines.database.transaction() as connection:
        found, total = pages.list_pages(connection, version.id, without_text=without_text, limit=limit, offset=offset)
    return PageList(items=[views.page_view(account, version) for account in found], total=total)


@router.get(
    "/versions/{version_id}/pages/{number}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def read_page(
    version_id: UUID,
    number: int,
    services: ServicesHere,
    principal: PrincipalHere,
    passage: UUID | None = None,
    start: int | None = None,
    end: int | None = None,
    scale: Annotated[float, Query(ge=0.5, le=4.0)] = 1.6,
) -> Response:
    """A page as a picture, the passage in yellow and the span [start, end) of the text in orange."""
    version = _readable_version(services, principal, version_id)
    regions = []
    if passage is not None:
        with services.engines.database.transaction() as connection:
            regions = documents.passage_regions(connection, version.id, str(passage))
    on_page = [region for region in regions if region.page == number]
    quoted = [
        region
        for region in on_page
        if start is not None and end is not None and region.end > start and region.start < end
    ]
    image = picture_of_page(
        services.engines.database,
        services.engines.blobs,
        services.page_runner,
        version,
        number,
        passwords=services.passwords,
        passage=on_page,
        quoted=quoted,
        scale=scale,
    )
    return Response(image, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})
