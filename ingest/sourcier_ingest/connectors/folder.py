"""A folder of this machine as a source."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import ConfigurationError, DocumentUnreadable
from sourcier_ingest.connectors.copying import copy_limited
from sourcier_ingest.connectors.found import FoundFile
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.connectors.posix_access import Readers, readers_of
from sourcier_ingest.connectors.walk_progress import WalkProgress
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder, TreeWalk


class FolderSource:
    """All files below a folder, in a stable order. Links are not followed; hidden and lock files are passed over."""

    def __init__(
        self,
        folder: Path,
        *,
        max_file_bytes: int,
        patterns: PathPatterns | None = None,
        access: AccessMode = AccessMode.CORPUS,
        progress: WalkProgress | None = None,
    ) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes
        self._patterns = patterns or PathPatterns()
        self._access = access
        self._progress = progress
        self._incomplete_prefixes: tuple[str, ...] = ()

    @property
    def incomplete_prefixes(self) -> tuple[str, ...]:
        """Folders below this one that the last walk could not list."""
        return self._incomplete_prefixes

    def walk(self) -> Iterator[FoundFile]:
        """Every file, each name once (two names equal in NFC: the second one is a problem).

        Raises:
            ConfigurationError: the folder does not exist or cannot be listed.
        """
        if not self._folder.is_dir():
            raise ConfigurationError(f"There is no folder {self._folder}.")
        walk = TreeWalk(
            _LocalTree(self._folder, wants_permissions=self._access is AccessMode.POSIX),
            patterns=self._patterns,
            access=self._access,
            max_file_bytes=self._max_file_bytes,
            local=True,
            progress=self._progress,
        )
        self._incomplete_prefixes = ()
        try:
            for found in walk.files():
                self._incomplete_prefixes = tuple(walk.incomplete_prefixes)
                location = self._folder / (found.path if found.remote_path is None else found.remote_path)
                yield replace(found, location=location, remote_path=None)
        except DocumentUnreadable as error:
            raise ConfigurationError(f"The folder {self._folder} cannot be listed. {error.message}") from error

    def fetch(self, found: FoundFile, target: Path) -> None:
        """Copy a file. Raises as `Source.fetch` says."""
        place = found.location or self._folder / (found.remote_path or found.path)
        try:
            with place.open("rb") as content:
                copy_limited(content, target, limit=self._max_file_bytes)
        except OSError as error:
            raise DocumentUnreadable(f"The file cannot be read: {error.strerror}.") from error

    def close(self) -> None:
        """A folder holds nothing open."""


class _LocalTree:
    def __init__(self, folder: Path, *, wants_permissions: bool) -> None:
        self._folder = folder
        self._wants_permissions = wants_permissions

    def list_folder(self, path: str) -> Folder:
        place = self._folder / path
        try:
            with os.scandir(place) as found:
                names = [entry.name for entry in found]
            readers = readers_of(place, place.stat()) if self._wants_permissions else None
        except OSError as error:
            raise DocumentUnreadable(f"This folder cannot be listed: {error.strerror}.") from error
        return Folder(entries=[self._entry(place / name) for name in names], readers=readers)

    def _entry(self, place: Path) -> Entry:
        try:
            status = place.lstat()
            readers = self._readers(place, status)
        except OSError as error:
            problem = DocumentUnreadable(f"The file cannot be read: {error.strerror}.")
            return Entry(name=place.name, kind=EntryKind.OTHER, problem=problem)
        return Entry(name=place.name, kind=_kind(status.st_mode), size_bytes=status.st_size, readers=readers)

    def _readers(self, place: Path, status: os.stat_result) -> Readers | None:
        if not self._wants_permissions or stat.S_ISLNK(status.st_mode):
            return None
        return readers_of(place, status)

    def read_start(self, path: str, limit: int) -> bytes:
        try:
            # The manifest was an ordinary file when it was listed; a link that took its place is not followed.
            descriptor = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as content:
                return content.read(limit)
        except OSError as error:
            raise DocumentUnreadable(f"{os.strerror(error.errno or errno.EIO)}.") from error

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        return frozenset(), f"SMB access lists cannot be read from a folder of this machine: {path}."


def _kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return EntryKind.FILE
    if stat.S_ISDIR(mode):
        return EntryKind.FOLDER
    return EntryKind.LINK if stat.S_ISLNK(mode) else EntryKind.OTHER
