"""Room that is left free on a disk, asked for before anything is written that could not bear a full one.

Qdrant Edge writes through memory maps of sparse files, and a map that finds no room ends the whole process (SIGBUS);
PostgreSQL stops when its log finds none. So whoever brings new data stops first: new files leave the whole reserve,
new passages leave half of it, and a quarter is for what finishes or removes (dates, deletions, flushes).
"""

import os
from pathlib import Path

from sourcier_core.errors import StorageFull

RESERVE_MB = 256
"""Measured: a batch of 500 passages takes 2.5 MB at 384 dimensions, bringing it to disk 0.2 MB, and Edge begins its
files anew in steps of 1 to 32 MB, of which only what is written takes room."""


def require_room(folder: Path, wanted_bytes: int, *, what: str) -> None:
    """Raise StorageFull, which says how much is free, unless that many bytes are free on the disk of a folder.

    A folder that does not exist yet is measured by the nearest one above it.
    """
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    space = os.statvfs(place)
    free = space.f_bavail * space.f_frsize
    if free < wanted_bytes:
        raise StorageFull(
            f"The disk is too full for {what}: {free >> 20} MB are free, {-(-wanted_bytes >> 20)} MB are wanted.",
            free_bytes=free,
            wanted_bytes=wanted_bytes,
        )


class DiskReserve:
    """What one store leaves free on its disk; three floors, so that what was begun can be finished."""

    def __init__(self, folder: Path, reserve_mb: int) -> None:
        self._folder = folder
        self._reserve = reserve_mb << 20

    def for_new_file(self, size: int) -> None:
        """Raise StorageFull unless a file of that size leaves the whole reserve."""
        require_room(self._folder, size + self._reserve, what="another document")

    def for_additions(self, size: int) -> None:
        """Raise StorageFull unless additions of about that size leave half of the reserve."""
        require_room(self._folder, size + self._reserve // 2, what="more passages in the index")

    def for_changes(self) -> None:
        """Raise StorageFull unless a quarter of the reserve is free."""
        require_room(self._folder, self._reserve // 4, what="a change of the index")
