"""Files that people send: the place of each in the folder that is then loaded, and those that are not taken in."""

import posixpath
from pathlib import Path, PurePosixPath

from sourcier_core.db.loads import LoadItem
from sourcier_core.errors import DocumentError, DocumentIgnored, DocumentUnreadable
from sourcier_ingest.connectors.found import display_path, is_ignored
from sourcier_ingest.registering import failed_item

UPLOAD_SOURCE = "upload"
"""The source of every uploaded document. Its files are kept nowhere but as stored bytes."""
_LONGEST_NAME_BYTES = 255


class UploadFolder:
    """Names the places of one upload's files: each gets one of its own, below the folder whatever its name says.

    A name that comes twice, or is a file here and a folder there, is numbered: ``report (2).pdf``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self.refused: list[LoadItem] = []
        """The lines of the load's report for files that have no place."""

    def place(self, name: str | None) -> Path | None:
        """Where the file of this name, with `/` or `\\` between folders, is to be put; None: it is refused."""
        parts = _parts(name)
        shown = self._own_path(parts)
        problem = _problem(parts)
        if problem is not None:
            self.refused.append(failed_item(shown, problem))
            return None
        return self._folder / shown

    def _own_path(self, parts: list[str]) -> str:
        place = ""
        for part in parts[:-1]:
            place = _first_free(posixpath.join(place, part), self._files)
            self._folders.add(place)
        place = _first_free(posixpath.join(place, parts[-1]), self._files | self._folders)
        self._files.add(place)
        return place


def _parts(name: str | None) -> list[str]:
    parts = PurePosixPath(display_path(name or "").replace("\\", "/")).parts
    return [part for part in parts if part not in {"/", "//", "..", "."}] or ["_"]


def _problem(parts: list[str]) -> DocumentError | None:
    if any(is_ignored(part) for part in parts):
        return DocumentIgnored()
    if any(len(part.encode()) > _LONGEST_NAME_BYTES for part in parts):
        return DocumentUnreadable("The name of the file, or of one of its folders, is too long.")
    return None


def _first_free(path: str, taken: set[str]) -> str:
    stem, ending = posixpath.splitext(path)
    number, free = 1, path
    while free in taken:
        number += 1
        free = f"{stem} ({number}){ending}"
    return free
