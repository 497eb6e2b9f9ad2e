"""Documents and their versions in PostgreSQL. Functions take the caller's connection; only the edge commits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from sourcier_core.access import AccessScope
from sourcier_core.db.matching import is_one_of
from sourcier_core.db.pages import insert_pages, page_numbers
from sourcier_core.db.passages import get_passage, insert_passages
from sourcier_core.db.reading_pages import lines_outside
from sourcier_core.db.tables import corpora, documents, load_items, passages, publications, versions
from sourcier_core.domain.documents import (
    FINAL_STATES,
    DocumentState,
    DocumentSummary,
    DocumentVersion,
    ParsedDocument,
    Passage,
    Region,
    tally_pages,
)
from sourcier_core.domain.identifiers import CorpusId, DocumentId, PassageId, VersionId
from sourcier_core.errors import DocumentError, NotFound

_STEP_AFTER = {
    DocumentState.PARSED: (DocumentState.STORED,),
    DocumentState.EMBEDDED: (DocumentState.CHUNKED,),
    DocumentState.INDEXED: (DocumentState.CHUNKED, DocumentState.EMBEDDED),
}


def note_step(connection: Connection, wanted: Sequence[VersionId], state: DocumentState, now: datetime) -> None:
    """Note that versions have come to `parsed`, `embedded` or `indexed`, with one statement for all of them.

    Those that are not on their way there (published before, failed, erased meanwhile) are left alone. So is a row that
    somebody else holds: noting a step never waits for anybody, and the step after it is noted for that row as well.
    """
    on_the_way = (
        select(versions.c.id)
        .where(is_one_of(versions.c.id, wanted), versions.c.state.in_([before.value for before in _STEP_AFTER[state]]))
        .with_for_update(key_share=True, skip_locked=True)
    )
    connection.execute(update(versions).where(versions.c.id.in_(on_the_way)).values(state=state.value, updated_at=now))


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedVersion:
    """What the parser and the chunker made of a version, to be stored; `state` is `chunked` or `quarantined`."""

    version_id: VersionId
    parsed: ParsedDocument
    passages: Sequence[Passage]
    rendition_sha256: str | None
    state: DocumentState = DocumentState.CHUNKED


def store_parsed(connection: Connection, items: Sequence[ParsedVersion], now: datetime) -> None:
    """Store what the parser and the chunker made of versions, with three statements for all of them."""
    if not items:
        return
    statement = update(versions).where(versions.c.id == bindparam("version"))
    connection.execute(
        statement.values(
            {name: bindparam(f"new_{name}") for name in _PARSED_COLUMNS} | {"updated_at": bindparam("now")}
        ),
        [
            {"version": item.version_id, "now": now} | {f"new_{name}": value for name, value in _columns(item).items()}
            for item in items
        ],
    )
    insert_pages(connection, [(item.version_id, item.parsed.pages) for item in items])
    insert_passages(connection, [(item.parsed.title, item.passages) for item in items])


_LARGE_COLUMNS = frozenset({"canonical_text", "elements", "lines_outside_passages"})
_PARSED_COLUMNS = (
    "state",
    "title",
    "media_type",
    "language",
    "page_count",
    "pages_without_text",
    "pages_unread",
    "lowest_recognition",
    "parser",
    "chunker",
    "canonical_text",
    "elements",
    "rendition_sha256",
    "lines_outside_passages",
    "near_duplicate_bands",
    "quarantine_score",
    "quarantine_evidence",
)


def _columns(item: ParsedVersion) -> dict[str, Any]:
    parsed = item.parsed
    tally = tally_pages(parsed.pages)
    return {
        "state": item.state.value,
        "title": parsed.title,
        "media_type": parsed.media_type,
        "language": parsed.language,
        "page_count": tally.pages,
        "pages_without_text": tally.without_text,
        "pages_unread": tally.unread,
        "lowest_recognition": tally.lowest_recognition,
        "parser": parsed.parser,
        "chunker": parsed.chunker,
        "canonical_text": parsed.text,
        "elements": [
            [element.category, element.start, element.end, element.page, list(element.heading_path), element.html]
            for element in parsed.elements
        ],
        "rendition_sha256": item.rendition_sha256,
        "lines_outside_passages": lines_outside(parsed, item.passages),
        "near_duplicate_bands": list(parsed.near_duplicate_bands),
        "quarantine_score": parsed.quarantine_score,
        "quarantine_evidence": [asdict(evidence) for evidence in parsed.quarantine_evidence],
    }


def restore_parsed(
    connection: Connection, version: VersionId, parsed: ParsedDocument, cut: Sequence[Passage]
) -> str | None:
    """Put back pages and passages of a version that were lost; what is there stays as it is.

    Returns why not, when the parser reads the file otherwise than when it was stored: a citation would then point to
    something else. None when all of it is there.
    """
    row = connection.execute(
        select(versions.c.title, versions.c.chunker, versions.c.canonical_text, versions.c.page_count)
        .where(versions.c.id == version)
        .with_for_update()
    ).one()
    stored = set(connection.execute(select(passages.c.id).where(passages.c.version_id == version)).scalars())
    if row.chunker != parsed.chunker:
        return "it would be cut into other passages now"
    if row.canonical_text != parsed.text or row.page_count != len(parsed.pages):
        return "its text is read otherwise now"
    if not stored <= {passage.id for passage in cut}:
        return "its passages would be others now"
    numbers = page_numbers(connection, version)
    insert_pages(connection, [(version, [page for page in parsed.pages if page.number not in numbers])])
    insert_passages(connection, [(row.title, [passage for passage in cut if passage.id not in stored])])
    return None


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


def missing_documents(
    connection: Connection, *, load_id: str, corpus_id: CorpusId, source: str, kept_below: Sequence[str] = ()
) -> tuple[list[tuple[DocumentId, str]], int]:
    """Documents of a source that are not withdrawn and that this load did not see, as (id, path).

    Files found inside others go with those. `kept_below` names folders that could not be listed: what is below them
    is not missing. Also returns how many documents of the source are not withdrawn at all.
    """
    of_source = (
        documents.c.corpus_id == corpus_id,
        documents.c.source == source,
        documents.c.withdrawn_at.is_(None),
        documents.c.parent_id.is_(None),
    )
    total = connection.execute(select(func.count()).select_from(documents).where(*of_source)).scalar_one()
    seen = exists().where(and_(load_items.c.load_id == load_id, load_items.c.path == documents.c.path))
    rows = connection.execute(select(documents.c.id, documents.c.path).where(*of_source, not_(seen))).all()
    below = tuple(folder.rstrip("/") + "/" for folder in kept_below)
    return [(row.id, row.path) for row in rows if not row.path.startswith(below)], total


def parents_among(
    connection: Connection, wanted: Sequence[DocumentId], *, withdrawn_too: bool = False
) -> set[DocumentId]:
    """Those of these documents in which others were found that are not withdrawn, or were ever found."""
    query = select(documents.c.parent_id).where(documents.c.parent_id.in_(wanted)).distinct()
    if not withdrawn_too:
        query = query.where(documents.c.withdrawn_at.is_(None))
    return set(connection.execute(query).scalars())


def list_children(connection: Connection, parent: DocumentId) -> list[tuple[DocumentId, str]]:
    """The documents found directly inside a document that are not withdrawn, as (id, path)."""
    rows = connection.execute(
        select(documents.c.id, documents.c.path).where(
            documents.c.parent_id == parent, documents.c.withdrawn_at.is_(None)
        )
    )
    return [(row.id, row.path) for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredContent:
    """A document's content whose bytes are kept."""

    path: str
    document_id: DocumentId
    version_id: VersionId
    content_sha256: str
    size_bytes: int
    groups: frozenset[str] | None
    state: DocumentState
    is_unfinished: bool
    """It failed in a way that another try can change, or its work was cut off."""


