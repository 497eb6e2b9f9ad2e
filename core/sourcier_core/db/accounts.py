"""What PostgreSQL says should be there: versions with the points, pages, passages and files each ought to have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, exists, func, insert, not_, or_, select

from sourcier_core.db.loads import LoadState
from sourcier_core.db.tables import (
    documents,
    load_items,
    loads,
    pages,
    passages,
    publications,
    reconciliations,
    sources,
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
    is_newest: bool
    """The content that was last seen at the source: a content that came back is an earlier version."""
    is_withdrawn: bool

    @property
    def expected_points(self) -> int:
        """How many points the index ought to have."""
        return self.passage_rows if self.state.value in _INDEXED else 0


def newest_content() -> Any:
    """The version whose content was last seen at its document's source, as a subquery beside `documents`."""
    seen = versions.alias("seen")
    valid_from = (
        select(func.max(publications.c.valid_from)).where(publications.c.version_id == seen.c.id).scalar_subquery()
    )
    return (
        select(seen.c.id)
        .where(seen.c.document_id == documents.c.id)
        .order_by(func.greatest(seen.c.created_at, seen.c.asked_at, valid_from).desc(), seen.c.sequence.desc())
        .limit(1)
        .correlate(documents)
        .scalar_subquery()
    )


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
    newest = newest_content()

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
        count(pages, pages.c.start_offset == pages.c.end_offset).label("pages_without_text"),
        count(passages).label("passage_rows"),
        versions.c.failure_code,
        current.label("is_current"),
        cut_off.label("is_cut_off"),
        (newest == versions.c.id).label("is_newest"),
        documents.c.withdrawn_at.is_not(None).label("is_withdrawn"),
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


def _newest_scan(column: Any, corpus: CorpusId, source: str) -> Any:
    """A column of the newest load that listed the whole source: one that finished, else any."""
    is_scan = and_(
        loads.c.options["retry_of"].as_string().is_(None),
        *(
            func.coalesce(func.jsonb_array_length(loads.c.options[name]), 0) == 0
            for name in ("versions", "parse_again")
        ),
    )
    return (
        select(column)
        .where(loads.c.corpus_id == corpus, loads.c.source == source, is_scan)
        .order_by((loads.c.state == LoadState.FINISHED.value).desc(), loads.c.started_at.desc())
        .limit(1)
    )


def scan_options(connection: Connection, corpus: CorpusId, source: str) -> dict[str, Any]:
    """What was chosen for the newest load of a whole source: its patterns, its access; empty when there was none."""
    return connection.execute(_newest_scan(loads.c.options, corpus, source)).scalar_one_or_none() or {}


def refused_files(connection: Connection, corpus: CorpusId, source: str) -> dict[str, str]:
    """Files that the newest scan of a source saw and could not store, as path → code."""
    newest = _newest_scan(loads.c.id, corpus, source).scalar_subquery()
    rows = connection.execute(
        select(load_items.c.path, load_items.c.code).where(
            load_items.c.load_id == newest, load_items.c.version_id.is_(None), load_items.c.code.is_not(None)
        )
    )
    return {row.path: row.code for row in rows}


def is_loading(connection: Connection, corpus: CorpusId, source: str) -> bool:
    """Whether a load of the source has not ended yet."""
    unfinished = exists().where(loads.c.corpus_id == corpus, loads.c.source == source, loads.c.finished_at.is_(None))
    return bool(connection.execute(select(unfinished)).scalar_one())


def list_places(connection: Connection) -> list[tuple[CorpusId, str]]:
    """Every (corpus, source) that has documents, and every configured source, those too that were never loaded."""
    places = select(documents.c.corpus_id, documents.c.source).union(
        select(sources.c.corpus_id, cast(sources.c.id, Text))
    )
    return sorted((row[0], row[1]) for row in connection.execute(places))


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceDocument:
    """A document of a source, as what its source holds is compared with."""

    path: str
    document_id: DocumentId
    is_inside: bool
    """It was found inside another file, and goes with that."""
    is_withdrawn: bool
    is_closed: bool
    """A person withdrew or purged it: what the source holds changes nothing."""
    has_content: bool


def place_documents(connection: Connection, corpus: CorpusId, source: str) -> list[PlaceDocument]:
    """The documents of a source, by path."""
    rows = connection.execute(
        select(
            documents.c.path,
            documents.c.id.label("document_id"),
            documents.c.parent_id.is_not(None).label("is_inside"),
            documents.c.withdrawn_at.is_not(None).label("is_withdrawn"),
            or_(documents.c.withdrawn_by.is_not(None), documents.c.purged_at.is_not(None)).label("is_closed"),
            exists().where(versions.c.document_id == documents.c.id).label("has_content"),
        )
        .where(documents.c.corpus_id == corpus, documents.c.source == source)
        .order_by(documents.c.path)
    )
    return [PlaceDocument(**row) for row in rows.mappings()]


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
