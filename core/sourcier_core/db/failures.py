"""What failed in a corpus and could be tried again: from stored bytes, or from its source where none are stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, not_, select
from sqlalchemy.dialects.postgresql import distinct_on

from sourcier_core.db.accounts import is_scan
from sourcier_core.db.loads import LoadOutcome
from sourcier_core.db.tables import documents, load_items, loads, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, VersionId
from sourcier_core.errors import DocumentPurged


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A file that failed. Without a version nothing of it is stored, and `load_id` is the load that says why."""

    source: str
    path: str
    code: str
    retryable: bool
    version_id: VersionId | None = None
    load_id: str | None = None
    message: str = ""
    """What that load says."""


def list_failures(connection: Connection, corpus: CorpusId) -> list[Failure]:
    """Documents of a corpus whose newest content failed, and files that the newest load of a source could not store.

    What is withdrawn or purged is not among them.
    """
    return [*_of_documents(connection, corpus), *list_never_stored(connection, corpus)]


def _of_documents(connection: Connection, corpus: CorpusId) -> Sequence[Failure]:
    newest = (
        select(versions.c.id, versions.c.state, versions.c.failure_code, versions.c.failure_retryable)
        .where(versions.c.document_id == documents.c.id)
        .order_by(versions.c.updated_at.desc(), versions.c.sequence.desc())
        .limit(1)
        .lateral("newest")
    )
    rows = connection.execute(
        select(documents.c.source, documents.c.path, newest.c.id, newest.c.failure_code, newest.c.failure_retryable)
        .select_from(documents)
        .join(newest, newest.c.state == DocumentState.FAILED.value)
        .where(documents.c.corpus_id == corpus, documents.c.withdrawn_at.is_(None), documents.c.purged_at.is_(None))
        .order_by(documents.c.source, documents.c.path)
    )
    return [
        Failure(
            source=row.source,
            path=row.path,
            code=row.failure_code,
            retryable=row.failure_retryable,
            version_id=row.id,
        )
        for row in rows
    ]


def list_never_stored(connection: Connection, corpus: CorpusId) -> Sequence[Failure]:
    """What the newest scan of each source could not store, and no later load did: empty files, links, unreadable ones.

    They are no documents, as nothing of them is known but their path. An upload's copies are gone, and not among them.
    """
    newest = (
        select(loads.c.id, loads.c.source, loads.c.started_at)
        .where(
            loads.c.corpus_id == corpus,
            loads.c.finished_at.is_not(None),
            is_scan(),
            not_(func.coalesce(loads.c.options["remove_folder"].as_boolean(), False)),
        )
        .ext(distinct_on(loads.c.source))
        .order_by(loads.c.source, loads.c.started_at.desc())
        .subquery()
    )
    later, stored = loads.alias("later"), load_items.alias("stored")
    stored_since = exists().where(
        stored.c.load_id == later.c.id,
        stored.c.path == load_items.c.path,
        stored.c.version_id.is_not(None),
        later.c.corpus_id == corpus,
        later.c.source == newest.c.source,
        later.c.started_at > newest.c.started_at,
    )
    rows = connection.execute(
        select(
            newest.c.source,
            newest.c.id,
            load_items.c.path,
            load_items.c.code,
            load_items.c.message,
            load_items.c.retryable,
        )
        .join(load_items, load_items.c.load_id == newest.c.id)
        .where(
            load_items.c.outcome == LoadOutcome.FAILED.value,
            load_items.c.version_id.is_(None),
            load_items.c.code != DocumentPurged.code,
            not_(stored_since),
        )
        .order_by(newest.c.source, load_items.c.path)
    )
    return [
        Failure(
            source=row.source,
            path=row.path,
            code=row.code,
            retryable=row.retryable,
            load_id=row.id,
            message=row.message or "",
        )
        for row in rows
    ]
