"""Unix permissions as groups."""

import stat
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_ingest.connectors.posix_access import (
    EVERYONE,
    Readers,
    group_names,
    readers_by_access_list,
    readers_by_mode,
)

FILE, FOLDER = stat.S_IFREG, stat.S_IFDIR
USER_OWNER, USER, GROUP_OWNER, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32


def access_list(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.parametrize(
    ("mode", "readers"),
    [
        (FILE | 0o644, EVERYONE),
        (FILE | 0o640, Readers(everyone=False, groups=frozenset({7}))),
        (FILE | 0o600, Readers(everyone=False)),
        (FILE | 0o604, Readers(everyone=False)),
        (FOLDER | 0o755, EVERYONE),
        (FOLDER | 0o744, Readers(everyone=False)),
        (FOLDER | 0o750, Readers(everyone=False, groups=frozenset({7}))),
    ],
)
def test_modes(mode: int, readers: Readers) -> None:
    assert readers_by_mode(mode, 7) == readers


def test_access_lists() -> None:
    base = ((USER_OWNER, 6, 0), (GROUP_OWNER, 4, 0), (OTHER, 0, 0))
    named = access_list(*base, (GROUP, 4, 9), (MASK, 4, 0))
    assert readers_by_access_list(named, FILE | 0o640, 7).groups == {7, 9}
    masked = access_list(*base, (GROUP, 4, 9), (MASK, 0, 0))
    assert readers_by_access_list(masked, FILE | 0o600, 7) == Readers(everyone=False)
    # The mode's group bits are the mask here, not what the group may do.
    refused = access_list((USER_OWNER, 6, 0), (GROUP_OWNER, 0, 0), (GROUP, 4, 9), (MASK, 4, 0), (OTHER, 4, 0))
    assert readers_by_access_list(refused, FILE | 0o644, 7) == Readers(everyone=False, groups=frozenset({9}))
    somebody = access_list((USER_OWNER, 6, 0), (USER, 0, 55), (GROUP_OWNER, 4, 0), (MASK, 4, 0), (OTHER, 4, 0))
    assert readers_by_access_list(somebody, FILE | 0o644, 7) == Readers(everyone=False)
    open_list = access_list((USER_OWNER, 6, 0), (USER, 4, 55), (GROUP_OWNER, 4, 0), (MASK, 4, 0), (OTHER, 4, 0))
    assert readers_by_access_list(open_list, FILE | 0o644, 7) == EVERYONE
    for content in (b"", b"\x03\0\0\0", named[:-1]):
        with pytest.raises(ValueError, match="not an access list"):
            readers_by_access_list(content, FILE, 7)


ENTRIES = st.tuples(st.sampled_from([USER, GROUP_OWNER, GROUP]), st.integers(0, 7), st.integers(1, 3))


@given(st.lists(ENTRIES, max_size=5), st.integers(0, 7), st.integers(0, 7))
def test_no_group_reads_that_its_entry_refuses(entries: list[tuple[int, int, int]], mask: int, other: int) -> None:
    content = access_list(*entries, (MASK, mask, 0), (OTHER, other, 0))
    readers = readers_by_access_list(content, FILE | 0o644, 1)
    for tag, permission, number in entries:
        refused = not permission & mask & 4
        if tag == USER and refused:
            assert readers == Readers(everyone=False)
        elif refused:
            assert not readers.everyone
            allowed_elsewhere = any(
                p & mask & 4 and (1 if t == GROUP_OWNER else n) == (1 if tag == GROUP_OWNER else number)
                for t, p, n in entries
                if t != USER
            )
            assert allowed_elsewhere or (1 if tag == GROUP_OWNER else number) not in readers.groups


def test_names_of_groups() -> None:
    readers = Readers(everyone=False, groups=frozenset({0, 4_000_000}))
    assert group_names(readers, local=True) == {"unix:root", "unix:4000000"}
    assert group_names(readers, local=False) == {"unix:0", "unix:4000000"}
    assert group_names(EVERYONE, local=True) is None
    assert group_names(readers.through(Readers(everyone=False, groups=frozenset({0}))), local=False) == {"unix:0"}
