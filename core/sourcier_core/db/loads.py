"""Loads, their files and their jobs in PostgreSQL. Functions take the caller's connection; only the edge commits."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, bindparam, case, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID, distinct_on, insert

from sourcier_core.db.tables import load_items, loads, versions
from sourcier_core.domain.documents import NO_PAGES, DocumentState, PageTally
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId
from sourcier_core.errors import DocumentError, NotFound


class LoadState(StrEnum):
    """How far a load has come; the last three are final."""

    QUEUED = "queued"
    SCANNING = "scanning"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


FINAL_LOAD_STATES = frozenset({LoadState.FINISHED, LoadState.CANCELLED, LoadState.FAILED})


class LoadOutcome(StrEnum):
    """How one file of a load ended."""

    PENDING = "pending"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """One run over a source."""

    id: str
    corpus_id: CorpusId
    source: str
    state: LoadState
    message: str | None
    options: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    begun_at: datetime | None = None
    """When a worker took it up; what came before was waiting."""
    requested_by: str = ""

    @property
    def follows_up(self) -> bool:
        """Whether it goes on with what an earlier load has read (trying again, a decision, a repair)."""
        return any(self.options.get(name) for name in _FOLLOW_UPS)


_FOLLOW_UPS = ("retry_of", "versions", "parse_again")


def is_scan() -> ColumnElement[bool]:
    """Of a row of `loads`: it read its source, and did not go on with what an earlier load has read."""
    lists = (func.coalesce(func.jsonb_array_length(loads.c.options[name]), 0) == 0 for name in _FOLLOW_UPS[1:])
    return and_(loads.c.options["retry_of"].as_string().is_(None), *lists)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadItem:
    """One file of a load."""

    path: str
    outcome: LoadOutcome
    document_id: DocumentId | None = None
    version_id: VersionId | None = None
    version_state: DocumentState | None = None
    code: str | None = None
    message: str | None = None
    retryable: bool = False
    tally: PageTally = NO_PAGES
    passage_count: int = 0
    access_note: str | None = None
    """Why only administrators may read it, where its source or a manifest did not say who may."""


def _load(row: Row[Any]) -> Load:
    return Load(
        id=row.id,
        corpus_id=row.corpus_id,
        source=row.source,
        state=LoadState(row.state),
        message=row.message,
        options=row.options,
        started_at=row.started_at,
        finished_at=row.finished_at,
        begun_at=row.begun_at,
        requested_by=row.requested_by,
    )


def create_load(
    connection: Connection,
    *,
    corpus_id: CorpusId,
    source: str,
    options: dict[str, Any],
    now: datetime,
    requested_by: str = "",
) -> Load:
    """Add a load in state `queued`."""
    row = connection.execute(
        insert(loads)
        .values(
            id=str(uuid.uuid4()),
            corpus_id=corpus_id,
            source=source,
            state=LoadState.QUEUED.value,
            options=options,
            started_at=now,
            requested_by=requested_by,
        )
        .returning(loads)
    ).one()
    return _load(row)


def get_load(connection: Connection, load_id: str) -> Load:
    """One load. Raises NotFound."""
    row = connection.execute(select(loads).where(loads.c.id == load_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such load.")
    return _load(row)


def list_loads(connection: Connection, *, corpus_ids: Sequence[CorpusId], limit: int = 20) -> list[Load]:
    """The newest loads of these corpora, newest first."""
    rows = connection.execute(
        select(loads).where(loads.c.corpus_id.in_(corpus_ids)).order_by(loads.c.started_at.desc()).limit(limit)
    )
    return [_load(row) for row in rows]


def last_load(connection: Connection, *, corpus_id: str, source: str) -> Load | None:
    """The newest load of a source, or None."""
    row = connection.execute(
        select(loads)
        .where(loads.c.corpus_id == corpus_id, loads.c.source == source)
        .order_by(loads.c.started_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _load(row)


def set_load_state(
    connection: Connection, load_id: str, state: LoadState, *, now: datetime, message: str | None = None
) -> bool:
    """Move a load on, unless it already ended; returns whether it moved."""
    values: dict[str, Any] = {"state": state.value}
    if state is LoadState.SCANNING:
        values["begun_at"] = func.coalesce(loads.c.begun_at, now)
    if message is not None:
        values["message"] = message
    if state in FINAL_LOAD_STATES:
        values["finished_at"] = now
    moved = connection.execute(
        update(loads)
        .where(loads.c.id == load_id, loads.c.state.not_in([state.value for state in FINAL_LOAD_STATES]))
        .values(**values)
        .returning(loads.c.id)
    )
    return moved.one_or_none() is not None


def note_message(connection: Connection, load_id: str, message: str | None) -> None:
    """Say why a load that goes on is held up; None: it is not (any more)."""
    connection.execute(
        update(loads)
        .where(loads.c.id == load_id, loads.c.state.not_in([state.value for state in FINAL_LOAD_STATES]))
        .values(message=message)
    )


_COUNTS = ("passage_count", "page_count", "pages_without_text", "pages_unread")


def note_seen(connection: Connection, load_id: str, notes: Mapping[str, str]) -> None:
    """Note that a load has found files, before anything is done with them: path → why only administrators may read it.

    What is known of a file already, in a load that goes on after it was cut off, stays.
    """
    if not notes:
        return
    found = select(
        cast(load_id, UUID(as_uuid=False)),
        func.unnest(cast(list(notes), ARRAY(Text))),
        cast(LoadOutcome.PENDING.value, Text),
        func.nullif(func.unnest(cast(list(notes.values()), ARRAY(Text))), ""),
    )
    columns = ["load_id", "path", "outcome", "access_note"]
    connection.execute(insert(load_items).from_select(columns, found).on_conflict_do_nothing())


def fail_unread(connection: Connection, load_id: str, error: DocumentError) -> None:
    """Fail the files of a load that were found, and that nothing came of: they were gone when their turn came."""
    connection.execute(
        update(load_items)
        .where(
            load_items.c.load_id == load_id,
            load_items.c.outcome == LoadOutcome.PENDING.value,
            load_items.c.version_id.is_(None),
        )
        .values(outcome=LoadOutcome.FAILED.value, code=error.code, message=error.message, retryable=error.retryable)
    )


def put_items(connection: Connection, load_id: str, items: Sequence[LoadItem]) -> None:
    """Add or replace files of a load; why only administrators may read one stays noted."""
    if not items:
        return
    statement = insert(load_items)
    replaced: dict[str, Any] = {
        name: statement.excluded[name] for name in ("document_id", "version_id", "code", "message", "retryable")
    }
    # A load that was cut off finds what it has published itself unchanged when it goes on: that stays its own work.
    own_work = and_(
        load_items.c.outcome == LoadOutcome.PUBLISHED.value,
        statement.excluded.outcome == LoadOutcome.UNCHANGED.value,
    )
    for name in ("outcome", *_COUNTS):
        replaced[name] = case((own_work, load_items.c[name]), else_=statement.excluded[name])
    connection.execute(
        statement.on_conflict_do_update(index_elements=["load_id", "path"], set_=replaced),
        [
            {
                "load_id": load_id,
                "path": item.path,
                "document_id": item.document_id,
                "version_id": item.version_id,
                "outcome": item.outcome.value,
                "code": item.code,
                "message": item.message,
                "retryable": item.retryable,
                "passage_count": item.passage_count,
                "page_count": item.tally.pages,
                "pages_without_text": item.tally.without_text,
                "pages_unread": item.tally.unread,
            }
            for item in items
        ],
    )


def brought_by(connection: Connection, wanted: Sequence[VersionId]) -> dict[VersionId, str]:
    """Who asked for the last load that read each version from its source, where that is known."""
    rows = connection.execute(
        select(load_items.c.version_id, loads.c.requested_by)
        .join(loads, loads.c.id == load_items.c.load_id)
        .where(load_items.c.version_id.in_(wanted), is_scan(), loads.c.requested_by != "")
        .order_by(load_items.c.version_id, loads.c.started_at.desc())
        .ext(distinct_on(load_items.c.version_id))
    )
    return {row.version_id: row.requested_by for row in rows}


def list_items(
    connection: Connection,
    load_id: str,
    *,
    outcomes: Sequence[LoadOutcome] | None = None,
    without_text: bool = False,
    after: str = "",
    limit: int | None = None,
) -> list[LoadItem]:
    """Files of a load by path: all, those with these outcomes, or those with pages that yielded nothing.

    At most `limit` of those behind the path `after`.
    """
    query = (
        select(
            load_items,
            versions.c.state.label("version_state"),
            versions.c.page_count.label("pages"),
            versions.c.pages_without_text.label("without_text"),
            versions.c.pages_unread.label("unread"),
            versions.c.lowest_recognition,
        )
        .outerjoin(versions, versions.c.id == load_items.c.version_id)
        .where(load_items.c.load_id == load_id)
        .order_by(load_items.c.path)
    )
    if after:
        query = query.where(load_items.c.path > after)
    if limit is not None:
        query = query.limit(limit)
    if without_text:
        query = query.where(load_items.c.pages_without_text > 0)
    if outcomes is not None:
        query = query.where(load_items.c.outcome.in_([outcome.value for outcome in outcomes]))
    return [
        LoadItem(
            path=row.path,
            outcome=LoadOutcome(row.outcome),
            document_id=row.document_id,
            version_id=row.version_id,
            version_state=DocumentState(row.version_state) if row.version_state else None,
            code=row.code,
            message=row.message,
            retryable=row.retryable,
            tally=PageTally(
                pages=row.pages or 0,
                without_text=row.without_text or 0,
                unread=row.unread or 0,
                lowest_recognition=row.lowest_recognition,
            ),
            passage_count=row.passage_count,
            access_note=row.access_note,
        )
        for row in connection.execute(query)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadCounts:
    """How many files of a load ended how, how many passages were published, what the pages read so far yielded, and how
    many failures trying again can help."""

    outcomes: dict[LoadOutcome, int]
    passages: int
    retryable: int
    pages: int = 0
    pages_without_text: int = 0
    pages_unread: int = 0
    documents_with_pages_without_text: int = 0


def count_items(connection: Connection, load_id: str) -> LoadCounts:
    """The counts of a load right now."""
    rows = connection.execute(
        select(
            load_items.c.outcome,
            func.count().label("files"),
            *(func.sum(load_items.c[name]).label(name) for name in _COUNTS),
            func.count().filter(load_items.c.pages_without_text > 0).label("with_such_pages"),
            func.count().filter(load_items.c.retryable).label("retryable"),
        )
        .where(load_items.c.load_id == load_id)
        .group_by(load_items.c.outcome)
    ).all()
    counts = dict.fromkeys(LoadOutcome, 0)
    counts |= {LoadOutcome(row.outcome): row.files for row in rows}
    return LoadCounts(
        outcomes=counts,
        passages=sum(row.passage_count for row in rows if row.outcome == LoadOutcome.PUBLISHED.value),
        retryable=sum(row.retryable for row in rows),
        pages=sum(row.page_count for row in rows),
        pages_without_text=sum(row.pages_without_text for row in rows),
        pages_unread=sum(row.pages_unread for row in rows),
        documents_with_pages_without_text=sum(row.with_such_pages for row in rows),
    )


def defer_job(
    connection: Connection,
    *,
    queue: str,
    task: str,
    arguments: dict[str, Any],
    lock: str | None = None,
    queueing_lock: str | None = None,
) -> int:
    """Queue a procrastinate job in the caller's transaction: the rows and their job commit together."""
    statement = text(
        """
        SELECT (procrastinate_defer_jobs_v1(ARRAY[
            ROW(:queue, :task, 0, :lock, :queueing_lock, :arguments, NULL)::procrastinate_job_to_defer_v1
        ]))[1]
        """
    ).bindparams(
        bindparam("queue", queue),
        bindparam("task", task),
        bindparam("lock", lock, type_=Text),
        bindparam("queueing_lock", queueing_lock, type_=Text),
        bindparam("arguments", arguments, type_=JSONB),
    )
    return int(connection.execute(statement).scalar_one())


def hasten_jobs(connection: Connection, lock: str) -> None:
    """Let jobs with this lock, which wait for their next try, run now: they keep later ones with it from running."""
    connection.execute(
        text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE lock = :lock AND status = 'todo'"), {"lock": lock}
    )