def stored_contents(connection: Connection, wanted: Sequence[VersionId]) -> list[StoredContent]:
    """Versions' contents, to be parsed again."""
    rows = connection.execute(
        _contents(versions)
        .select_from(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.id.in_(wanted))
    )
    return [_content(row) for row in rows]


def list_inside(connection: Connection, parents: Sequence[DocumentId]) -> list[StoredContent]:
    """What is inside these documents, at any depth, and not withdrawn; the newest content of each."""
    if not parents:
        return []
    tree = (
        select(documents.c.id)
        .where(documents.c.parent_id.in_(parents), documents.c.withdrawn_at.is_(None))
        .cte("tree", recursive=True)
    )
    tree = tree.union(
        select(documents.c.id).where(documents.c.withdrawn_at.is_(None)).join(tree, documents.c.parent_id == tree.c.id)
    )
    newest = (
        select(versions)
        .where(versions.c.document_id == documents.c.id)
        .order_by(versions.c.updated_at.desc(), versions.c.sequence.desc())
        .limit(1)
        .lateral("newest")
    )
    rows = connection.execute(
        _contents(newest)
        .select_from(documents)
        .join(tree, tree.c.id == documents.c.id)
        .join(newest, newest.c.id.is_not(None))
        .order_by(documents.c.id)
    )
    return [_content(row) for row in rows]


