"""Reconciliations in PostgreSQL: how far each has come, its report, and a row for every file of the newest."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, cast, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from sourcier_core.db.tables import reconciled_files, reconciliations
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId
from sourcier_core.errors import NotFound


class ReconciliationState(StrEnum):
    """How far a reconciliation has come; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReconciliationRecord:
    """One comparison of everything. `repaired`: it was asked to put right what can be.

    `done` of `total` say how far its `stage` is; a total of 0 means that nobody knows.
    """

    id: int
    state: ReconciliationState
    repaired: bool
    requested_by: str
    started_at: datetime
    finished_at: datetime | None
    stage: str
    done: int
    total: int
    message: str | None
    report: dict[str, Any]


@dataclass(kw_only=True, slots=True)
class ReconciledFile:
    """One file with what it ought to have and what it has, by its newest content.

    `file_stored` and `in_source` are None where there is nothing to look at. `findings` are of all its contents, each
    with `kind`, `detail` and `repaired`.
    """

    corpus_id: CorpusId
    source: str
    path: str
    document_id: DocumentId | None = None
    version_id: VersionId | None = None
    state: str
    code: str | None = None
    message: str | None = None
    versions: int = 0
    pages_expected: int = 0
    pages: int = 0
    pages_without_text: int = 0
    passages_expected: int = 0
    passages: int = 0
    points_expected: int = 0
    points: int = 0
    file_stored: bool | None = None
    in_source: bool | None = None
    findings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def _record(row: RowMapping) -> ReconciliationRecord:
    values: dict[str, Any] = dict(row)
    values["state"] = ReconciliationState(values["state"])
    return ReconciliationRecord(**values)


def create_reconciliation(
    connection: Connection, *, repair: bool, requested_by: str, now: datetime
) -> ReconciliationRecord:
    """Add one in state `queued`."""
    values = {"repaired": repair, "requested_by": requested_by, "started_at": now, "state": "queued"}
    made = insert(reconciliations).values(**values).returning(reconciliations)
    return _record(connection.execute(made).mappings().one())


def get_reconciliation(connection: Connection, number: int) -> ReconciliationRecord:
    """One reconciliation. Raises NotFound."""
    row = connection.execute(select(reconciliations).where(reconciliations.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such reconciliation.")
    return _record(row)


def list_reconciliations(
    connection: Connection, *, states: Collection[ReconciliationState] | None = None, limit: int = 10
) -> list[ReconciliationRecord]:
    """The newest reconciliations, newest first."""
    query = select(reconciliations).order_by(reconciliations.c.id.desc()).limit(limit)
    if states is not None:
        query = query.where(reconciliations.c.state.in_([state.value for state in states]))
    return [_record(row) for row in connection.execute(query).mappings()]


def last_reconciliation(connection: Connection) -> ReconciliationRecord | None:
    """The newest that finished, or None."""
    found = list_reconciliations(connection, states=[ReconciliationState.FINISHED], limit=1)
    return found[0] if found else None


def begin_reconciliation(connection: Connection, number: int) -> None:
    """It runs; what an earlier try that was cut off had written goes away."""
    connection.execute(delete(reconciled_files).where(reconciled_files.c.reconciliation_id == number))
    connection.execute(
        update(reconciliations)
        .where(reconciliations.c.id == number)
        .values(state=ReconciliationState.RUNNING.value, message=None, stage="", done=0, total=0)
    )


def note_progress(connection: Connection, number: int, *, stage: str, done: int, total: int) -> None:
    """Note how far it is."""
    connection.execute(
        update(reconciliations).where(reconciliations.c.id == number).values(stage=stage, done=done, total=total)
    )


def finish_reconciliation(connection: Connection, number: int, *, report: dict[str, Any], now: datetime) -> None:
    """Keep what it found; the rows of earlier ones are no longer needed."""
    connection.execute(
        update(reconciliations)
        .where(reconciliations.c.id == number)
        .values(state=ReconciliationState.FINISHED.value, finished_at=now, report=report, stage="")
    )
    connection.execute(delete(reconciled_files).where(reconciled_files.c.reconciliation_id < number))


def fail_reconciliation(connection: Connection, number: int, *, message: str, now: datetime) -> None:
    """Note why it could not be brought to an end."""
    connection.execute(delete(reconciled_files).where(reconciled_files.c.reconciliation_id == number))
    connection.execute(
        update(reconciliations)
        .where(reconciliations.c.id == number)
        .values(state=ReconciliationState.FAILED.value, finished_at=now, message=message)
    )


def add_files(connection: Connection, number: int, files: Sequence[ReconciledFile]) -> None:
    """Add rows of files that have none yet."""
    if files:
        connection.execute(insert(reconciled_files), [asdict(file) | {"reconciliation_id": number} for file in files])


def _of_place(number: int, corpus: CorpusId, source: str, paths: Sequence[str]) -> Any:
    return and_(
        reconciled_files.c.reconciliation_id == number,
        reconciled_files.c.corpus_id == corpus,
        reconciled_files.c.source == source,
        reconciled_files.c.path.in_(paths),
    )


def note_in_source(
    connection: Connection, number: int, *, corpus: CorpusId, source: str, paths: Sequence[str], is_there: bool
) -> None:
    """Note whether the source holds these files."""
    if paths:
        place = _of_place(number, corpus, source, paths)
        connection.execute(update(reconciled_files).where(place).values(in_source=is_there))


def note_finding(
    connection: Connection, number: int, *, corpus: CorpusId, source: str, paths: Sequence[str], finding: dict[str, Any]
) -> None:
    """Add a finding to files that have rows."""
    if paths:
        added = reconciled_files.c.findings.op("||")(cast([finding], JSONB))
        place = _of_place(number, corpus, source, paths)
        connection.execute(update(reconciled_files).where(place).values(findings=added))


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFilter:
    """Which files are wanted: of a corpus, only those with findings, with words in their path."""

    corpus: CorpusId | None = None
    only_differing: bool = False
    query: str = ""


def _wanted(number: int, chosen: FileFilter) -> Select[Any]:
    wanted = select(reconciled_files).where(reconciled_files.c.reconciliation_id == number)
    if chosen.corpus is not None:
        wanted = wanted.where(reconciled_files.c.corpus_id == chosen.corpus)
    if chosen.only_differing:
        wanted = wanted.where(func.jsonb_array_length(reconciled_files.c.findings) > 0)
    if chosen.query:
        wanted = wanted.where(reconciled_files.c.path.icontains(chosen.query, autoescape=True))
    return wanted


_ORDER = (reconciled_files.c.corpus_id, reconciled_files.c.source, reconciled_files.c.path)


def list_files(
    connection: Connection,
    number: int,
    chosen: FileFilter,
    *,
    limit: int,
    offset: int = 0,
    after: tuple[str, str, str] | None = None,
) -> list[ReconciledFile]:
    """Files of a reconciliation by corpus, source and path; `after` is the place of the last one that is known."""
    query = _wanted(number, chosen).order_by(*_ORDER).limit(limit).offset(offset)
    if after is not None:
        query = query.where(tuple_(*_ORDER) > after)
    rows = connection.execute(query).mappings()
    return [
        ReconciledFile(**{name: value for name, value in row.items() if name != "reconciliation_id"}) for row in rows
    ]


def count_files(connection: Connection, number: int, chosen: FileFilter) -> int:
    """How many files match."""
    return connection.execute(select(func.count()).select_from(_wanted(number, chosen).subquery())).scalar_one()
