"""Sources in PostgreSQL. Functions take the caller's connection; only the edge commits.

No definition ever holds credentials: they are read by `sealed_credentials` alone, and are encrypted.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from sourcier_core.db.corpora import get_corpus
from sourcier_core.db.publications import withdraw_documents
from sourcier_core.db.tables import documents, fetched_files, publications, sources, versions
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.source_locations import parse_location
from sourcier_core.domain.sources import AccessMode, SourceDefinition, SourceId
from sourcier_core.errors import InvalidRequest, NotFound
from sourcier_core.schedules import check_schedule

_LONGEST_NAME = 200
_LISTED = [column for column in sources.c if column.name != "credentials"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file of a source as PostgreSQL has it: the version last seen there.

    `mark` is the one its remote store gave when these bytes were fetched, where that is known.
    """

    path: str
    content_sha256: str
    size_bytes: int
    mark: str = ""


def new_source_id() -> SourceId:
    """An id for a source that is about to be created; its credentials are sealed for it."""
    return str(uuid.uuid4())


def _definition(row: Row[Any]) -> SourceDefinition:
    return SourceDefinition(
        id=row.id,
        corpus_id=row.corpus_id,
        name=row.name,
        url=row.url,
        include=tuple(row.include),
        exclude=tuple(row.exclude),
        access=AccessMode(row.access),
        schedule=row.schedule,
        paused=row.paused,
        has_credentials=row.has_credentials,
        trusted=row.trusted,
        created_at=row.created_at,
    )


def _values(definition: SourceDefinition) -> dict[str, Any]:
    name = definition.name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidRequest(f"A source needs a name of at most {_LONGEST_NAME} characters.")
    parse_location(definition.url)
    return {
        "name": name,
        "url": definition.url,
        "include": list(definition.include),
        "exclude": list(definition.exclude),
        "access": definition.access.value,
        "schedule": None if definition.schedule is None else check_schedule(definition.schedule),
        "paused": definition.paused,
        "trusted": definition.trusted,
    }


def create_source(
    connection: Connection, definition: SourceDefinition, *, credentials: bytes | None = None
) -> SourceDefinition:
    """Add a source, with sealed credentials where it has any.

    Raises:
        NotFound: there is no such corpus.
        InvalidRequest: the name, the URL or the schedule is not valid, or the corpus has a source of that name.
    """
    get_corpus(connection, definition.corpus_id)
    values = _values(definition)
    fixed = {"id": definition.id, "corpus_id": definition.corpus_id, "created_at": definition.created_at}
    try:
        with connection.begin_nested():
            connection.execute(insert(sources).values(**fixed, **values, credentials=credentials))
    except IntegrityError as error:
        raise InvalidRequest(f"There is already a source named {values['name']!r} in this corpus.") from error
    return get_source(connection, definition.id)


def _select() -> Any:
    return select(*_LISTED, sources.c.credentials.is_not(None).label("has_credentials"))


