"""Which bytes were fetched from a remote store under which mark. Functions take the caller's connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from sourcier_core.db.tables import documents, fetched_files
from sourcier_core.domain.identifiers import CorpusId, DocumentId


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedFile:
    """The content of a file when the store gave it this mark."""

    mark: str
    content_sha256: str
    size_bytes: int


def fetched_since(
    connection: Connection, *, corpus_id: CorpusId, source: str, paths: Sequence[str], since: datetime
) -> dict[str, FetchedFile]:
    """By path, what of a source's files was fetched since then; purged documents are never among them."""
    rows = connection.execute(
        select(documents.c.path, fetched_files.c.mark, fetched_files.c.content_sha256, fetched_files.c.size_bytes)
        .join(documents, documents.c.id == fetched_files.c.document_id)
        .where(
            documents.c.corpus_id == corpus_id,
            documents.c.source == source,
            documents.c.path.in_(paths),
            documents.c.purged_at.is_(None),
            fetched_files.c.fetched_at >= since,
        )
    )
    return {
        row.path: FetchedFile(mark=row.mark, content_sha256=row.content_sha256, size_bytes=row.size_bytes)
        for row in rows
    }


def note_fetched(connection: Connection, files: Mapping[DocumentId, FetchedFile], now: datetime) -> None:
    """Note what was just fetched, in place of what was known; an empty mark forgets it."""
    unmarked = [document for document, file in files.items() if not file.mark]
    if unmarked:
        connection.execute(delete(fetched_files).where(fetched_files.c.document_id.in_(unmarked)))
    rows = [
        {
            "document_id": document,
            "mark": file.mark,
            "content_sha256": file.content_sha256,
            "size_bytes": file.size_bytes,
            "fetched_at": now,
        }
        for document, file in files.items()
        if file.mark
    ]
    if rows:
        adding = insert(fetched_files)
        new = {name: adding.excluded[name] for name in rows[0] if name != "document_id"}
        connection.execute(adding.on_conflict_do_update(index_elements=["document_id"], set_=new), rows)
