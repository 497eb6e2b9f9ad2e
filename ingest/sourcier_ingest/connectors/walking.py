"""Walks a tree of folders, local or remote: order, patterns, names, manifests, permissions, what cannot be listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import AccessManifestInvalid, DocumentError, DocumentTooLarge, DocumentUnreadable
from sourcier_ingest.connectors.access_manifest import (
    MANIFEST_NAME,
    MOST_MANIFEST_BYTES,
    NOBODY,
    AccessManifest,
    FolderAccess,
    is_misnamed,
    parse_manifest,
)
from sourcier_ingest.connectors.found import FoundFile, display_path, is_ignored
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.connectors.posix_access import EVERYONE, NO_READERS, Readers, group_names
from sourcier_ingest.connectors.walk_progress import WalkProgress

_NOT_UNDERSTOOD = "Its permissions cannot be read: only administrators may read it."
_DEEPEST = 200


class EntryKind(Enum):
    """What a folder's entry is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry of a folder, by the name the store gives it.

    `readers` where its permissions are known; `mark` as for FoundFile.
    """

    name: str
    kind: EntryKind
    size_bytes: int = 0
    problem: DocumentError | None = None
    readers: Readers | None = None
    mark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder's entries, and who may enter it where that is known."""

    entries: Sequence[Entry]
    readers: Readers | None = None


