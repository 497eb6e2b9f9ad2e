"""What a source is: it lists its files and hands out their bytes."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sourcier_core.errors import DocumentError

_IGNORED_PREFIXES = (".", "~$")
_LONGEST_MARK = 300
_SETTLED_AFTER = timedelta(seconds=60)
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file of a source. `path` is relative, with `/`, in Unicode form NFC; `problem` says why it cannot be read.

    A file of this machine has a `location`; one of a remote store has `remote_path`, the name as the store spells it,
    and is fetched. `groups` None means that the corpus's groups may read it, an empty set only administrators;
    `access_note` says why where that is not what was asked for. `mark` is what a remote store tells of the content
    without giving it out; the same mark means the same bytes, and an empty one says nothing.
    """

    path: str
    location: Path | None = None
    size_bytes: int
    problem: DocumentError | None = None
    groups: frozenset[str] | None = None
    access_note: str = ""
    remote_path: str | None = None
    mark: str = ""


class Source(Protocol):
    """Where documents come from."""

    @property
    def incomplete_prefixes(self) -> tuple[str, ...]:
        """Folders (relative, without a final `/`) that the last walk could not list: what is below is not gone."""
        ...

    def walk(self) -> Iterator[FoundFile]:
        """Every file, each path once, in a stable order; what cannot be read has a problem.

        Raises:
            ConfigurationError: there is nothing at the source's place.
            SourceRefused: the source does not let us in.
            EngineUnavailable: the source went away. What was listed until then is not all there is.
        """
        ...

    def fetch(self, found: FoundFile, target: Path) -> None:
        """Copy a file's bytes to `target`, which must not exist. Nothing is left there after an error.

        Raises:
            DocumentUnreadable: this file cannot be read.
            DocumentTooLarge: it has more bytes than the limit.
            EngineUnavailable: the source went away.
            StorageFull: the copy cannot be written.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Idempotent."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceListing:
    """All files of a source at one time, and the folders that could not be listed."""

    files: tuple[FoundFile, ...]
    incomplete_prefixes: tuple[str, ...] = ()


def list_source(source: Source) -> SourceListing:
    """Walk a source to its end. Raises what `Source.walk` raises: half a listing is never returned."""
    files = tuple(source.walk())
    return SourceListing(files=files, incomplete_prefixes=source.incomplete_prefixes)


def content_mark(size_bytes: int, *, tag: str | None = None, times: Sequence[datetime | None] = ()) -> str:
    """A file's mark from its size, its store's strong entity tag and its times (those without a zone are in UTC).

    A time of the last minute says nothing yet: the file may change again before its clock ticks (Git's "racily clean"
    entries). Nor does one that is missing or still to come. Weak tags are left out.
    """
    strong = tag if tag and not tag.startswith("W/") else ""
    if not strong and not times:
        return ""
    parts = [str(size_bytes), strong] if strong else [str(size_bytes)]
    settled = datetime.now(UTC) - _SETTLED_AFTER
    for time in times:
        if time is None or (time := time if time.tzinfo else time.replace(tzinfo=UTC)) > settled:
            return ""
        parts.append(time.isoformat())
    mark = " ".join(parts)
    return mark if len(mark) <= _LONGEST_MARK and "\x00" not in mark else ""


def display_path(relative: str) -> str:
    """A path as people see it: valid UTF-8 without NUL, in Unicode form NFC. Unreadable bytes become �."""
    text = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "�")
    return unicodedata.normalize("NFC", text)


def is_ignored(name: str) -> bool:
    """Whether a file or folder is passed over for its name: hidden, a lock file, left behind by a file manager."""
    return name.startswith(_IGNORED_PREFIXES) or name.casefold() in _IGNORED_NAMES
