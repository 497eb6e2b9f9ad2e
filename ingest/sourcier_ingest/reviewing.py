"""Carries out what a person decides on a version that waits for it."""

from datetime import UTC, datetime

from sourcier_core.db import publications, reviews
from sourcier_core.db.database import Database
from sourcier_core.db.loads import Load
from sourcier_core.db.publications import Approval
from sourcier_core.db.reviews import Decision, ReviewKind
from sourcier_core.domain.identifiers import VersionId
from sourcier_core.errors import SecondPersonRequired
from sourcier_core.ports import PassageIndex
from sourcier_ingest.loading import LoadOptions, request_load
from sourcier_ingest.publishing import Publisher


def decide(
    database: Database,
    publisher: Publisher,
    index: PassageIndex,
    version: VersionId,
    decision: Decision,
    *,
    by: str,
    comment: str = "",
) -> Load | None:
    """Note the decision and act on it. What leaves quarantine is published by the load returned.

    That load parses it again: what is inside it was not let in while it was held. Nothing inside a rejected content is.

    An approved proposal is published at once, with the approver's name and the date in every citation of it.

    Raises:
        NotFound: nothing waits for a decision under this identifier.
        SecondPersonRequired: the one who proposed a version would approve it.
        InvalidRequest: a rejection gives no reason.
    """
    now = datetime.now(UTC)
    with database.transaction() as connection:
        review = reviews.get_review(connection, version)
        approved = decision is Decision.APPROVED
        is_proposal = review.kind is ReviewKind.APPROVAL
        if is_proposal and approved and review.proposed_by == by:
            raise SecondPersonRequired
        reviews.record_decision(connection, review, decision, by=by, comment=comment, now=now)
        if is_proposal and approved:
            approval = Approval(approved_by=by, approved_at=now)
            publications.publish_versions(connection, [version], now, approvals={version: approval})
        if not approved:
            publications.withdraw_inside(connection, [review.document_id], now)
        points_go = is_proposal and not approved and not publications.was_published(connection, version)
    publisher.write_pending()
    if points_go:
        index.delete_version(version)
    if is_proposal:
        return None
    if not approved:
        return None
    options = LoadOptions(folder="", keep_missing=True, parse_again=(version,))
    return request_load(database, corpus_id=review.corpus_id, source=review.source, options=options, requested_by=by)