class Tree(Protocol):
    """What is walked. Paths are relative, with `/`, spelled as the store spells them; the top is empty."""

    def list_folder(self, path: str) -> Folder:
        """All entries of a folder. Raises DocumentUnreadable when this one folder cannot be listed."""
        ...

    def read_start(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a file. Raises DocumentError when this one file cannot be read."""
        ...

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """The groups that may read a file by its access list (None: everyone), and a note where nobody may."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A folder still to be listed: as the store spells it, as people see it, and who may read what is above."""

    path: str
    shown: str
    depth: int
    access: FolderAccess
    readers: Readers


class TreeWalk:
    """One walk. `incomplete_prefixes` grows as folders turn out not to be listable."""

    def __init__(
        self,
        tree: Tree,
        *,
        patterns: PathPatterns,
        access: AccessMode,
        max_file_bytes: int,
        local: bool,
        progress: WalkProgress | None = None,
    ) -> None:
        self._tree = tree
        self._patterns = patterns
        self._access = access
        self._max_file_bytes = max_file_bytes
        self._local = local
        self._progress = progress or WalkProgress()
        self._seen: set[str] = set()
        self.incomplete_prefixes: list[str] = []

    def files(self) -> Iterator[FoundFile]:
        """Every file; `remote_path` is its path as the store spells it. Raises when the top cannot be listed."""
        top = _Place(path="", shown="", depth=0, access=FolderAccess(), readers=EVERYONE)
        waiting = [top]
        while waiting:
            place = waiting.pop()
            self._progress.enter_folder()
            try:
                if place.depth > _DEEPEST:
                    raise DocumentUnreadable(f"Folders are nested more than {_DEEPEST} deep.")
                folder = self._tree.list_folder(place.path)
            except DocumentError as error:
                if place is top:
                    raise
                self.incomplete_prefixes.append(place.shown)
                yield self._numbered(FoundFile(path=place.shown, size_bytes=0, problem=error, groups=NOBODY))
                continue
            entries = sorted(folder.entries, key=lambda entry: entry.name)
            place, invalid = self._enter(place, folder.readers, entries)
            if invalid is not None:
                yield self._numbered(invalid)
            for entry in entries:
                if entry.kind is not EntryKind.FOLDER and not is_ignored(entry.name):
                    yield from self._file(place, entry)
            waiting.extend(reversed(self._folders(place, entries)))

    def _enter(
        self, place: _Place, readers: Readers | None, entries: Sequence[Entry]
    ) -> tuple[_Place, FoundFile | None]:
        if self._access is AccessMode.POSIX:
            return replace(place, readers=place.readers.through(readers or NO_READERS)), None
        if self._access is not AccessMode.MANIFEST:
            return place, None
        manifest, name = self._manifest(place, entries)
        inside = replace(place, access=place.access.enter(place.shown, manifest))
        if not isinstance(manifest, AccessManifestInvalid):
            return inside, None
        return inside, FoundFile(path=_below(place.shown, name), size_bytes=0, problem=manifest, groups=NOBODY)

    def _manifest(
        self, place: _Place, entries: Sequence[Entry]
    ) -> tuple[AccessManifest | AccessManifestInvalid | None, str]:
        for entry in entries:
            if is_misnamed(entry.name):
                return AccessManifestInvalid(f"This file has to be named {MANIFEST_NAME}, in lower case."), entry.name
        found = next((entry for entry in entries if entry.name == MANIFEST_NAME), None)
        if found is None:
            return None, MANIFEST_NAME
        if found.kind is not EntryKind.FILE:
            return AccessManifestInvalid(f"{MANIFEST_NAME} is not an ordinary file."), MANIFEST_NAME
        try:
            path = _below(place.path, MANIFEST_NAME)
            return parse_manifest(self._tree.read_start(path, MOST_MANIFEST_BYTES + 1)), MANIFEST_NAME
        except AccessManifestInvalid as error:
            return error, MANIFEST_NAME
        except DocumentError as error:
            return AccessManifestInvalid(f"{MANIFEST_NAME} cannot be read: {error.message}"), MANIFEST_NAME

    def _folders(self, place: _Place, entries: Sequence[Entry]) -> list[_Place]:
        return [
            replace(place, path=_below(place.path, entry.name), shown=shown, depth=place.depth + 1)
            for entry in entries
            if entry.kind is EntryKind.FOLDER and not is_ignored(entry.name)
            if self._patterns.wants_folder(shown := _below(place.shown, display_path(entry.name)))
        ]

    def _file(self, place: _Place, entry: Entry) -> Iterator[FoundFile]:
        shown, path = _below(place.shown, display_path(entry.name)), _below(place.path, entry.name)
        if not self._patterns.wants_file(shown):
            return
        self._progress.see_file()
        problem = entry.problem
        if problem is None and entry.kind is EntryKind.LINK:
            problem = DocumentUnreadable("Links are not followed.")
        elif problem is None and entry.kind is EntryKind.OTHER:
            problem = DocumentUnreadable("This is not an ordinary file.")
        elif problem is None and entry.size_bytes > self._max_file_bytes:
            problem = too_large(entry.size_bytes, self._max_file_bytes)
        groups, note = (NOBODY, "") if problem is not None else self._groups(place, entry, path, shown)
        found = FoundFile(
            path=shown,
            size_bytes=entry.size_bytes,
            problem=problem,
            groups=groups,
            access_note=note,
            remote_path=path,
            mark=entry.mark,
        )
        yield self._numbered(found)

    def _groups(self, place: _Place, entry: Entry, path: str, shown: str) -> tuple[frozenset[str] | None, str]:
        match self._access:
            case AccessMode.CORPUS:
                return None, ""
            case AccessMode.MANIFEST:
                return place.access.groups_for(shown), place.access.denied
            case AccessMode.POSIX:
                if entry.readers is None:
                    return NOBODY, _NOT_UNDERSTOOD
                return group_names(entry.readers.through(place.readers), local=self._local), ""
            case AccessMode.SMB:
                return self._tree.read_access_list(path)

    def _numbered(self, found: FoundFile) -> FoundFile:
        """The file itself, or, when its path was seen before (two names equal in NFC), a problem with a number."""
        if found.path not in self._seen:
            self._seen.add(found.path)
            return found
        number = 2
        while f"{found.path}#{number}" in self._seen:
            number += 1
        problem = found.problem or DocumentUnreadable("Another file of this folder has the same name.")
        renamed = replace(found, path=f"{found.path}#{number}", size_bytes=0, problem=problem)
        self._seen.add(renamed.path)
        return renamed


def too_large(size_bytes: int, limit: int) -> DocumentTooLarge:
    """The problem of a file that is over the limit."""
    return DocumentTooLarge(f"The file has {size_bytes >> 20} MB; the limit is {limit >> 20} MB.")


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
