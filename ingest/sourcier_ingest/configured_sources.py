"""The sources an administrator has set up: opening them, planning their loads, asking for loads, keeping schedules."""

import hashlib
import logging
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from sourcier_core.db import accounts, corpora, loads
from sourcier_core.db import sources as stored_sources
from sourcier_core.db.database import Database
from sourcier_core.db.loads import Load
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.sources import Credentials, SourceDefinition, SourceId
from sourcier_core.errors import CredentialsUnreadable, InvalidRequest, SourcierError
from sourcier_core.schedules import is_due
from sourcier_core.vault import CredentialVault
from sourcier_ingest.connectors.allowed_folders import AllowedFolders
from sourcier_ingest.connectors.opening import open_source
from sourcier_ingest.connectors.planning import Plan, plan
from sourcier_ingest.connectors.walk_progress import WalkProgress
from sourcier_ingest.loading import LoadOptions, open_folder, request_load
from sourcier_ingest.sources import Source, SourceListing, list_source

logger = logging.getLogger(__name__)

_CHOSEN_FOR_A_FOLDER = ("include", "exclude", "access")
SCHEDULER = "schedule"
"""Who asked for a load that no person asked for."""


class ConfiguredSources:
    """Sources in PostgreSQL with their credentials from the vault. Thread-safe."""

    def __init__(
        self,
        *,
        database: Database,
        vault: CredentialVault,
        max_file_bytes: int,
        withdrawal_guard_share: float,
        allowed_folders: AllowedFolders,
    ) -> None:
        self._database = database
        self._vault = vault
        self._max_file_bytes = max_file_bytes
        self._withdrawal_guard_share = withdrawal_guard_share
        self.allowed_folders = allowed_folders

    def create(self, definition: SourceDefinition, credentials: Credentials | None) -> SourceDefinition:
        """Store a source. Nothing is connected yet.

        Raises:
            InvalidRequest: the definition or a private key makes no sense.
            SourceFolderNotAllowed: it is a folder of this machine that needs the local token.
            NotFound: there is no such corpus.
            ExtraMissing: its kind of store needs an extra that is not installed.
            ConfigurationError, StorageFull: the credentials cannot be sealed.
        """
        self._check(definition, credentials)
        sealed = None if credentials is None else self._seal(definition, credentials)
        with self._database.transaction() as connection:
            corpora.get_corpus(connection, definition.corpus_id)
            return stored_sources.create_source(connection, definition, credentials=sealed)

    def update(self, definition: SourceDefinition, credentials: Credentials | None) -> SourceDefinition:
        """Change a source; credentials None keeps those it has, as long as the server stays the same.

        Raises:
            InvalidRequest: it makes no sense, or names another server and brings no credentials for it.
            NotFound: there is no such source.
            ExtraMissing, ConfigurationError, StorageFull: as for `create`.
        """
        self._check(definition, credentials)
        with self._database.transaction() as connection:
            before = stored_sources.get_source(connection, definition.id)
            moved = before.location.origin != definition.location.origin
            if moved and before.has_credentials and credentials is None:
                raise InvalidRequest("The source names another server now: give the credentials for it again.")
            changed = stored_sources.update_source(connection, definition)
            if credentials is not None:
                if not moved and not credentials.host_key:
                    credentials = replace(credentials, host_key=self._host_key(connection, before))
                stored_sources.set_credentials(connection, definition.id, self._seal(definition, credentials))
                changed = replace(changed, has_credentials=True)
        return changed

    def _check(self, definition: SourceDefinition, credentials: Credentials | None) -> None:
        open_source(self._placed(definition), credentials, max_file_bytes=self._max_file_bytes).close()

    def _placed(self, definition: SourceDefinition) -> SourceDefinition:
        """With the place where an untrusted folder really is now, so that no link in its path is followed later."""
        if definition.trusted or definition.location.scheme != "file":
            return definition
        return replace(definition, url=str(self.allowed_folders.resolve(definition.location.path)))

    def _host_key(self, connection: Connection, source: SourceDefinition) -> str:
        """The stored key of the same server: a new password does not make it another machine."""
        sealed = stored_sources.sealed_credentials(connection, source.id)
        if sealed is None:
            return ""
        try:
            return self._vault.open(sealed, source_id=source.id, origin=source.location.origin).host_key
        except CredentialsUnreadable:
            return ""

    def _seal(self, definition: SourceDefinition, credentials: Credentials) -> bytes:
        return self._vault.seal(credentials, source_id=definition.id, origin=definition.location.origin)

    def open(self, options: LoadOptions) -> Source:
        """The source of a load: a configured one, or a folder of this machine.

        Raises:
            NotFound: the configured source was deleted.
            CredentialsUnreadable: its credentials cannot be opened with this data directory's key.
        """
        if options.source_id is None:
            return open_folder(options, max_file_bytes=self._max_file_bytes)
        return self._open(options.source_id)

    def open_named(self, corpus: CorpusId, source: str) -> Source | None:
        """What documents have as their source, when it still is a place that can be looked at.

        A folder is looked at as its newest load did: with the same patterns. None for uploads and for a source that
        was deleted. Raises what `open` raises besides.
        """
        if Path(source).is_absolute():
            with self._database.transaction() as connection:
                chosen = accounts.scan_options(connection, corpus, source)
            kept = {name: chosen[name] for name in _CHOSEN_FOR_A_FOLDER if name in chosen}
            return self.open(LoadOptions(folder=source, **kept))
        with self._database.transaction() as connection:
            known = {one.id for one in stored_sources.list_sources(connection)}
        return self._open(source) if source in known else None

    def _open(self, source_id: SourceId, progress: WalkProgress | None = None) -> Source:
        with self._database.transaction() as connection:
            definition = stored_sources.get_source(connection, source_id)
            sealed = stored_sources.sealed_credentials(connection, source_id)
        credentials = None
        if sealed is not None:
            credentials = self._vault.open(sealed, source_id=source_id, origin=definition.location.origin)
        placed = self._placed(definition)
        return open_source(placed, credentials, max_file_bytes=self._max_file_bytes, progress=progress)

    def plan(self, source_id: SourceId, progress: WalkProgress | None = None) -> Plan:
        """What a load would do, without doing it. Local files of unchanged size are read and compared by hash.

        Raises:
            NotFound: there is no such source.
            WalkCancelled: `progress` was cancelled.
            SourceRefused, EngineUnavailable, ConfigurationError: it cannot be listed.
        """
        progress = progress or WalkProgress()
        with closing(self._open(source_id, progress)) as source:
            listing = list_source(source)
        with self._database.transaction() as connection:
            definition = stored_sources.get_source(connection, source_id)
            stored = stored_sources.stored_files(connection, corpus_id=definition.corpus_id, source=source_id)
        sizes = {file.path: file.size_bytes for file in stored}
        return plan(
            listing,
            stored,
            hashes=_local_hashes(listing, sizes, progress),
            withdrawal_guard_share=self._withdrawal_guard_share,
        )

    def request(
        self,
        source_id: SourceId,
        *,
        requested_by: str,
        confirm_withdrawals: bool = False,
        read_everything: bool = False,
    ) -> Load:
        """Ask for a load of a source. Raises NotFound."""
        with self._database.transaction() as connection:
            definition = stored_sources.get_source(connection, source_id)
        return request_load(
            self._database,
            corpus_id=definition.corpus_id,
            source=definition.id,
            options=LoadOptions(
                source_id=definition.id,
                source_name=definition.name,
                confirm_withdrawals=confirm_withdrawals,
                read_everything=read_everything,
            ),
            requested_by=requested_by,
        )

    def request_due(self, now: datetime) -> list[Load]:
        """Ask for a load of every source whose schedule named a time since its last load began.

        A source that is paused, or whose last load still runs, is passed over; one that fails never stops the others.
        """
        with self._database.transaction() as connection:
            due = [source for source in stored_sources.list_sources(connection) if _is_due(connection, source, now)]
        asked: list[Load] = []
        for source in due:
            try:
                asked.append(self.request(source.id, requested_by=SCHEDULER))
            except SourcierError as error:
                logger.warning("source %s could not be loaded by its schedule: %s", source.id, error.code)
        return asked


def _is_due(connection: Connection, source: SourceDefinition, now: datetime) -> bool:
    if source.paused or source.schedule is None:
        return False
    last = loads.last_load(connection, corpus_id=source.corpus_id, source=source.id)
    if last is not None and last.state not in loads.FINAL_LOAD_STATES:
        return False
    return is_due(source.schedule, last=source.created_at if last is None else last.started_at, now=now)


def _local_hashes(listing: SourceListing, sizes: dict[str, int], progress: WalkProgress) -> dict[str, str]:
    found: dict[str, str] = {}
    same_size = [
        (file.path, file.location)
        for file in listing.files
        if file.location is not None and file.problem is None and sizes.get(file.path) == file.size_bytes
    ]
    progress.to_compare = len(same_size)
    for path, location in same_size:
        with suppress(OSError):  # it went away, or cannot be read: its size decides, as afar
            found[path] = _sha256(location)
        progress.compare()
    return found


def _sha256(place: Path) -> str:
    with place.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def local_now() -> datetime:
    """The time of this machine with its time zone: schedules are meant in it."""
    return datetime.now(UTC).astimezone()
