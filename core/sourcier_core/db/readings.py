"""Reading stored contents once more: a published version never changes, so what is read anew is another version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, not_, or_, select

from sourcier_core.db.matching import is_one_of
from sourcier_core.db.tables import documents, publications, versions
from sourcier_core.domain.documents import FINAL_STATES, DocumentState
from sourcier_core.domain.identifiers import CorpusId, VersionId, version_id


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadDocument:
    """A document whose valid version has pages that were pictures which nothing could recognise."""

    source: str
    version_id: VersionId
    """The valid version."""


_later = versions.alias("later")
_CUT_OFF = [state.value for state in DocumentState if state not in FINAL_STATES]


def _unread() -> Any:
    """Those of which no later reading of the same bytes exists, but one whose work was cut off or has not begun."""
    is_later = and_(
        _later.c.document_id == versions.c.document_id,
        _later.c.content_sha256 == versions.c.content_sha256,
        _later.c.reading > versions.c.reading,
    )
    is_over = or_(_later.c.state.not_in(_CUT_OFF), _later.c.proposed_at.is_not(None))
    return (
        select(documents.c.source, versions.c.id, _later.c.id.label("begun"))
        .join(versions, versions.c.document_id == documents.c.id)
        .join(publications, and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
        .outerjoin(_later, is_later)
        .where(
            versions.c.pages_unread > 0,
            documents.c.withdrawn_at.is_(None),
            documents.c.purged_at.is_(None),
            or_(_later.c.id.is_(None), not_(is_over)),
        )
    )


def list_unread(connection: Connection, corpus: CorpusId) -> list[UnreadDocument]:
    """The documents of a corpus with unread pages, by source and path."""
    query = _unread().where(documents.c.corpus_id == corpus).order_by(documents.c.source, documents.c.path)
    return [UnreadDocument(source=row.source, version_id=row.id) for row in connection.execute(query)]


def add_readings(connection: Connection, wanted: Sequence[VersionId], now: datetime) -> list[VersionId]:
    """Note another reading of these valid versions' bytes, to be parsed; the ids of the readings.

    The valid version stays so until the new one is published. A reading that was begun and cut off, or that waits for
    its load, is the one to be taken up. Of versions that are not valid any more, or have no unread pages, there is
    none. The documents are locked, so two people never add two.
    """
    if not wanted:
        return []
    locked = select(documents.c.id).join(versions, versions.c.document_id == documents.c.id)
    connection.execute(
        locked.where(is_one_of(versions.c.id, wanted)).order_by(documents.c.id).with_for_update(of=documents)
    ).all()
    unread = connection.execute(_unread().where(is_one_of(versions.c.id, wanted))).all()
    begun = [str(row.begun) for row in unread if row.begun is not None]
    every = versions.alias("every")
    last = select(func.max(every.c.sequence)).where(every.c.document_id == versions.c.document_id).scalar_subquery()
    rows = connection.execute(
        select(
            versions.c.document_id, versions.c.content_sha256, versions.c.size_bytes, versions.c.reading, last
        ).where(is_one_of(versions.c.id, [row.id for row in unread if row.begun is None]))
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
    return [*begun, *(str(row["id"]) for row in added)]
