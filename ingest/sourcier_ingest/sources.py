"""Where documents come from: a folder of this machine."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sourcier_core.errors import ConfigurationError, DocumentError, DocumentTooLarge, DocumentUnreadable

_IGNORED_PREFIXES = (".", "~$")
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file of a source. `path` is relative, with `/`, in Unicode form NFC; `problem` says why it cannot be read."""

    path: str
    location: Path
    size_bytes: int
    problem: DocumentError | None = None


def _display_path(relative: str) -> str:
    text = os.fsencode(relative).decode("utf-8", "replace").replace("\x00", "�")
    return unicodedata.normalize("NFC", text)


def _is_ignored(name: str) -> bool:
    return name.startswith(_IGNORED_PREFIXES) or name.casefold() in _IGNORED_NAMES


class FolderSource:
    """All files below a folder, in a stable order. Links are not followed; hidden and lock files are passed over."""

    def __init__(self, folder: Path, *, max_file_bytes: int) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes

    def walk(self) -> Iterator[FoundFile]:
        """Every file, each name once (two names equal in NFC: the second one is a problem).

        Raises:
            ConfigurationError: the folder does not exist or cannot be listed.
        """
        if not self._folder.is_dir():
            raise ConfigurationError(f"There is no folder {self._folder}.")
        seen: set[str] = set()
        unlisted: list[OSError] = []
        for parent, folders, names in os.walk(self._folder, onerror=unlisted.append):
            folders[:] = sorted(name for name in folders if not _is_ignored(name))
            links = [name for name in folders if (Path(parent) / name).is_symlink()]
            for name in sorted(names) + links:
                if not _is_ignored(name):
                    found = self._examine(Path(parent) / name)
                    if found.path in seen:
                        problem = DocumentUnreadable("Another file of this folder has the same name.")
                        found = FoundFile(
                            path=found.path + "#2", location=found.location, size_bytes=0, problem=problem
                        )
                    seen.add(found.path)
                    yield found
            while unlisted:
                yield self._unlisted(unlisted.pop())
        while unlisted:
            yield self._unlisted(unlisted.pop())

    def _unlisted(self, error: OSError) -> FoundFile:
        location = Path(os.fsdecode(error.filename))
        if location == self._folder:
            raise ConfigurationError(f"The folder {self._folder} cannot be listed: {error.strerror}.") from error
        return FoundFile(
            path=_display_path(os.path.relpath(location, self._folder)),
            location=location,
            size_bytes=0,
            problem=DocumentUnreadable(f"This folder cannot be listed: {error.strerror}."),
        )

    def _examine(self, location: Path) -> FoundFile:
        path = _display_path(os.path.relpath(location, self._folder))
        size, problem = 0, None
        try:
            status = location.lstat()
            size = status.st_size
            if stat.S_ISLNK(status.st_mode):
                problem = DocumentUnreadable("Links are not followed.")
            elif not stat.S_ISREG(status.st_mode):
                problem = DocumentUnreadable("This is not an ordinary file.")
            elif size > self._max_file_bytes:
                megabytes, limit = size >> 20, self._max_file_bytes >> 20
                problem = DocumentTooLarge(f"The file has {megabytes} MB; the limit is {limit} MB.")
        except OSError as error:
            problem = DocumentUnreadable(f"The file cannot be read: {error.strerror}.")
        return FoundFile(path=path, location=location, size_bytes=size, problem=problem)