def get_source(connection: Connection, source_id: SourceId) -> SourceDefinition:
    """One source. Raises NotFound."""
    row = connection.execute(_select().where(sources.c.id == source_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such source.")
    return _definition(row)


def list_sources(connection: Connection, *, corpus_ids: Iterable[CorpusId] | None = None) -> list[SourceDefinition]:
    """The sources of these corpora (None: of all), by corpus and name."""
    query = _select().order_by(sources.c.corpus_id, sources.c.name)
    if corpus_ids is not None:
        query = query.where(sources.c.corpus_id.in_(list(corpus_ids)))
    return [_definition(row) for row in connection.execute(query)]


def update_source(connection: Connection, definition: SourceDefinition) -> SourceDefinition:
    """Replace everything but the corpus, the day it was made and the credentials.

    Credentials are dropped when the URL now names another server: they were given for the one before. With another
    URL every file is fetched again.

    Raises:
        NotFound: there is no such source.
        InvalidRequest: as for `create_source`.
    """
    before = get_source(connection, definition.id)
    values = _values(definition)
    if parse_location(before.url).origin != parse_location(definition.url).origin:
        values["credentials"] = None
    if before.url != definition.url:
        of_source = select(documents.c.id).where(
            documents.c.corpus_id == before.corpus_id, documents.c.source == definition.id
        )
        connection.execute(delete(fetched_files).where(fetched_files.c.document_id.in_(of_source)))
    try:
        with connection.begin_nested():
            connection.execute(update(sources).where(sources.c.id == definition.id).values(**values))
    except IntegrityError as error:
        raise InvalidRequest(f"There is already a source named {values['name']!r} in this corpus.") from error
    return get_source(connection, definition.id)


def pause_source(connection: Connection, source_id: SourceId, *, paused: bool) -> SourceDefinition:
    """Stop or go on looking at a source by its schedule. Raises NotFound."""
    return update_source(connection, replace(get_source(connection, source_id), paused=paused))


def delete_source(connection: Connection, source_id: SourceId) -> None:
    """Forget a source and its credentials; its documents stay. Raises NotFound."""
    if connection.execute(delete(sources).where(sources.c.id == source_id)).rowcount == 0:
        raise NotFound("There is no such source.")


def withdraw_all(connection: Connection, definition: SourceDefinition, now: datetime, *, by: str) -> int:
    """Withdraw every document of a source, each of which can be restored; returns how many were not so already."""
    of_source = select(documents.c.id).where(
        documents.c.corpus_id == definition.corpus_id,
        documents.c.source == definition.id,
        documents.c.withdrawn_at.is_(None),
        documents.c.purged_at.is_(None),
    )
    wanted = list(connection.execute(of_source).scalars())
    if wanted:
        withdraw_documents(connection, wanted, now, by=by)
    return len(wanted)


def set_credentials(connection: Connection, source_id: SourceId, credentials: bytes | None) -> None:
    """Replace the sealed credentials, or remove them. Raises NotFound."""
    changed = update(sources).where(sources.c.id == source_id).values(credentials=credentials)
    if connection.execute(changed).rowcount == 0:
        raise NotFound("There is no such source.")


def sealed_credentials(connection: Connection, source_id: SourceId) -> bytes | None:
    """The sealed credentials of a source, for `CredentialVault.open`; None where it has none. Raises NotFound."""
    row = connection.execute(select(sources.c.credentials).where(sources.c.id == source_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such source.")
    return None if row.credentials is None else bytes(row.credentials)


def stored_files(connection: Connection, *, corpus_id: CorpusId, source: str) -> Sequence[StoredFile]:
    """The files of a source that are not withdrawn, with what was last seen there; what was found inside them is not.

    A content that came back is an earlier version, published again.
    """
    last_seen = func.greatest(versions.c.created_at, versions.c.asked_at, publications.c.valid_from)
    rows = connection.execute(
        select(
            documents.c.path,
            versions.c.content_sha256,
            versions.c.size_bytes,
            func.coalesce(fetched_files.c.mark, "").label("mark"),
        )
        .join(versions, versions.c.document_id == documents.c.id)
        .outerjoin(
            fetched_files,
            and_(
                fetched_files.c.document_id == documents.c.id,
                fetched_files.c.content_sha256 == versions.c.content_sha256,
            ),
        )
        .outerjoin(publications, and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
        .where(
            documents.c.corpus_id == corpus_id,
            documents.c.source == source,
            documents.c.withdrawn_at.is_(None),
            documents.c.parent_id.is_(None),
        )
        .ext(distinct_on(documents.c.path))
        .order_by(documents.c.path, last_seen.desc(), versions.c.sequence.desc())
    )
    return [
        StoredFile(path=row.path, content_sha256=row.content_sha256, size_bytes=row.size_bytes, mark=row.mark)
        for row in rows
    ]
