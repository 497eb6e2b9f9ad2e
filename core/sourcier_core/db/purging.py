"""Erases a document's content for good: texts, pages, passages, versions; what remains is that it once was here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from sourcier_core.access import AccessScope
from sourcier_core.db.publications import withdraw_documents
from sourcier_core.db.tables import (
    decisions,
    documents,
    fetched_files,
    load_items,
    pages,
    passages,
    publications,
    versions,
)
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId
from sourcier_core.errors import PermissionDenied


@dataclass(frozen=True, kw_only=True, slots=True)
class Purged:
    """What is to follow outside of PostgreSQL, after the commit."""

    documents: tuple[DocumentId, ...]
    versions: tuple[VersionId, ...]
    """Their points leave the index."""
    unreferenced_blobs: tuple[str, ...]
    """sha256 of bytes that no other version needs."""


def purge_document(connection: Connection, document: DocumentId, now: datetime, *, by: str) -> Purged:
    """Erase a document with what was found inside it; `by` is who asked. It is not loaded again until that is allowed.

    Raises:
        NotFound: there is no such document.
    """
    tree = withdraw_documents(connection, [document], now, by=by)
    rows = connection.execute(
        select(versions.c.id, versions.c.content_sha256, versions.c.rendition_sha256).where(
            versions.c.document_id.in_(tree)
        )
    ).all()
    gone = [row.id for row in rows]
    connection.execute(update(load_items).where(load_items.c.version_id.in_(gone)).values(version_id=None))
    for table in (decisions, passages, pages, publications):
        connection.execute(delete(table).where(table.c.version_id.in_(gone)))
    connection.execute(delete(fetched_files).where(fetched_files.c.document_id.in_(tree)))
    connection.execute(delete(versions).where(versions.c.id.in_(gone)))
    connection.execute(update(documents).where(documents.c.id.in_(tree)).values(purged_at=now))
    blobs = {row.content_sha256 for row in rows} | {row.rendition_sha256 for row in rows if row.rendition_sha256}
    return Purged(
        documents=tuple(tree), versions=tuple(gone), unreferenced_blobs=_unreferenced(connection, sorted(blobs))
    )


def _unreferenced(connection: Connection, blobs: Sequence[str]) -> tuple[str, ...]:
    """Those of these blobs that no version refers to."""
    used: set[str] = set()
    for column in (versions.c.content_sha256, versions.c.rendition_sha256):
        used.update(connection.execute(select(column).where(column.in_(blobs))).scalars())
    return tuple(blob for blob in blobs if blob not in used)


def allow_again(connection: Connection, document: DocumentId) -> None:
    """Let a purged document be loaded again. Nothing happens to one that was not purged."""
    wanted = update(documents).where(documents.c.id == document, documents.c.purged_at.is_not(None))
    connection.execute(wanted.values(purged_at=None, withdrawn_by=None))


@dataclass(frozen=True, kw_only=True, slots=True)
class PurgedDocument:
    """What is left of a purged document: where it was, when it was erased, and who asked for it."""

    id: DocumentId
    corpus_id: CorpusId
    path: str
    purged_at: datetime
    purged_by: str | None
    parent_id: DocumentId | None


def list_purged(
    connection: Connection, *, scope: AccessScope, text: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[PurgedDocument], int]:
    """Purged documents by path, and how many match; `text` is looked for in the path. For administrators.

    Raises:
        PermissionDenied: the scope is not an administrator's: who may have read an erased document is not kept.
    """
    if not scope.is_administrator:
        raise PermissionDenied("Only administrators may see which documents were purged.")
    matching: list[ColumnElement[bool]] = [
        documents.c.corpus_id.in_(sorted(scope.corpora)),
        documents.c.purged_at.is_not(None),
    ]
    if text:
        matching.append(documents.c.path.icontains(text, autoescape=True))
    total = connection.execute(select(func.count()).select_from(documents).where(*matching)).scalar_one()
    rows = connection.execute(
        select(documents).where(*matching).order_by(documents.c.corpus_id, documents.c.path).limit(limit).offset(offset)
    )
    return [
        PurgedDocument(
            id=row.id,
            corpus_id=row.corpus_id,
            path=row.path,
            purged_at=row.purged_at,
            purged_by=row.withdrawn_by,
            parent_id=row.parent_id,
        )
        for row in rows
    ], total
