"""Answer records in PostgreSQL."""

import json
from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select

from sourcier_core.access import Principal
from sourcier_core.db.database import Database
from sourcier_core.db.tables import answers
from sourcier_core.domain.answers import Answer, AnswerRecord
from sourcier_core.errors import NotFound, RecordFailed, SourcierError

_ANSWER = TypeAdapter(Answer)


class PostgresAnswerRecorder:
    """`AnswerRecorder` on PostgreSQL: one committed row per question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, record: AnswerRecord) -> None:
        """Store durably before returning. Raises RecordFailed."""
        answer = record.answer
        try:
            with self._database.transaction() as connection:
                connection.execute(
                    insert(answers).values(
                        id=answer.id,
                        asked_at=record.asked_at,
                        principal_id=record.principal_id,
                        question=answer.question,
                        language=answer.language.value,
                        mode=answer.mode.value,
                        state=answer.state.value,
                        answer=json.loads(_ANSWER.dump_json(answer)),
                        scope=record.scope,
                        versions=record.versions,
                        timings_ms=record.timings_ms,
                        raw_model_output=record.raw_model_output,
                        error_code=record.error_code,
                    )
                )
        except SourcierError as error:
            raise RecordFailed from error


def get_record(connection: Connection, answer_id: str, principal: Principal) -> AnswerRecord:
    """One stored answer with its evidence; people other than an administrator see only their own.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = connection.execute(select(answers).where(answers.c.id == answer_id)).one_or_none()
    if row is None or not (principal.is_administrator or row.principal_id == principal.id):
        raise NotFound(f"There is no answer {answer_id}.")
    return AnswerRecord(
        answer=_ANSWER.validate_python(row.answer, strict=False),
        principal_id=row.principal_id,
        scope=row.scope,
        asked_at=row.asked_at,
        versions=row.versions,
        timings_ms=row.timings_ms,
        raw_model_output=row.raw_model_output,
        error_code=row.error_code,
    )


def list_recent(connection: Connection, limit: int) -> Sequence[str]:
    """The ids of the newest answers, newest first."""
    return connection.execute(select(answers.c.id).order_by(answers.c.asked_at.desc()).limit(limit)).scalars().all()
