"""Reading stored contents once more: a published version never changes, so what is read anew is another version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, not_, select

from sourcier_core.db.matching import is_one_of
from sourcier_core.db.tables import documents, publications, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId, version_id


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadDocument:
    """A document whose valid version has pages that were pictures which nothing could recognise."""

    source: str
    path: str
    document_id: DocumentId
    version_id: VersionId
    pages_unread: int


def _unread() -> Any:
    """Those of which no later reading of the same bytes exists, finished or not."""
    later = versions.alias("later")
    has_later = exists().where(
        and_(
            later.c.document_id == versions.c.document_id,
            later.c.content_sha256 == versions.c.content_sha256,
            later.c.reading > versions.c.reading,
        )
    )
    return (
        select(
            documents.c.source,
            documents.c.path,
            documents.c.id.label("document_id"),
            versions.c.id.label("version_id"),
            versions.c.pages_unread,
        )
        .join(versions, versions.c.document_id == documents.c.id)
        .join(publications, and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
        .where(
            versions.c.pages_unread > 0,
            documents.c.withdrawn_at.is_(None),
            documents.c.purged_at.is_(None),
            not_(has_later),
        )
    )


def list_unread(connection: Connection, corpus: CorpusId) -> list[UnreadDocument]:
    """The documents of a corpus with unread pages, by source and path."""
    query = _unread().where(documents.c.corpus_id == corpus).order_by(documents.c.source, documents.c.path)
    return [
        UnreadDocument(
            source=row.source,
            path=row.path,
            document_id=row.document_id,
            version_id=row.version_id,
            pages_unread=row.pages_unread,
        )
        for row in connection.execute(query)
    ]


def add_readings(connection: Connection, wanted: Sequence[VersionId], now: datetime) -> list[VersionId]:
    """Note another reading of these valid versions' bytes, to be parsed; the ids of the new versions.

    The valid version stays so until the new one is published. Of versions that are not valid any more, have no unread
    pages or are read again already, none is added: the documents are locked, so two people never add two.
    """
    if not wanted:
        return []
    locked = select(documents.c.id).join(versions, versions.c.document_id == documents.c.id)
    connection.execute(
        locked.where(is_one_of(versions.c.id, wanted)).order_by(documents.c.id).with_for_update(of=documents)
    ).all()
    still = [row.version_id for row in connection.execute(_unread().where(is_one_of(versions.c.id, wanted))).all()]
    every = versions.alias("every")
    last = select(func.max(every.c.sequence)).where(every.c.document_id == versions.c.document_id).scalar_subquery()
    rows = connection.execute(
        select(
            versions.c.document_id, versions.c.content_sha256, versions.c.size_bytes, versions.c.reading, last
        ).where(is_one_of(versions.c.id, still))
    ).all()
    added = [
        {
            "id": version_id(document, sequence + 1, content),
            "document_id": document,
            "sequence": sequence + 1,
            "reading": reading + 1,
            "content_sha256": content,
            "size_bytes": size,
            "state": DocumentState.STORED.value,
            "created_at": now,
            "updated_at": now,
        }
        for document, content, size, reading, sequence in rows
    ]
    if added:
        connection.execute(insert(versions), added)
    return [str(row["id"]) for row in added]
