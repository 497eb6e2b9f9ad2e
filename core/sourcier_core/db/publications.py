"""What is published when: publishing, withdrawing, proposing, and what the index has yet to be told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, insert, literal, not_, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from sourcier_core.db.matching import is_one_of
from sourcier_core.db.tables import corpora, documents, publications, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import DocumentId, VersionId
from sourcier_core.errors import NotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """Who approved a version, and when; it stands in every citation of it."""

    approved_by: str
    approved_at: datetime


def publish_versions(
    connection: Connection,
    wanted: Sequence[VersionId],
    now: datetime,
    *,
    approvals: Mapping[VersionId, Approval] | None = None,
) -> None:
    """Make versions (of different documents) the valid ones from `now` on. The caller commits.

    New and replaced versions are marked, so that their dates are brought to the index afterwards
    (`pending_index_dates`). Publishing what is already current changes nothing. An approval is of a content: without
    another one in `approvals`, a version that was approved when it was last valid keeps it.
    """
    if not wanted:
        return
    rows = connection.execute(select(versions.c.id, versions.c.document_id).where(is_one_of(versions.c.id, wanted)))
    document_of = {row.id: row.document_id for row in rows}
    _lock(connection, document_of.values())
    current = {
        row.document_id: row.version_id
        for row in connection.execute(
            select(publications.c.document_id, publications.c.version_id).where(
                is_one_of(publications.c.document_id, document_of.values()), publications.c.valid_to.is_(None)
            )
        )
    }
    changing = {version: document for version, document in document_of.items() if current.get(document) != version}
    if not changing:
        return
    _end_publications(connection, list(changing.values()), now)
    approved = _last_approvals(connection, list(changing)) | dict(approvals or {})
    connection.execute(
        insert(publications),
        [
            {
                "document_id": document,
                "version_id": version,
                "valid_from": now,
                "approved_by": approved[version].approved_by if version in approved else None,
                "approved_at": approved[version].approved_at if version in approved else None,
            }
            for version, document in sorted(changing.items())
        ],
    )
    connection.execute(
        update(versions)
        .where(is_one_of(versions.c.id, changing))
        .values(state=DocumentState.PUBLISHED.value, index_dates_pending=True, updated_at=now)
    )
    connection.execute(
        update(documents)
        .where(is_one_of(documents.c.id, changing.values()), documents.c.withdrawn_at.is_not(None))
        .values(withdrawn_at=None, withdrawn_by=None)
    )


def _last_approvals(connection: Connection, wanted: Sequence[VersionId]) -> dict[VersionId, Approval]:
    rows = connection.execute(
        select(publications.c.version_id, publications.c.approved_by, publications.c.approved_at)
        .where(is_one_of(publications.c.version_id, wanted))
        .order_by(publications.c.version_id, publications.c.valid_from.desc(), publications.c.id.desc())
        .ext(distinct_on(publications.c.version_id))
    )
    return {
        row.version_id: Approval(approved_by=row.approved_by, approved_at=row.approved_at)
        for row in rows
        if row.approved_by is not None
    }


def _lock(connection: Connection, wanted: Iterable[DocumentId]) -> None:
    """Lock documents in one order for everybody."""
    connection.execute(
        select(documents.c.id).where(is_one_of(documents.c.id, list(wanted))).order_by(documents.c.id).with_for_update()
    ).all()


def _end_publications(connection: Connection, wanted: Sequence[DocumentId], now: datetime) -> None:
    ended = connection.execute(
        update(publications)
        .where(is_one_of(publications.c.document_id, wanted), publications.c.valid_to.is_(None))
        .values(valid_to=now)
        .returning(publications.c.version_id)
    ).scalars()
    if found := list(ended):
        connection.execute(update(versions).where(is_one_of(versions.c.id, found)).values(index_dates_pending=True))


def propose_versions(
    connection: Connection,
    wanted: Sequence[VersionId],
    *,
    by: str,
    now: datetime,
    proposers: Mapping[VersionId, str] | None = None,
) -> None:
    """Note that indexed versions wait for a second person's approval.

    With `proposers`, the work on them only goes on: who proposed a version before still does, else the one named
    there, else `by`. A repair or a release by somebody else thus never lets people approve their own text.
    """
    if not wanted:
        return
    original: ColumnElement[Any] = literal(by)
    if proposers is not None:
        whens = [(versions.c.id == version, literal(proposer)) for version, proposer in proposers.items()]
        named = case(*whens, else_=literal(by)) if whens else literal(by)
        original = func.coalesce(versions.c.proposed_by, named)
    connection.execute(
        update(versions)
        .where(is_one_of(versions.c.id, wanted))
        .values(state=DocumentState.INDEXED.value, proposed_by=original, proposed_at=now, updated_at=now)
    )


def withdraw_documents(
    connection: Connection, wanted: Sequence[DocumentId], now: datetime, *, by: str | None = None
) -> list[DocumentId]:
    """End documents' publications, and those of the files found in them: from `now` on no search finds them.

    As-of reads of before still do. With `by`, a person's name, they stay withdrawn until they are restored; without,
    they come back when their source holds them again. What was withdrawn before keeps its date and who did it, which
    tells it from what this withdrawal closes. Returns all that are withdrawn now.

    Raises:
        NotFound: there is no such document.
    """
    tree = select(documents.c.id).where(is_one_of(documents.c.id, wanted)).cte("tree", recursive=True)
    tree = tree.union(select(documents.c.id).join(tree, documents.c.parent_id == tree.c.id))
    found = list(connection.execute(select(tree.c.id).order_by(tree.c.id)).scalars())
    if not set(wanted) <= set(found):
        raise NotFound("There is no such document.")
    _lock(connection, found)
    closing: dict[str, Any] = {"withdrawn_at": now} if by is None else {"withdrawn_at": now, "withdrawn_by": by}
    connection.execute(
        update(documents).where(is_one_of(documents.c.id, found), documents.c.withdrawn_at.is_(None)).values(**closing)
    )
    if by is not None:  # a person keeps closed what only its source had withdrawn
        connection.execute(
            update(documents)
            .where(is_one_of(documents.c.id, wanted), documents.c.withdrawn_by.is_(None))
            .values(withdrawn_by=by)
        )
    _end_publications(connection, found, now)
    return found


def withdraw_inside(connection: Connection, parents: Sequence[DocumentId], now: datetime) -> None:
    """Withdraw what is inside those of these documents of which no content is valid."""
    if not parents:
        return
    is_valid = exists().where(
        and_(publications.c.document_id == documents.c.parent_id, publications.c.valid_to.is_(None))
    )
    inside = list(
        connection.execute(
            select(documents.c.id).where(
                is_one_of(documents.c.parent_id, parents), documents.c.withdrawn_at.is_(None), not_(is_valid)
            )
        ).scalars()
    )
    if inside:
        withdraw_documents(connection, inside, now)


def was_published(connection: Connection, version: VersionId) -> bool:
    """Whether a version is, or ever was, the valid one."""
    found = connection.execute(select(publications.c.id).where(publications.c.version_id == version).limit(1))
    return found.one_or_none() is not None


def last_published(connection: Connection, document: DocumentId) -> VersionId:
    """The version that is, or was last, published. Raises NotFound."""
    found = connection.execute(
        select(publications.c.version_id)
        .where(publications.c.document_id == document)
        .order_by(publications.c.valid_from.desc(), publications.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("This document was never published.")
    return str(found)


def mark_for_index(connection: Connection, wanted: Sequence[VersionId]) -> None:
    """Note that the index has to be told these versions' dates again."""
    connection.execute(update(versions).where(is_one_of(versions.c.id, wanted)).values(index_dates_pending=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexDates:
    """The hull of a version's publications, as the index's filter needs it."""

    version_id: VersionId
    valid_from: datetime
    valid_to: datetime | None


def pending_index_dates(connection: Connection) -> list[IndexDates]:
    """Versions whose dates in the index may be behind PostgreSQL's."""
    rows = connection.execute(
        select(
            versions.c.id,
            func.min(publications.c.valid_from).label("valid_from"),
            func.max(publications.c.valid_to).label("valid_to"),
            func.bool_or(publications.c.valid_to.is_(None)).label("open_end"),
        )
        .join(publications, publications.c.version_id == versions.c.id)
        .where(versions.c.index_dates_pending)
        .group_by(versions.c.id)
    )
    return [
        IndexDates(version_id=row.id, valid_from=row.valid_from, valid_to=None if row.open_end else row.valid_to)
        for row in rows
    ]


def index_dates_written(connection: Connection, dates: Sequence[IndexDates]) -> None:
    """Note that the index has these dates, unless the version changed again meanwhile."""
    still = {item.version_id: item for item in pending_index_dates(connection)}
    done = [item.version_id for item in dates if still.get(item.version_id) == item]
    connection.execute(update(versions).where(is_one_of(versions.c.id, done)).values(index_dates_pending=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexGroups:
    """The groups that may read a version now: the document's own, else the corpus's."""

    version_id: VersionId
    groups: frozenset[str]


def pending_index_groups(connection: Connection) -> list[IndexGroups]:
    """Versions whose groups in the index may be behind PostgreSQL's."""
    rows = connection.execute(
        select(versions.c.id, func.coalesce(documents.c.groups, corpora.c.groups).label("groups"))
        .join(documents, documents.c.id == versions.c.document_id)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
        .where(versions.c.index_groups_pending)
    )
    return [IndexGroups(version_id=row.id, groups=frozenset(row.groups)) for row in rows]


def index_groups_written(connection: Connection, written: Sequence[IndexGroups]) -> None:
    """Note that the index has these groups, unless they changed again meanwhile."""
    still = {item.version_id: item for item in pending_index_groups(connection)}
    done = [item.version_id for item in written if still.get(item.version_id) == item]
    connection.execute(update(versions).where(is_one_of(versions.c.id, done)).values(index_groups_pending=False))
