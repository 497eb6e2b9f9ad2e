"""A remote store as a source: bounded waiting, trying again, and never half a listing."""

import errno
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import (
    ConfigurationError,
    DocumentError,
    DocumentUnreadable,
    EngineUnavailable,
    SourceRefused,
    SourcierError,
)
from sourcier_ingest.connectors.copying import ReadableBytes, copy_limited
from sourcier_ingest.connectors.found import FoundFile
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.connectors.walk_progress import WalkProgress
from sourcier_ingest.connectors.walking import Folder, TreeWalk

RETRY_WAITS_S = (0.5, 2.0, 5.0)
"""How long to wait before each further try."""

Result = TypeVar("Result")


class Trouble(Enum):
    """What an error of a store means."""

    AWAY = "away"
    """The store does not answer, or broke off: trying again may help."""
    REFUSED = "refused"
    """It does not know us: no file can be had."""
    FORBIDDEN = "forbidden"
    """We may not see this one file or folder."""
    MISSING = "missing"
    """There is no such file or folder."""
    UNREADABLE = "unreadable"
    """Something else is wrong with this one file or folder."""


class OpenFile(ReadableBytes, Protocol):
    """A remote file that is open for reading."""

    def close(self) -> Any:
        """Let go of it."""
        ...


class RemoteStore(Protocol):
    """A connection to a store, made when it is first needed. Paths are relative to the source's own folder."""

    def list_folder(self, path: str) -> Folder:
        """All entries of a folder; any exception means that there may be more."""
        ...

    def open_file(self, path: str) -> OpenFile:
        """Open a file for reading."""
        ...

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """The groups that may read a file (None: everyone), and a note where that cannot be known."""
        ...

    def classify(self, error: Exception) -> tuple[Trouble, str]:
        """What an exception of the other methods means, and a short reason without names or secrets."""
        ...

    def close(self) -> None:
        """Drop the connection; the next call makes a new one."""
        ...


@contextmanager
def _open(store: RemoteStore, path: str) -> Generator[OpenFile]:
    content = store.open_file(path)
    try:
        yield content
    finally:
        # What cannot be let go of belongs to a connection that is gone: what was read before that counts.
        with suppress(Exception):
            content.close()


class RemoteSource:
    """All files of a remote store. Errors name the source, never its credentials."""

    def __init__(
        self,
        store: RemoteStore,
        *,
        title: str,
        max_file_bytes: int,
        patterns: PathPatterns | None = None,
        access: AccessMode = AccessMode.CORPUS,
        retry_waits_s: tuple[float, ...] = RETRY_WAITS_S,
        progress: WalkProgress | None = None,
    ) -> None:
        self._store = store
        self._title = title
        self._max_file_bytes = max_file_bytes
        self._patterns = patterns or PathPatterns()
        self._access = access
        self._progress = progress or WalkProgress()
        self._retry_waits_s = retry_waits_s
        self._incomplete_prefixes: tuple[str, ...] = ()

    @property
    def incomplete_prefixes(self) -> tuple[str, ...]:
        """Folders that the last walk could not list."""
        return self._incomplete_prefixes

    def walk(self) -> Iterator[FoundFile]:
        """Every file. Raises as `Source.walk` says; after an error what was listed is not all there is."""
        walk = TreeWalk(
            self,
            patterns=self._patterns,
            access=self._access,
            max_file_bytes=self._max_file_bytes,
            local=False,
            progress=self._progress,
        )
        self._incomplete_prefixes = ()
        try:
            for found in walk.files():
                self._incomplete_prefixes = tuple(walk.incomplete_prefixes)
                yield found
        except DocumentError as error:
            raise ConfigurationError(f"{self._title} cannot be listed. {error.message}") from None

    def fetch(self, found: FoundFile, target: Path) -> None:
        """Copy a file to this machine. Raises as `Source.fetch` says."""
        if found.remote_path is None:
            raise DocumentUnreadable("The file was not found in this source.")
        path, size = found.remote_path, found.size_bytes
        copied = self._try("This file cannot be read", lambda: self._copy(path, target))
        if copied < size:
            target.unlink(missing_ok=True)
            raise DocumentUnreadable("The file became shorter while it was read.")

    def close(self) -> None:
        """Drop the connection."""
        self._store.close()

    def list_folder(self, path: str) -> Folder:
        """One folder (part of a walk)."""
        folder = self._try("This folder cannot be listed", lambda: self._store.list_folder(path))
        for entry in folder.entries:
            if not entry.name or entry.name in {".", ".."} or "/" in entry.name:
                raise DocumentUnreadable("This folder has a name in it that cannot be used.")
        return folder

    def read_start(self, path: str, limit: int) -> bytes:
        """The first bytes of a file (part of a walk)."""
        return self._try("The store does not give it out", lambda: self._read(path, limit))

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """The groups that may read a file by its access list (part of a walk)."""
        try:
            return self._try("Its permissions cannot be read", lambda: self._store.read_access_list(path))
        except DocumentError as error:
            return frozenset(), f"{error.message} Only administrators may read it."

    def _copy(self, path: str, target: Path) -> int:
        with _open(self._store, path) as content:
            return copy_limited(content, target, limit=self._max_file_bytes)

    def _read(self, path: str, limit: int) -> bytes:
        found = bytearray()
        with _open(self._store, path) as content:
            while len(found) < limit and (chunk := content.read(limit - len(found))):
                found += chunk
        return bytes(found)

    def _try(self, what: str, act: Callable[[], Result]) -> Result:
        for wait in (*self._retry_waits_s, None):
            try:
                return act()
            except SourcierError:
                raise
            except Exception as error:  # noqa: BLE001 (each store's library has its own; classify knows them)
                trouble, reason = self._store.classify(error)
                self._store.close()
            match trouble:
                case Trouble.AWAY if wait is not None:
                    self._progress.wait(wait)
                case Trouble.AWAY:
                    raise EngineUnavailable(f"{self._title} does not answer: {reason}.") from None
                case Trouble.REFUSED:
                    raise SourceRefused(f"{self._title} does not let us in: {reason}.") from None
                case Trouble.FORBIDDEN | Trouble.MISSING | Trouble.UNREADABLE:
                    raise DocumentUnreadable(f"{what}: {reason}.") from None
        raise AssertionError("unreachable")


def classify_os_error(error: Exception) -> tuple[Trouble, str]:
    """What an OSError or timeout means that no library has a name of its own for; anything else: the store is away."""
    if isinstance(error, FileNotFoundError):
        return Trouble.MISSING, "there is no such file or folder"
    if isinstance(error, PermissionError):
        return Trouble.FORBIDDEN, "permission denied"
    if isinstance(error, TimeoutError):
        return Trouble.AWAY, "it took too long"
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return Trouble.UNREADABLE, "it is not what it was when it was listed"
    number = error.errno if isinstance(error, OSError) else None
    name = type(error).__name__ if number is None else errno.errorcode.get(number, str(number))
    return Trouble.AWAY, f"the connection failed ({name})"
