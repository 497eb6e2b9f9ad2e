"""What PostgreSQL says should be there: versions with the points, pages, passages and files each ought to have."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, exists, func, not_, or_, select

from sourcier_core.db.loads import LoadOutcome, LoadState, is_scan
from sourcier_core.db.pages import WITHOUT_TEXT_VALUES
from sourcier_core.db.tables import (
    documents,
    load_items,
    loads,
    pages,
    passages,
    publications,
    sources,
    versions,
)
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId

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
    passages_expected: int
    """As many as the highest ordinal and the load that published it say."""
    failure_code: str | None
    failure_message: str | None
    is_current: bool
    is_cut_off: bool
    """Neither ended nor part of a load that still runs."""
    is_newest: bool
    """The content that was last seen at the source: a content that came back is an earlier version."""
    is_withdrawn: bool

    @property
    def expected_points(self) -> int:
        """How many points the index ought to have."""
        return self.passages_expected if self.state.value in _INDEXED else 0


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


def count_documents(connection: Connection) -> int:
    """How many documents there are."""
    return connection.execute(select(func.count()).select_from(documents)).scalar_one()


def document_accounts(
    connection: Connection, *, after: DocumentId | None = None, limit: int = 500
) -> list[list[VersionAccount]]:
    """Documents by identifier, at most `limit` of those behind `after`: all versions of each, the oldest first.

    Documents without a version, as purged ones, are left out.
    """
    following = select(documents.c.id).where(exists().where(versions.c.document_id == documents.c.id))
    if after is not None:
        following = following.where(documents.c.id > after)
    wanted = following.order_by(documents.c.id).limit(limit).subquery()
    query = _version_accounts().join(wanted, wanted.c.id == documents.c.id)
    rows = connection.execute(query.order_by(documents.c.id, versions.c.sequence)).mappings()
    accounts = [_version_account(dict(row)) for row in rows]
    return [list(group) for _, group in groupby(accounts, key=lambda account: account.document_id)]


def _version_account(values: dict[str, Any]) -> VersionAccount:
    values["state"] = DocumentState(values["state"])
    return VersionAccount(**values)


def _version_accounts() -> Any:
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

    def of_version(value: Any, table: Any, *where: Any) -> Any:
        return select(value).where(table.c.version_id == versions.c.id, *where).scalar_subquery()

    published = load_items.c.outcome == LoadOutcome.PUBLISHED.value
    passage_rows = of_version(func.count(), passages)
    return (
        select(
            versions.c.id.label("version_id"),
            versions.c.document_id,
            documents.c.corpus_id,
            documents.c.source,
            documents.c.path,
            versions.c.state,
            versions.c.content_sha256,
            versions.c.rendition_sha256,
            versions.c.page_count,
            of_version(func.count(), pages).label("page_rows"),
            of_version(func.count(), pages, pages.c.reading.in_(WITHOUT_TEXT_VALUES)).label("pages_without_text"),
            passage_rows.label("passage_rows"),
            func.greatest(
                passage_rows,
                of_version(func.max(passages.c.ordinal) + 1, passages),
                of_version(func.max(load_items.c.passage_count), load_items, published),
            ).label("passages_expected"),
            versions.c.failure_code,
            versions.c.failure_message,
            current.label("is_current"),
            cut_off.label("is_cut_off"),
            (newest_content() == versions.c.id).label("is_newest"),
            documents.c.withdrawn_at.is_not(None).label("is_withdrawn"),
        )
        .select_from(versions)
        .join(documents, documents.c.id == versions.c.document_id)
    )


def _newest_scan(column: Any, corpus: CorpusId, source: str) -> Any:
    """A column of the newest load that listed the whole source: one that finished, else any."""
    return (
        select(column)
        .where(loads.c.corpus_id == corpus, loads.c.source == source, is_scan())
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
    is_purged: bool
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
            documents.c.purged_at.is_not(None).label("is_purged"),
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """A content of the file that a document was found in."""

    document_id: DocumentId
    path: str
    content_sha256: str


def list_containers(connection: Connection, document: DocumentId) -> list[Container]:
    """Contents of the file that a document was found in, the newest first; none for a file of a source."""
    parent = select(documents.c.parent_id).where(documents.c.id == document).scalar_subquery()
    rows = connection.execute(
        select(documents.c.id.label("document_id"), documents.c.path, versions.c.content_sha256)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(documents.c.id == parent)
        .order_by(versions.c.sequence.desc())
    )
    return [Container(**row) for row in rows.mappings()]
