"""Registers contents: which documents and versions the files of a source are, set by set, never row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from sourcier_core.db.matching import is_one_of
from sourcier_core.db.tables import decisions, documents, pages, passages, publications, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId, document_id, version_id
from sourcier_core.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class FileContent:
    """A file of a source whose bytes are stored. `groups` None: the corpus's; `parent`: the file it was found in."""

    path: str
    content_sha256: str
    size_bytes: int
    groups: frozenset[str] | None = None
    parent: DocumentId | None = None


class RegistrationOutcome(StrEnum):
    """What registering a content found."""

    NEW = "new"
    """A content not seen before, one that failed before, or one whose work was cut off: it is to be processed."""
    UNCHANGED = "unchanged"
    """The published content is this one."""
    KNOWN = "known"
    """An earlier content of the document, already indexed: it only needs publishing again."""
    QUARANTINED = "quarantined"
    """It waits in quarantine for a person."""
    PROPOSED = "proposed"
    """It waits for a second person's approval."""
    REJECTED = "rejected"
    """A person has turned down this very content."""
    WITHDRAWN = "withdrawn"
    """A person has withdrawn the document; it stays so until it is restored."""
    PURGED = "purged"
    """The document was erased for good, and is not taken in again until that is allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """A registered content."""

    document_id: DocumentId
    version_id: VersionId
    """The version of this content; of a purged or withdrawn document the one it would be."""
    outcome: RegistrationOutcome
    resumed: bool = False
    """Whether an earlier try left something behind that is to be reset first."""


def register_contents(
    connection: Connection, *, corpus_id: CorpusId, source: str, files: Sequence[FileContent], now: datetime
) -> list[Registration]:
    """Note that the documents at these paths of `source` have these contents, in the order given.

    The documents' rows are locked until the commit. Changed groups are noted for the index.

    Raises:
        InvalidRequest: a path occurs twice.
    """
    if not files:
        return []
    ids = [document_id(corpus_id, source, file.path) for file in files]
    if len(set(ids)) != len(ids):
        raise InvalidRequest("A path occurs twice among the files to register.")
    _insert_documents(connection, ids, corpus_id, source, files, now)
    closed = _note_groups(connection, ids, files)
    known = _known_versions(connection, ids, files)
    last = {
        row.document_id: row.last
        for row in connection.execute(
            select(versions.c.document_id, func.max(versions.c.sequence).label("last"))
            .where(is_one_of(versions.c.document_id, ids))
            .group_by(versions.c.document_id)
        )
    }
    found: list[Registration] = []
    added: list[dict[str, Any]] = []
    for document, file in zip(ids, files, strict=True):
        row = known.get(document)
        if document in closed:
            version = version_id(document, 1, file.content_sha256)
            found.append(Registration(document_id=document, version_id=version, outcome=closed[document]))
        elif row is None:
            sequence = last.get(document, 0) + 1
            version = version_id(document, sequence, file.content_sha256)
            added.append(_new_version(version, document, sequence, file, now))
            found.append(Registration(document_id=document, version_id=version, outcome=RegistrationOutcome.NEW))
        else:
            found.append(_registration(document, row))
    _ask_again(connection, found, now)
    _come_back(connection, found, now)
    if added:
        connection.execute(insert(versions), added)
    return found


def _insert_documents(
    connection: Connection,
    ids: Sequence[DocumentId],
    corpus_id: CorpusId,
    source: str,
    files: Sequence[FileContent],
    now: datetime,
) -> None:
    rows = [
        {
            "id": document,
            "corpus_id": corpus_id,
            "source": source,
            "path": file.path,
            "created_at": now,
            "parent_id": file.parent,
            "groups": None if file.groups is None else sorted(file.groups),
        }
        for document, file in zip(ids, files, strict=True)
    ]
    connection.execute(insert(documents).on_conflict_do_nothing(), rows)


def _note_groups(
    connection: Connection, ids: Sequence[DocumentId], files: Sequence[FileContent]
) -> dict[DocumentId, RegistrationOutcome]:
    """Lock the documents and what is inside them, in one order for everybody, and keep their groups up to date.

    What is inside a file is open to the same groups as the file, whether it is looked at in this load or not.
    Returns those that are not to be taken in, with the reason.
    """
    wanted = {
        document: None if file.groups is None else sorted(file.groups)
        for document, file in zip(ids, files, strict=True)
    }
    inside = _differing_inside(connection, ids, wanted)
    rows = connection.execute(
        select(documents.c.id, documents.c.groups, documents.c.purged_at, documents.c.withdrawn_by)
        .where(is_one_of(documents.c.id, [*ids, *inside]))
        .order_by(documents.c.id)
        .with_for_update()
    ).all()
    rows = [row for row in rows if row.id in wanted]
    changed = [row.id for row in rows if row.groups != wanted[row.id]]
    for root in {*changed, *inside.values()}:
        below = [document for document, its_root in inside.items() if its_root == root]
        connection.execute(
            update(documents).where(is_one_of(documents.c.id, [root, *below])).values(groups=wanted[root])
        )
    if changed or inside:
        connection.execute(
            update(versions)
            .where(is_one_of(versions.c.document_id, [*changed, *inside]))
            .values(index_groups_pending=True)
        )
    closed = {row.id: RegistrationOutcome.WITHDRAWN for row in rows if row.withdrawn_by is not None}
    return closed | {row.id: RegistrationOutcome.PURGED for row in rows if row.purged_at is not None}


def _differing_inside(
    connection: Connection, roots: Sequence[DocumentId], wanted: Mapping[DocumentId, list[str] | None]
) -> dict[DocumentId, DocumentId]:
    """What is inside these documents, at any depth and withdrawn or not, with other groups than they are to have.

    Returns each with the one of these documents that it is inside of.
    """
    current = connection.execute(
        select(documents.c.id, documents.c.groups).where(is_one_of(documents.c.id, roots))
    ).all()
    changing = [row.id for row in current if row.groups != wanted[row.id]]
    tree = (
        select(documents.c.id, documents.c.parent_id.label("root"))
        .where(is_one_of(documents.c.parent_id, roots))
        .cte("inside", recursive=True)
    )
    tree = tree.union(select(documents.c.id, tree.c.root).join(tree, documents.c.parent_id == tree.c.id))
    root = documents.alias("root")
    differs = or_(is_one_of(root.c.id, changing), documents.c.groups.is_distinct_from(root.c.groups))
    rows = connection.execute(
        select(tree.c.id, tree.c.root)
        .join(documents, documents.c.id == tree.c.id)
        .join(root, root.c.id == tree.c.root)
        .where(differs)
    )
    return {row.id: row.root for row in rows}


def _known_versions(
    connection: Connection, ids: Sequence[DocumentId], files: Sequence[FileContent]
) -> dict[DocumentId, Any]:
    is_current = exists().where(and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
    was_published = exists().where(publications.c.version_id == versions.c.id)
    was_rejected = exists().where(and_(decisions.c.version_id == versions.c.id, decisions.c.decision == "rejected"))
    content = {document: file.content_sha256 for document, file in zip(ids, files, strict=True)}
    rows: Iterable[Any] = connection.execute(
        select(
            versions.c.id,
            versions.c.document_id,
            versions.c.content_sha256,
            versions.c.state,
            versions.c.proposed_at,
            is_current.label("is_current"),
            was_published.label("was_published"),
            was_rejected.label("was_rejected"),
        )
        .where(is_one_of(versions.c.document_id, ids), is_one_of(versions.c.content_sha256, set(content.values())))
        .order_by(versions.c.reading)
    )
    matching: dict[DocumentId, Any] = {}
    for row in rows:
        if content[row.document_id] != row.content_sha256:
            continue
        earlier = matching.get(row.document_id)
        # Another reading that failed does not put the valid one in doubt; it can be tried again by itself.
        if earlier is None or not (earlier.is_current and row.state == DocumentState.FAILED):
            matching[row.document_id] = row
    return matching


def _ask_again(connection: Connection, found: Sequence[Registration], now: datetime) -> None:
    """What waits for a person and is the source's content still, or again, is the question to decide now."""
    waits = {RegistrationOutcome.QUARANTINED, RegistrationOutcome.PROPOSED}
    asked = [item.version_id for item in found if item.outcome in waits]
    if asked:
        connection.execute(update(versions).where(is_one_of(versions.c.id, asked)).values(asked_at=now))
        back = [item.document_id for item in found if item.version_id in asked]
        connection.execute(update(documents).where(is_one_of(documents.c.id, back)).values(withdrawn_at=None))


