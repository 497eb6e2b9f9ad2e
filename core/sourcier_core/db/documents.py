"""Documents and their versions in PostgreSQL. Functions take the caller's connection; only the edge commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql

from sourcier_core.db.passages import get_passage, insert_passages
from sourcier_core.db.tables import documents, pages, passages, publications, versions
from sourcier_core.domain.documents import (
    DocumentState,
    DocumentSummary,
    DocumentVersion,
    Page,
    ParsedDocument,
    Passage,
    Region,
)
from sourcier_core.domain.identifiers import CorpusId, DocumentId, PassageId, VersionId, document_id, version_id
from sourcier_core.errors import DocumentError, InvalidRequest, NotFound


class RegistrationOutcome(StrEnum):
    """What registering a content found."""

    NEW = "new"
    """A content not seen before, one that failed before, or one whose work was cut off: it is to be processed."""
    UNCHANGED = "unchanged"
    """The published content is this one."""
    KNOWN = "known"
    """An earlier content of the document, already indexed: it only needs publishing again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """A registered content."""

    document_id: DocumentId
    version_id: VersionId
    outcome: RegistrationOutcome
    resumed: bool = False
    """Whether an earlier try left something behind that is to be reset first."""


def register_content(
    connection: Connection,
    *,
    corpus_id: CorpusId,
    source: str,
    path: str,
    content_sha256: str,
    size_bytes: int,
    now: datetime,
) -> Registration:
    """Note that the document at `path` of `source` has this content; the row is locked until the commit."""
    document = document_id(corpus_id, source, path)
    connection.execute(
        postgresql.insert(documents)
        .values(id=document, corpus_id=corpus_id, source=source, path=path, created_at=now)
        .on_conflict_do_nothing()
    )
    connection.execute(select(documents.c.id).where(documents.c.id == document).with_for_update())
    known = connection.execute(
        select(versions).where(versions.c.document_id == document, versions.c.content_sha256 == content_sha256)
    ).one_or_none()
    if known is None:
        sequence = 1 + (
            connection.execute(
                select(func.max(versions.c.sequence)).where(versions.c.document_id == document)
            ).scalar_one()
            or 0
        )
        version = version_id(document, sequence, content_sha256)
        connection.execute(
            insert(versions).values(
                id=version,
                document_id=document,
                sequence=sequence,
                content_sha256=content_sha256,
                size_bytes=size_bytes,
                state=DocumentState.STORED.value,
                created_at=now,
                updated_at=now,
            )
        )
        return Registration(document_id=document, version_id=version, outcome=RegistrationOutcome.NEW)
    if known.state == DocumentState.PUBLISHED:
        current = connection.execute(
            select(publications.c.version_id).where(
                publications.c.document_id == document, publications.c.valid_to.is_(None)
            )
        ).scalar_one_or_none()
        outcome = RegistrationOutcome.UNCHANGED if current == known.id else RegistrationOutcome.KNOWN
        return Registration(document_id=document, version_id=known.id, outcome=outcome)
    return Registration(document_id=document, version_id=known.id, outcome=RegistrationOutcome.NEW, resumed=True)


def reset_version(connection: Connection, version: VersionId, now: datetime) -> None:
    """Take a version that failed or was cut off back to `stored`, without its passages.

    Raises:
        InvalidRequest: the version is or was published; a published version never changes.
    """
    published = connection.execute(select(publications.c.id).where(publications.c.version_id == version).limit(1))
    if published.one_or_none() is not None:
        raise InvalidRequest("A published version cannot be parsed again.")
    connection.execute(passages.delete().where(passages.c.version_id == version))
    connection.execute(pages.delete().where(pages.c.version_id == version))
    connection.execute(
        update(versions)
        .where(versions.c.id == version)
        .values(
            state=DocumentState.STORED.value,
            failure_code=None,
            failure_message=None,
            failure_retryable=False,
            updated_at=now,
        )
    )


def set_state(connection: Connection, wanted: Sequence[VersionId], state: DocumentState, now: datetime) -> None:
    """Move versions on to a state that is neither failed nor published."""
    connection.execute(update(versions).where(versions.c.id.in_(wanted)).values(state=state.value, updated_at=now))


