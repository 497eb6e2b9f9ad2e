"""Which model's index serves, which is being built, and which may be deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from sourcier_core.db.tables import passages, publications, vector_spaces, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import VersionId
from sourcier_core.domain.search import EmbeddingModelIdentity

_INDEXED = (DocumentState.INDEXED.value, DocumentState.PUBLISHED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorSpaceRecord:
    """An embedding model and the place of its index."""

    identity: EmbeddingModelIdentity
    model: str
    """The folder the model was opened from."""
    location: str
    """The index: a folder's name in the data directory, or a collection's."""
    state: str
    """`serving`, `building` or `retired`."""
    passages_done: int
    passages_total: int
    message: str | None
    """Why building stands still, when it does."""
    created_at: datetime


def _record(row: Row[Any]) -> VectorSpaceRecord:
    return VectorSpaceRecord(
        identity=EmbeddingModelIdentity(name=row.name, fingerprint=row.fingerprint, dimension=row.dimension),
        model=row.model,
        location=row.location,
        state=row.state,
        passages_done=row.passages_done,
        passages_total=row.passages_total,
        message=row.message,
        created_at=row.created_at,
    )


def list_vector_spaces(connection: Connection) -> list[VectorSpaceRecord]:
    """All of them, the serving one first."""
    order = case((vector_spaces.c.state == "serving", 0), else_=1)
    return [
        _record(row) for row in connection.execute(select(vector_spaces).order_by(order, vector_spaces.c.created_at))
    ]


def add_vector_space(
    connection: Connection, identity: EmbeddingModelIdentity, *, model: str, location: str, state: str
) -> None:
    """Note a space; one that is noted already stays as it is."""
    connection.execute(
        insert_or_leave(vector_spaces)
        .values(
            fingerprint=identity.fingerprint,
            name=identity.name,
            dimension=identity.dimension,
            model=model,
            location=location,
            state=state,
            created_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing()
    )


def note_model_place(connection: Connection, fingerprint: str, model: str) -> None:
    """Note where a model lies now."""
    connection.execute(update(vector_spaces).where(vector_spaces.c.fingerprint == fingerprint).values(model=model))


def note_progress(connection: Connection, fingerprint: str, *, done: int, total: int, message: str | None) -> None:
    """Note how many passages a space that is built has, of how many."""
    connection.execute(
        update(vector_spaces)
        .where(vector_spaces.c.fingerprint == fingerprint)
        .values(passages_done=done, passages_total=total, message=message)
    )


def progress(connection: Connection, fingerprint: str) -> tuple[int, int]:
    """How many passages a space has, of how many."""
    row = connection.execute(
        select(vector_spaces.c.passages_done, vector_spaces.c.passages_total).where(
            vector_spaces.c.fingerprint == fingerprint
        )
    ).one_or_none()
    return (0, 0) if row is None else (row.passages_done, row.passages_total)


def serving_fingerprint(connection: Connection) -> str | None:
    """The model whose index serves; None before the first start."""
    return connection.execute(
        select(vector_spaces.c.fingerprint).where(vector_spaces.c.state == "serving")
    ).scalar_one_or_none()


def switch_serving(connection: Connection, fingerprint: str) -> None:
    """Let the built space serve and retire the one that did. The caller commits."""
    connection.execute(update(vector_spaces).where(vector_spaces.c.state == "serving").values(state="retired"))
    connection.execute(
        update(vector_spaces)
        .where(vector_spaces.c.fingerprint == fingerprint)
        .values(state="serving", switched_at=datetime.now(UTC), message=None)
    )


def forget_vector_space(connection: Connection, fingerprint: str) -> None:
    """Remove the note of a space whose index is gone."""
    connection.execute(
        delete(vector_spaces).where(vector_spaces.c.fingerprint == fingerprint, vector_spaces.c.state != "serving")
    )


def indexed_versions(connection: Connection) -> dict[VersionId, int]:
    """Every version that search may find, now or as of an earlier date, with the number of its passages."""
    rows = connection.execute(
        select(versions.c.id, func.count().label("passages"))
        .join(passages, passages.c.version_id == versions.c.id)
        .where(versions.c.state.in_(_INDEXED))
        .group_by(versions.c.id)
        .order_by(versions.c.id)
    )
    return {row.id: row.passages for row in rows}


def mark_all_for_index(connection: Connection, wanted: list[VersionId]) -> set[VersionId]:
    """Note that the index has to be told these versions' dates and groups again; returns those it still has to hold."""
    published = select(publications.c.version_id).where(publications.c.version_id == versions.c.id).exists()
    marked = connection.execute(
        update(versions)
        .where(versions.c.id.in_(wanted), versions.c.state.in_(_INDEXED))
        .values(index_groups_pending=True, index_dates_pending=published)
        .returning(versions.c.id)
    )
    return set(marked.scalars())
