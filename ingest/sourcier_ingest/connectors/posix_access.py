"""Unix permissions as groups: `unix:<group>` for a group that may read, the corpus's groups for what all may read.

Whoever is shut out of a file anywhere must not get in by a group: where a permission excludes some of those that a
wider one lets in, nobody but administrators may read.
"""

import errno
import grp
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

GROUP_PREFIX = "unix:"
NOBODY: frozenset[str] = frozenset()

_ACCESS_LIST = "system.posix_acl_access"
_USER, _GROUP_OWNER, _GROUP, _MASK, _OTHER = 0x02, 0x04, 0x08, 0x10, 0x20
_READ, _SEARCH = 4, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """Who gets at something: `everyone`, or else members of one of these groups (numbers)."""

    everyone: bool
    groups: frozenset[int] = frozenset()

    def through(self, folder: "Readers") -> "Readers":
        """Those that also get through a folder."""
        if folder.everyone:
            return self
        if self.everyone:
            return folder
        return Readers(everyone=False, groups=self.groups & folder.groups)


EVERYONE = Readers(everyone=True)
NO_READERS = Readers(everyone=False)


def readers_by_mode(mode: int, group: int) -> Readers:
    """Who may read a file, or enter a folder, by its mode alone."""
    wanted = _SEARCH if stat.S_ISDIR(mode) else _READ
    if not mode >> 3 & wanted:
        return NO_READERS
    return EVERYONE if mode & wanted else Readers(everyone=False, groups=frozenset({group}))


def readers_by_access_list(content: bytes, mode: int, group: int) -> Readers:
    """Who may read a file, or enter a folder, by its POSIX access list (the attribute as Linux stores it).

    Raises:
        ValueError: this is no access list of a kind that is known.
    """
    if len(content) < 4 or struct.unpack_from("<I", content)[0] != 2 or (len(content) - 4) % 8:
        raise ValueError("not an access list")
    entries: list[tuple[int, int, int]] = list(struct.iter_unpack("<HHI", content[4:]))
    wanted = _SEARCH if stat.S_ISDIR(mode) else _READ
    mask = next((permission for tag, permission, _ in entries if tag == _MASK), 7)
    of_groups = [entry for entry in entries if entry[0] in {_GROUP_OWNER, _GROUP}]
    allowed = {
        group if tag == _GROUP_OWNER else number for tag, permission, number in of_groups if permission & mask & wanted
    }
    if any(tag == _USER and not permission & mask & wanted for tag, permission, _ in entries):
        return NO_READERS
    none_refused = all(permission & mask & wanted for _, permission, _ in of_groups)
    others_may = any(tag == _OTHER and permission & wanted for tag, permission, _ in entries)
    return EVERYONE if none_refused and others_may else Readers(everyone=False, groups=frozenset(allowed))


def readers_of(place: Path, status: os.stat_result) -> Readers:
    """Who may read a file of this machine, or enter a folder. Raises OSError where that cannot be found out."""
    try:
        content = os.getxattr(place, _ACCESS_LIST, follow_symlinks=False)
    except OSError as error:
        if error.errno not in {errno.ENODATA, errno.ENOTSUP}:
            raise
        return readers_by_mode(status.st_mode, status.st_gid)
    try:
        return readers_by_access_list(content, status.st_mode, status.st_gid)
    except ValueError:
        return NO_READERS


def group_names(readers: Readers, *, local: bool) -> frozenset[str] | None:
    """Readers as groups; None for everyone. Another machine's numbers are not looked up in this machine's names."""
    if readers.everyone:
        return None
    return frozenset(_name(number) if local else f"{GROUP_PREFIX}{number}" for number in readers.groups)


def _name(number: int) -> str:
    try:
        return GROUP_PREFIX + grp.getgrgid(number).gr_name
    except KeyError:
        return f"{GROUP_PREFIX}{number}"