def store_parsed(
    connection: Connection,
    version: VersionId,
    parsed: ParsedDocument,
    cut: Sequence[Passage],
    *,
    rendition_sha256: str | None,
    now: datetime,
) -> None:
    """Store what the parser and the chunker made of a version; its state becomes `chunked`."""
    connection.execute(
        update(versions)
        .where(versions.c.id == version)
        .values(
            state=DocumentState.CHUNKED.value,
            title=parsed.title,
            media_type=parsed.media_type,
            language=parsed.language,
            page_count=len(parsed.pages),
            parser=parsed.parser,
            chunker=parsed.chunker,
            canonical_text=parsed.text,
            elements=[
                [item.category, item.start, item.end, item.page, list(item.heading_path), item.html]
                for item in parsed.elements
            ],
            rendition_sha256=rendition_sha256,
            updated_at=now,
        )
    )
    if parsed.pages:
        connection.execute(
            insert(pages),
            [
                {
                    "version_id": version,
                    "number": page.number,
                    "width": page.width,
                    "height": page.height,
                    "start_offset": page.start,
                    "end_offset": page.end,
                    "recognition_confidence": page.recognition_confidence,
                    "note": page.note,
                }
                for page in parsed.pages
            ],
        )
    insert_passages(connection, cut)


def fail_version(connection: Connection, version: VersionId, error: DocumentError, now: datetime) -> None:
    """Note why a version could not be loaded."""
    connection.execute(
        update(versions)
        .where(versions.c.id == version)
        .values(
            state=DocumentState.FAILED.value,
            failure_code=error.code,
            failure_message=error.message,
            failure_retryable=error.retryable,
            updated_at=now,
        )
    )


def publish_version(connection: Connection, version: VersionId, now: datetime) -> VersionId | None:
    """Make a version the valid one from `now` on; returns the one it replaces. The caller commits.

    Both versions are marked so that their dates are brought to the index afterwards (`pending_index_dates`).
    Publishing what is already current changes nothing.
    """
    document = connection.execute(select(versions.c.document_id).where(versions.c.id == version)).scalar_one()
    connection.execute(select(documents.c.id).where(documents.c.id == document).with_for_update())
    current = connection.execute(
        select(publications.c.version_id).where(
            publications.c.document_id == document, publications.c.valid_to.is_(None)
        )
    ).scalar_one_or_none()
    if current == version:
        return None
    _end_publication(connection, document, now)
    connection.execute(
        insert(publications).values(document_id=document, version_id=version, valid_from=now, valid_to=None)
    )
    connection.execute(
        update(versions)
        .where(versions.c.id == version)
        .values(state=DocumentState.PUBLISHED.value, index_dates_pending=True, updated_at=now)
    )
    connection.execute(update(documents).where(documents.c.id == document).values(withdrawn_at=None))
    return current


