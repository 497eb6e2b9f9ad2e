"""Trying again what failed: a load's files, one document, or all of a corpus that another try may help."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from sourcier_core.db import documents, failures, loads, readings
from sourcier_core.db.database import Database
from sourcier_core.db.failures import Failure
from sourcier_core.db.loads import Load, LoadOutcome
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId
from sourcier_core.errors import DocumentPurged, DocumentRejected, InvalidRequest
from sourcier_ingest.loading import LoadOptions, request_load

_VERSIONS_AT_ONCE = 500
_SAME_SOURCE = ("folder", "source_id", "source_name", "include", "exclude", "access")
_DECIDED = frozenset({DocumentRejected.code, DocumentPurged.code})


def place_of(load: Load) -> dict[str, Any]:
    """Of the options of a load, those that say where its source is."""
    return {name: value for name in _SAME_SOURCE if (value := load.options.get(name)) is not None}


def retry_load(database: Database, load_id: str, *, by: str) -> Load:
    """Try again what failed in a load that has ended; the rest of its source is left alone.

    Raises:
        NotFound: there is no such load.
        InvalidRequest: it still runs, or nothing failed in it.
    """
    with database.transaction() as connection:
        earlier = loads.get_load(connection, load_id)
        failed = loads.count_items(connection, load_id).outcomes[LoadOutcome.FAILED]
    if earlier.state not in loads.FINAL_LOAD_STATES:
        raise InvalidRequest("This load still runs; try again when it has ended.")
    if not failed:
        raise InvalidRequest("Nothing failed in this load.")
    options = LoadOptions(**place_of(earlier), keep_missing=True, retry_of=earlier.id)
    return request_load(database, corpus_id=earlier.corpus_id, source=earlier.source, options=options, requested_by=by)


def retry_document(database: Database, document_id: DocumentId, *, by: str) -> Load:
    """Read a document that failed again, from its stored bytes; nothing else of its source is looked at.

    Raises:
        NotFound: there is no such document.
        InvalidRequest: its newest content has not failed, or a person has decided that it stays out.
    """
    with database.transaction() as connection:
        document = documents.get_document(connection, document_id)
    if document.purged_at is not None or document.withdrawn_at is not None or document.failure_code in _DECIDED:
        raise InvalidRequest("A person, or its source, has taken this document out: it is not tried again.")
    if document.state is not DocumentState.FAILED:
        raise InvalidRequest("Only a document that failed can be tried again.")
    options = LoadOptions(keep_missing=True, parse_again=(document.version_id,))
    return request_load(
        database, corpus_id=document.corpus_id, source=document.source, options=options, requested_by=by
    )


def retry_corpus(database: Database, corpus_id: CorpusId, *, by: str, reads_pictures: bool) -> list[Load]:
    """Try again all of a corpus that another try may help; one load for each source, or more where there is much.

    Where text in pictures can be recognised (`reads_pictures`), published documents with pages that nothing had
    recognised are read again too: as new versions, so what is published stays valid until the new one is.

    Raises:
        NotFound: there is no such corpus.
        InvalidRequest: there is nothing that another try may help.
    """
    of_source: dict[str, list[Failure]] = defaultdict(list)
    with database.transaction() as connection:
        for failure in failures.list_failures(connection, corpus_id):
            if failure.retryable:
                of_source[failure.source].append(failure)
        wanted = [
            (source, options) for source, found in sorted(of_source.items()) for options in _attempts(connection, found)
        ]
        wanted += _other_readings(connection, corpus_id) if reads_pictures else []
    if not wanted:
        raise InvalidRequest("Nothing failed in this corpus that another try may help.")
    return [
        request_load(database, corpus_id=corpus_id, source=source, options=options, requested_by=by)
        for source, options in wanted
    ]


def _other_readings(connection: Connection, corpus_id: CorpusId) -> list[tuple[str, LoadOptions]]:
    of_source: dict[str, list[VersionId]] = defaultdict(list)
    for document in readings.list_unread(connection, corpus_id):
        of_source[document.source].append(document.version_id)
    return [
        (source, LoadOptions(keep_missing=True, parse_again=tuple(added)))
        for source, unread in sorted(of_source.items())
        for start in range(0, len(unread), _VERSIONS_AT_ONCE)
        if (added := readings.add_readings(connection, unread[start : start + _VERSIONS_AT_ONCE], datetime.now(UTC)))
    ]


def _attempts(connection: Connection, found: Sequence[Failure]) -> Iterator[LoadOptions]:
    versions = [failure.version_id for failure in found if failure.version_id is not None]
    earlier = next((failure.load_id for failure in found if failure.load_id is not None), None)
    if earlier is not None:  # what is not stored is looked for at the source, in the same load as the first versions
        place = place_of(loads.get_load(connection, earlier))
        first, versions = versions[:_VERSIONS_AT_ONCE], versions[_VERSIONS_AT_ONCE:]
        yield LoadOptions(**place, keep_missing=True, retry_of=earlier, parse_again=tuple(first))
    for start in range(0, len(versions), _VERSIONS_AT_ONCE):
        yield LoadOptions(keep_missing=True, parse_again=tuple(versions[start : start + _VERSIONS_AT_ONCE]))
