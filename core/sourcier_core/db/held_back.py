"""Documents that a load no longer found in their source and kept, because an unusual share of them was gone."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from sourcier_core.db.documents import missing_documents
from sourcier_core.db.loads import Load, LoadOutcome, LoadState, get_load, is_scan
from sourcier_core.db.tables import load_items, loads
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.errors import ConfirmationRequired


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """The paths that a load did not find, in order, of how many documents of its source that are not withdrawn."""

    paths: tuple[str, ...] = ()
    total: int = 0


NOTHING_HELD_BACK = HeldBack()


def message_of(missing: int, total: int) -> str:
    """What a load says that has kept documents until a person confirms that they are withdrawn."""
    return (
        f"{ConfirmationRequired.code}: {missing} of {total} documents are no longer in the folder and were kept. "
        "Load again with withdrawals confirmed to withdraw them."
    )


def waiting_load(connection: Connection, corpus: CorpusId, source: str) -> Load | None:
    """The load of a source whose withdrawals wait for a confirmation.

    Only the newest one: what an earlier load missed, a later one has looked for again. One that was cut short has not.
    """
    cut_short = (LoadState.CANCELLED.value, LoadState.FAILED.value)
    newest = connection.execute(
        select(loads.c.id, loads.c.state, loads.c.message)
        .where(loads.c.corpus_id == corpus, loads.c.source == source, is_scan(), loads.c.state.not_in(cut_short))
        .order_by(loads.c.started_at.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or newest.state != LoadState.FINISHED.value:
        return None
    waits = (newest.message or "").startswith(f"{ConfirmationRequired.code}:")
    return get_load(connection, newest.id) if waits else None


def held_back(connection: Connection, load: Load) -> HeldBack:
    """What waits in a load for a confirmation, as things are now; nothing where a later load has looked again.

    What is below a folder that it could not list, and that it noted as failed, is not missing.
    """
    waiting = waiting_load(connection, load.corpus_id, load.source)
    if waiting is None or waiting.id != load.id:
        return NOTHING_HELD_BACK
    unlisted = connection.execute(
        select(load_items.c.path).where(
            load_items.c.load_id == load.id,
            load_items.c.outcome == LoadOutcome.FAILED.value,
            load_items.c.document_id.is_(None),
        )
    ).scalars()
    missing, total = missing_documents(
        connection,
        load_id=load.id,
        corpus_id=load.corpus_id,
        source=load.source,
        kept_below=tuple(unlisted),
    )
    return HeldBack(paths=tuple(sorted(path for _, path in missing)), total=total)