def _end_publication(connection: Connection, document: DocumentId, now: datetime) -> None:
    ended = connection.execute(
        update(publications)
        .where(publications.c.document_id == document, publications.c.valid_to.is_(None))
        .values(valid_to=now)
        .returning(publications.c.version_id)
    ).scalars()
    connection.execute(update(versions).where(versions.c.id.in_(list(ended))).values(index_dates_pending=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexDates:
    """The hull of a version's publications, as the index's filter needs it."""

    version_id: VersionId
    valid_from: datetime
    valid_to: datetime | None


def pending_index_dates(connection: Connection) -> list[IndexDates]:
    """Versions whose dates in the index may be behind PostgreSQL's."""
    open_end = func.bool_or(publications.c.valid_to.is_(None))
    rows = connection.execute(
        select(
            versions.c.id,
            func.min(publications.c.valid_from).label("valid_from"),
            func.max(publications.c.valid_to).label("valid_to"),
            open_end.label("open_end"),
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
    connection.execute(update(versions).where(versions.c.id.in_(done)).values(index_dates_pending=False))


def withdraw_document(connection: Connection, document: DocumentId, now: datetime) -> None:
    """End a document's publication: from `now` on no search finds it; as-of reads of before still do.

    Raises:
        NotFound: there is no such document.
    """
    found = connection.execute(
        update(documents).where(documents.c.id == document).values(withdrawn_at=now).returning(documents.c.id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such document.")
    _end_publication(connection, document, now)


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


def missing_documents(
    connection: Connection, *, corpus_id: CorpusId, source: str, present: Sequence[str]
) -> tuple[list[tuple[DocumentId, str]], int]:
    """Documents of a source that are not withdrawn and not among the paths `present`, as (id, path).

    Also returns how many documents of the source are not withdrawn at all.
    """
    rows = connection.execute(
        select(documents.c.id, documents.c.path).where(
            documents.c.corpus_id == corpus_id, documents.c.source == source, documents.c.withdrawn_at.is_(None)
        )
    ).all()
    kept = set(present)
    return [(row.id, row.path) for row in rows if row.path not in kept], len(rows)


def _version(row: Row[Any]) -> DocumentVersion:
    return DocumentVersion(
        id=row.id,
        document_id=row.document_id,
        corpus_id=row.corpus_id,
        path=row.path,
        sequence=row.sequence,
        content_sha256=row.content_sha256,
        size_bytes=row.size_bytes,
        state=DocumentState(row.state),
        title=row.title,
        media_type=row.media_type,
        language=row.language,
        page_count=row.page_count,
        rendition_sha256=row.rendition_sha256,
        failure_code=row.failure_code,
        failure_message=row.failure_message,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def get_version(connection: Connection, version: VersionId) -> DocumentVersion:
    """One version with the dates of its latest publication. Raises NotFound."""
    latest = (
        select(publications.c.valid_from, publications.c.valid_to)
        .where(publications.c.version_id == versions.c.id)
        .order_by(publications.c.valid_from.desc())
        .limit(1)
        .lateral()
    )
    columns = [column for column in versions.c if column.name not in {"canonical_text", "elements"}]
    row = connection.execute(
        select(*columns, documents.c.corpus_id, documents.c.path, latest.c.valid_from, latest.c.valid_to)
        .join(documents, documents.c.id == versions.c.document_id)
        .outerjoin(latest, latest.c.valid_from.is_not(None))
        .where(versions.c.id == version)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such document version.")
    return _version(row)


def list_pages(connection: Connection, version: VersionId) -> list[Page]:
    """The pages of a version, in order."""
    rows = connection.execute(select(pages).where(pages.c.version_id == version).order_by(pages.c.number))
    return [
        Page(
            number=row.number,
            width=row.width,
            height=row.height,
            start=row.start_offset,
            end=row.end_offset,
            recognition_confidence=row.recognition_confidence,
            note=row.note,
        )
        for row in rows
    ]


def _summaries(corpus_ids: Sequence[CorpusId]) -> Select[Any]:
    newest = (
        select(versions)
        .where(versions.c.document_id == documents.c.id)
        .order_by(versions.c.updated_at.desc(), versions.c.sequence.desc())
        .limit(1)
        .lateral("newest")
    )
    current = (
        select(publications.c.valid_from)
        .where(publications.c.document_id == documents.c.id, publications.c.valid_to.is_(None))
        .lateral("current")
    )
    passage_count = (
        select(func.count()).where(passages.c.version_id == newest.c.id).scalar_subquery().label("passage_count")
    )
    return (
        select(
            documents,
            newest.c.title,
            newest.c.state,
            newest.c.id.label("version_id"),
            newest.c.media_type,
            newest.c.language,
            newest.c.page_count,
            newest.c.size_bytes,
            newest.c.failure_code,
            newest.c.failure_message,
            current.c.valid_from.label("published_at"),
            passage_count,
        )
        .select_from(documents)
        .join(newest, newest.c.id.is_not(None))
        .outerjoin(current, current.c.valid_from.is_not(None))
        .where(documents.c.corpus_id.in_(corpus_ids))
        .order_by(documents.c.corpus_id, documents.c.path)
    )


def _summary(row: Row[Any]) -> DocumentSummary:
    return DocumentSummary(
        id=row.id,
        corpus_id=row.corpus_id,
        source=row.source,
        path=row.path,
        title=row.title or row.path,
        state=DocumentState(row.state),
        version_id=row.version_id,
        media_type=row.media_type,
        language=row.language,
        page_count=row.page_count,
        passage_count=row.passage_count,
        size_bytes=row.size_bytes,
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        failure_code=row.failure_code,
        failure_message=row.failure_message,
    )


def list_documents(
    connection: Connection,
    *,
    corpus_ids: Sequence[CorpusId],
    text: str | None = None,
    state: DocumentState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[DocumentSummary], int]:
    """Documents of these corpora by path, and how many match; `text` is looked for in path and title."""
    rows = _summaries(corpus_ids).subquery()
    matching = select(rows)
    if text:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        matching = matching.where(or_(rows.c.path.ilike(pattern), rows.c.title.ilike(pattern)))
    if state is not None:
        matching = matching.where(rows.c.state == state.value)
    total = connection.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    found = connection.execute(matching.order_by(rows.c.corpus_id, rows.c.path).limit(limit).offset(offset))
    return [_summary(row) for row in found], total


def get_document(connection: Connection, document: DocumentId) -> DocumentSummary:
    """One document. Raises NotFound."""
    corpus = connection.execute(select(documents.c.corpus_id).where(documents.c.id == document)).scalar_one_or_none()
    if corpus is None:
        raise NotFound("There is no such document.")
    row = connection.execute(_summaries([corpus]).where(and_(documents.c.id == document))).one()
    return _summary(row)


def passage_regions(connection: Connection, version: VersionId, passage: PassageId) -> list[Region]:
    """The line boxes of a passage of this version. Raises NotFound."""
    return list(get_passage(connection, version, passage).regions)
