"""Brings a withdrawn document back, with what the same withdrawal took out of the answers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from sourcier_core.db.publications import last_published, propose_versions, publish_versions
from sourcier_core.db.tables import corpora, documents, publications
from sourcier_core.domain.identifiers import DocumentId, VersionId


def restore_document(connection: Connection, document: DocumentId, now: datetime, *, by: str) -> None:
    """Publish a document's last published version again, and those of what its withdrawal closed inside it.

    What was withdrawn by itself, before, stays so. Where the corpus asks for a second person's approval, a version
    that had one when it was last valid keeps it: the same bytes were approved, and restoring them adds nothing. One
    that never had one is proposed by `by`: otherwise withdrawing and restoring would be a way around the second person.

    Raises:
        NotFound: there is no such document, or it was never published.
    """
    last_published(connection, document)
    tree = _closed_with(connection, document)
    connection.execute(update(documents).where(documents.c.id.in_(tree)).values(withdrawn_at=None, withdrawn_by=None))
    last = _last_publications(connection, tree)
    if _asks_for_approval(connection, document):
        unapproved = [version for version, is_approved in last if not is_approved]
        propose_versions(connection, unapproved, by=by, now=now)
        last = [(version, is_approved) for version, is_approved in last if is_approved]
    publish_versions(connection, [version for version, _ in last], now)


def _closed_with(connection: Connection, document: DocumentId) -> list[DocumentId]:
    """The document and what is inside it that was withdrawn at the same instant; locked in one order for everybody."""
    top = select(documents.c.id, documents.c.withdrawn_at).where(documents.c.id == document)
    tree = top.cte("closed", recursive=True)
    tree = tree.union(
        select(documents.c.id, documents.c.withdrawn_at).join(
            tree, (documents.c.parent_id == tree.c.id) & (documents.c.withdrawn_at == tree.c.withdrawn_at)
        )
    )
    rows = connection.execute(
        select(documents.c.id)
        .where(documents.c.id.in_(select(tree.c.id)), documents.c.purged_at.is_(None))
        .order_by(documents.c.id)
        .with_for_update()
    )
    return list(rows.scalars())


def _last_publications(connection: Connection, wanted: Sequence[DocumentId]) -> list[tuple[VersionId, bool]]:
    """The version of each document that was last valid and no longer is, and whether it was approved."""
    rows = connection.execute(
        select(publications.c.version_id, publications.c.approved_by, publications.c.valid_to)
        .where(publications.c.document_id.in_(wanted))
        .order_by(publications.c.document_id, publications.c.valid_from.desc(), publications.c.id.desc())
        .ext(distinct_on(publications.c.document_id))
    )
    return [(row.version_id, row.approved_by is not None) for row in rows if row.valid_to is not None]


def _asks_for_approval(connection: Connection, document: DocumentId) -> bool:
    return connection.execute(
        select(corpora.c.approval_required)
        .join(documents, documents.c.corpus_id == corpora.c.id)
        .where(documents.c.id == document)
    ).scalar_one()
