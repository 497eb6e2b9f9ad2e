"""Erases a document's content for good: texts, pages, passages, versions; what remains is that it once was here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

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
from sourcier_core.domain.identifiers import DocumentId, VersionId


@dataclass(frozen=True, kw_only=True, slots=True)
class Purged:
    """What is to follow outside of PostgreSQL, after the commit."""

    documents: tuple[DocumentId, ...]
    versions: tuple[VersionId, ...]
    """Their points leave the index."""
    unreferenced_blobs: tuple[str, ...]
    """sha256 of bytes that no other version needs."""


def purge_document(connection: Connection, document: DocumentId, now: datetime) -> Purged:
    """Erase a document with what was found inside it. It is not loaded again until that is allowed.

    Raises:
        NotFound: there is no such document.
    """
    tree = withdraw_documents(connection, [document], now)
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
    """Let a purged document be loaded again."""
    connection.execute(update(documents).where(documents.c.id == document).values(purged_at=None))
