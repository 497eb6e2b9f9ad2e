"""What PostgreSQL says should be there: versions with the points, pages, passages and files each ought to have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, not_, or_, select

from sourcier_core.db.pages import WITHOUT_TEXT_VALUES
from sourcier_core.db.tables import (
    documents,
    load_items,
    loads,
    pages,
    passages,
    publications,
    reconciliations,
    versions,
)
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId

_BATCH = 1000
_INDEXED = (DocumentState.INDEXED.value, DocumentState.PUBLISHED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionAccount:
    """One version as PostgreSQL has it."""

    version_id: VersionId
    document_id: DocumentId
    corpus_id: CorpusId
    source: str
    path: str
    state: DocumentState
    content_sha256: str
    rendition_sha256: str | None
    page_count: int
    page_rows: int
    pages_without_text: int
    """Pages that gave no text: empty ones, pictures, what was not recognised; the note of each says which."""
    passage_rows: int
    failure_code: str | None
    is_current: bool
    is_cut_off: bool
    """Neither ended nor part of a load that still runs."""

    @property
    def expected_points(self) -> int:
        """How many points the index ought to have."""
        return self.passage_rows if self.state.value in _INDEXED else 0


def version_accounts(connection: Connection) -> Iterator[VersionAccount]:
    """Every version there is, by identifier; a bounded number at a time."""
    running = exists().where(
        and_(
            loads.c.corpus_id == documents.c.corpus_id,
            loads.c.source == documents.c.source,
            loads.c.finished_at.is_(None),
        )
    )
    in_between = versions.c.state.in_(
        [state.value for state in DocumentState if state.value not in {"published", "failed", "quarantined"}]
    )
    cut_off = and_(in_between, versions.c.proposed_at.is_(None), not_(running))
    current = exists().where(and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))

    def count(table: Any, *where: Any) -> Any:
        return select(func.count()).where(table.c.version_id == versions.c.id, *where).scalar_subquery()

    query = select(
        versions.c.id.label("version_id"),
        versions.c.document_id,
        documents.c.corpus_id,
        documents.c.source,
        documents.c.path,
        versions.c.state,
        versions.c.content_sha256,
        versions.c.rendition_sha256,
        versions.c.page_count,
        count(pages).label("page_rows"),
        count(pages, pages.c.reading.in_(WITHOUT_TEXT_VALUES)).label("pages_without_text"),
        count(passages).label("passage_rows"),
        versions.c.failure_code,
        current.label("is_current"),
        cut_off.label("is_cut_off"),
    ).join(documents, documents.c.id == versions.c.document_id)
    after: str | None = None
    while True:
        batch = query.order_by(versions.c.id).limit(_BATCH)
        rows = connection.execute(batch if after is None else batch.where(versions.c.id > after)).mappings().all()
        for row in rows:
            values: dict[str, Any] = dict(row)
            values["state"] = DocumentState(values["state"])
            yield VersionAccount(**values)
        if len(rows) < _BATCH:
            return
        after = rows[-1]["version_id"]


def is_scan() -> Any:
    """Whether a load is one that looks at all of its source."""
    return and_(
        loads.c.options["retry_of"].as_string().is_(None),
        *(
            func.coalesce(func.jsonb_array_length(loads.c.options[name]), 0) == 0
            for name in ("versions", "parse_again")
        ),
    )


def refused_files(connection: Connection, corpus: CorpusId, source: str) -> dict[str, str]:
    """Files that the newest scan of a source saw and could not store, as path → code."""
    newest = (
        select(loads.c.id)
        .where(loads.c.corpus_id == corpus, loads.c.source == source, loads.c.finished_at.is_not(None), is_scan())
        .order_by(loads.c.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(load_items.c.path, load_items.c.code).where(
            load_items.c.load_id == newest, load_items.c.version_id.is_(None), load_items.c.code.is_not(None)
        )
    )
    return {row.path: row.code for row in rows}


def purged_documents(connection: Connection, corpus: CorpusId, source: str) -> dict[str, DocumentId]:
    """The documents of a source that were erased for good and are not loaded again, by path."""
    rows = connection.execute(
        select(documents.c.path, documents.c.id).where(
            documents.c.corpus_id == corpus, documents.c.source == source, documents.c.purged_at.is_not(None)
        )
    )
    return {row.path: row.id for row in rows}


def referenced_blobs(connection: Connection, blobs: list[str]) -> set[str]:
    """Those of these sha256 that a version refers to."""
    rows = connection.execute(
        select(versions.c.content_sha256, versions.c.rendition_sha256).where(
            or_(versions.c.content_sha256.in_(blobs), versions.c.rendition_sha256.in_(blobs))
        )
    )
    return {blob for row in rows for blob in row if blob is not None}


def save_reconciliation(
    connection: Connection, *, started_at: datetime, finished_at: datetime, repaired: bool, report: dict[str, Any]
) -> None:
    """Keep what a reconciliation found."""
    connection.execute(
        insert(reconciliations).values(started_at=started_at, finished_at=finished_at, repaired=repaired, report=report)
    )


def last_reconciliation(connection: Connection) -> tuple[datetime, bool, dict[str, Any]] | None:
    """When the newest reconciliation ended, whether it repaired, and its report."""
    row = connection.execute(
        select(reconciliations.c.finished_at, reconciliations.c.repaired, reconciliations.c.report)
        .order_by(reconciliations.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.finished_at, row.repaired, row.report)