def _contents(version: FromClause) -> Any:
    cut_off = [state.value for state in DocumentState if state not in FINAL_STATES]
    unfinished = or_(
        and_(version.c.state == DocumentState.FAILED.value, version.c.failure_retryable),
        and_(version.c.state.in_(cut_off), version.c.proposed_at.is_(None)),
    )
    return select(
        documents.c.id,
        documents.c.path,
        documents.c.groups,
        version.c.id.label("version_id"),
        version.c.content_sha256,
        version.c.size_bytes,
        version.c.state,
        unfinished.label("unfinished"),
    )


def _content(row: Row[Any]) -> StoredContent:
    return StoredContent(
        path=row.path,
        document_id=row.id,
        version_id=row.version_id,
        content_sha256=row.content_sha256,
        size_bytes=row.size_bytes,
        groups=None if row.groups is None else frozenset(row.groups),
        state=DocumentState(row.state),
        is_unfinished=row.unfinished,
    )


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
        groups=frozenset(row.readers),
        withdrawn_at=row.withdrawn_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        pages_without_text=row.pages_without_text,
        pages_unread=row.pages_unread,
        lowest_recognition=row.lowest_recognition,
    )


def _version_rows() -> Select[Any]:
    latest = (
        select(
            publications.c.valid_from, publications.c.valid_to, publications.c.approved_by, publications.c.approved_at
        )
        .where(publications.c.version_id == versions.c.id)
        .order_by(publications.c.valid_from.desc())
        .limit(1)
        .lateral()
    )
    columns = [column for column in versions.c if column.name not in _LARGE_COLUMNS]
    return (
        select(
            *columns,
            *latest.c,
            documents.c.corpus_id,
            documents.c.path,
            documents.c.withdrawn_at,
            func.coalesce(documents.c.groups, corpora.c.groups).label("readers"),
        )
        .select_from(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
        .outerjoin(latest, latest.c.valid_from.is_not(None))
    )


def get_version(connection: Connection, version: VersionId) -> DocumentVersion:
    """One version with the dates of its latest publication. Raises NotFound."""
    row = connection.execute(_version_rows().where(versions.c.id == version)).one_or_none()
    if row is None:
        raise NotFound("There is no such document version.")
    return _version(row)


def list_versions(connection: Connection, document: DocumentId) -> list[DocumentVersion]:
    """Every content of a document, the newest first."""
    rows = connection.execute(
        _version_rows().where(versions.c.document_id == document).order_by(versions.c.sequence.desc())
    )
    return [_version(row) for row in rows]


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
            func.coalesce(documents.c.groups, corpora.c.groups).label("readers"),
            newest.c.title,
            newest.c.state,
            newest.c.id.label("version_id"),
            newest.c.media_type,
            newest.c.language,
            newest.c.page_count,
            newest.c.size_bytes,
            newest.c.failure_code,
            newest.c.failure_message,
            newest.c.failure_retryable,
            newest.c.pages_without_text,
            current.c.valid_from.label("published_at"),
            passage_count,
        )
        .select_from(documents)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
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
        groups=frozenset(row.readers),
        parent_id=row.parent_id,
        purged_at=row.purged_at,
        failure_retryable=row.failure_retryable,
        pages_without_text=row.pages_without_text,
    )


def list_documents(
    connection: Connection,
    *,
    scope: AccessScope,
    text: str | None = None,
    state: DocumentState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[DocumentSummary], int]:
    """Documents open to the scope by path, and how many match; `text` is looked for in path and title."""
    rows = _summaries(sorted(scope.corpora)).subquery()
    matching = select(rows)
    if not scope.is_administrator:
        matching = matching.where(rows.c.readers.op("&&")(cast(array(sorted(scope.groups), type_=Text), ARRAY(Text))))
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
    row = connection.execute(_summaries([corpus]).where(and_(documents.c.id == document))).one_or_none()
    if row is None:
        raise NotFound("This document was purged, or nothing of it was ever stored.")
    return _summary(row)


def passage_regions(connection: Connection, version: VersionId, passage: PassageId) -> list[Region]:
    """The line boxes of a passage of this version. Raises NotFound."""
    return list(get_passage(connection, version, passage).regions)