def _come_back(connection: Connection, found: Sequence[Registration], now: datetime) -> None:
    """The content that is valid and is the source's again is the newest, also where a later one failed meanwhile."""
    valid = [item.version_id for item in found if item.outcome is RegistrationOutcome.UNCHANGED]
    later = versions.alias("later")
    has_later = exists().where(
        and_(later.c.document_id == versions.c.document_id, later.c.updated_at > versions.c.updated_at)
    )
    connection.execute(update(versions).where(is_one_of(versions.c.id, valid), has_later).values(updated_at=now))


def _new_version(
    version: VersionId, document: DocumentId, sequence: int, file: FileContent, now: datetime
) -> dict[str, Any]:
    return {
        "id": version,
        "document_id": document,
        "sequence": sequence,
        "content_sha256": file.content_sha256,
        "size_bytes": file.size_bytes,
        "state": DocumentState.STORED.value,
        "created_at": now,
        "updated_at": now,
    }


def _registration(document: DocumentId, row: Row[Any]) -> Registration:
    outcome, resumed = RegistrationOutcome.NEW, False
    if row.is_current:
        outcome = RegistrationOutcome.UNCHANGED
    elif row.was_rejected:
        outcome = RegistrationOutcome.REJECTED
    elif row.state == DocumentState.INDEXED and row.proposed_at is not None:
        outcome = RegistrationOutcome.PROPOSED
    elif row.was_published:
        outcome = RegistrationOutcome.KNOWN
    elif row.state == DocumentState.QUARANTINED:
        outcome = RegistrationOutcome.QUARANTINED
    else:
        resumed = True
    return Registration(document_id=document, version_id=row.id, outcome=outcome, resumed=resumed)


def reset_versions(connection: Connection, wanted: Sequence[VersionId], now: datetime) -> None:
    """Take versions that failed or were cut off back to `stored`, without their passages.

    Raises:
        InvalidRequest: one is or was published; a published version never changes.
    """
    if not wanted:
        return
    published = connection.execute(
        select(publications.c.id).where(is_one_of(publications.c.version_id, wanted)).limit(1)
    ).one_or_none()
    if published is not None:
        raise InvalidRequest("A published version cannot be parsed again.")
    connection.execute(passages.delete().where(is_one_of(passages.c.version_id, wanted)))
    connection.execute(pages.delete().where(is_one_of(pages.c.version_id, wanted)))
    connection.execute(
        update(versions)
        .where(is_one_of(versions.c.id, wanted))
        .values(
            state=DocumentState.STORED.value,
            page_count=0,
            pages_without_text=0,
            pages_unread=0,
            lowest_recognition=None,
            failure_code=None,
            failure_message=None,
            failure_retryable=False,
            quarantine_score=None,
            quarantine_evidence=[],
            proposed_by=None,
            proposed_at=None,
            updated_at=now,
        )
    )
