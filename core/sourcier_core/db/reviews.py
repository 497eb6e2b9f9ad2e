"""Decisions of people on versions: out of quarantine or not, approved or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, not_, select, update

from sourcier_core.db.publications import was_published
from sourcier_core.db.tables import decisions, documents, passages, publications, versions
from sourcier_core.domain.documents import DocumentState, QuarantineEvidence
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId
from sourcier_core.errors import DocumentRejected, InvalidRequest, NotFound


class ReviewKind(StrEnum):
    """Why a version waits for a person."""

    QUARANTINE = "quarantine"
    APPROVAL = "approval"


class Decision(StrEnum):
    """What the person decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A version that waits for a person, with what they need to decide."""

    version_id: VersionId
    document_id: DocumentId
    corpus_id: CorpusId
    source: str
    path: str
    title: str
    kind: ReviewKind
    since: datetime
    score: float | None
    evidence: tuple[QuarantineEvidence, ...]
    proposed_by: str | None
    passage_count: int
    page_count: int


def _waiting() -> Any:
    rejected = exists().where(and_(decisions.c.version_id == versions.c.id, decisions.c.decision == "rejected"))
    held = versions.c.state == DocumentState.QUARANTINED.value
    proposed = and_(versions.c.state == DocumentState.INDEXED.value, versions.c.proposed_at.is_not(None))
    # A later content of the document has been published meanwhile: deciding on this one would bring back the old.
    overtaken = exists().where(
        and_(
            publications.c.document_id == versions.c.document_id,
            publications.c.valid_to.is_(None),
            publications.c.valid_from > func.coalesce(versions.c.asked_at, versions.c.updated_at),
        )
    )
    passage_count = select(func.count()).where(passages.c.version_id == versions.c.id).scalar_subquery()
    return (
        select(
            versions.c.id.label("version_id"),
            versions.c.document_id,
            documents.c.corpus_id,
            documents.c.source,
            documents.c.path,
            versions.c.title,
            versions.c.state,
            versions.c.updated_at,
            versions.c.quarantine_score,
            versions.c.quarantine_evidence,
            versions.c.proposed_by,
            versions.c.page_count,
            passage_count.label("passage_count"),
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(held | proposed, not_(rejected), not_(overtaken), documents.c.withdrawn_at.is_(None))
        .order_by(versions.c.updated_at, versions.c.id)
    )


def _review(row: Any) -> Review:
    held = row.state == DocumentState.QUARANTINED.value
    return Review(
        version_id=row.version_id,
        document_id=row.document_id,
        corpus_id=row.corpus_id,
        source=row.source,
        path=row.path,
        title=row.title or row.path,
        kind=ReviewKind.QUARANTINE if held else ReviewKind.APPROVAL,
        since=row.updated_at,
        score=row.quarantine_score,
        evidence=tuple(QuarantineEvidence(**item) for item in row.quarantine_evidence),
        proposed_by=row.proposed_by,
        passage_count=row.passage_count,
        page_count=row.page_count,
    )


def list_reviews(
    connection: Connection, *, corpus_ids: Sequence[CorpusId], kind: ReviewKind | None = None, limit: int = 100
) -> list[Review]:
    """Versions of these corpora that wait for a person, the longest waiting first."""
    query = _waiting().where(documents.c.corpus_id.in_(corpus_ids))
    if kind is ReviewKind.QUARANTINE:
        query = query.where(versions.c.state == DocumentState.QUARANTINED.value)
    elif kind is ReviewKind.APPROVAL:
        query = query.where(versions.c.state == DocumentState.INDEXED.value)
    return [_review(row) for row in connection.execute(query.limit(limit))]


def get_review(connection: Connection, version: VersionId) -> Review:
    """A version that waits for a person; its row is locked until the commit.

    Raises:
        NotFound: there is no such version, or nothing is to be decided on it (any more).
    """
    connection.execute(select(versions.c.id).where(versions.c.id == version).with_for_update())
    row = connection.execute(_waiting().where(versions.c.id == version)).one_or_none()
    if row is None:
        raise NotFound("Nothing waits for a decision under this identifier.")
    return _review(row)


def record_decision(
    connection: Connection, review: Review, decision: Decision, *, by: str, comment: str, now: datetime
) -> None:
    """Note a decision, and what it means for the version's state. What is approved is yet to be published.

    A content that was valid once and is now rejected stays readable as of then.

    Raises:
        InvalidRequest: a rejection gives no reason.
    """
    if decision is Decision.REJECTED and not comment.strip():
        raise InvalidRequest("Say why it is rejected.")
    connection.execute(
        insert(decisions).values(
            version_id=review.version_id,
            kind=review.kind.value,
            decision=decision.value,
            decided_by=by,
            decided_at=now,
            comment=comment,
        )
    )
    values: dict[str, Any] = {"updated_at": now}
    if decision is Decision.REJECTED and was_published(connection, review.version_id):
        values |= {"state": DocumentState.PUBLISHED.value, "proposed_by": None, "proposed_at": None}
    elif decision is Decision.REJECTED:
        values |= {
            "state": DocumentState.FAILED.value,
            "failure_code": DocumentRejected.code,
            "failure_message": f"{DocumentRejected().message} {comment}".strip(),
        }
    elif review.kind is ReviewKind.QUARANTINE:
        values["state"] = DocumentState.CHUNKED.value
    connection.execute(update(versions).where(versions.c.id == review.version_id).values(**values))


def released_versions(connection: Connection, wanted: Sequence[VersionId]) -> set[VersionId]:
    """Those of these versions that a person has let out of quarantine."""
    rows = connection.execute(
        select(decisions.c.version_id).where(
            decisions.c.version_id.in_(wanted),
            decisions.c.kind == ReviewKind.QUARANTINE.value,
            decisions.c.decision == Decision.APPROVED.value,
        )
    )
    return set(rows.scalars())
