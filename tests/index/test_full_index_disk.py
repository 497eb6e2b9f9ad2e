"""A full disk under the index: in a process of its own, because a memory map without room ends the process (SIGBUS)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sourcier_core.disk_space import RESERVE_MB, DiskReserve, require_room
from sourcier_core.errors import StorageFull

FILLING = """
import os, sys
from pathlib import Path
import numpy as np
from index.index_samples import make_id, make_point, make_scope
from sourcier_core.domain.search import EmbeddingModelIdentity, SparseVector
from sourcier_core.errors import StorageFull
from sourcier_core.index.edge import open_edge_index

DIMENSION, AT_ONCE = 384, 700
disk, reserve, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
identity = EmbeddingModelIdentity(name="wide", fingerprint="f" * 64, dimension=DIMENSION)


def open_index():
    return open_edge_index(disk / "index", identity, optimize_threshold=10**9, reserve_mb=reserve)


def batch(number):
    numbers = np.random.default_rng(number)
    terms = sorted(int(term) for term in numbers.choice(100_000, 60, replace=False))
    return [
        make_point(
            number * AT_ONCE + place,
            version_id=make_id(10**9 + number),
            dense=numbers.standard_normal(DIMENSION).astype(np.float32),
            sparse=SparseVector(indices=tuple(terms), values=(1.0,) * 60),
        )
        for place in range(AT_ONCE)
    ]


def leave_free(size):
    with (disk / "ballast").open("ab") as ballast:
        while (space := os.statvfs(disk)).f_bavail * space.f_frsize - size >= 4096:
            ballast.write(bytes(min(1 << 20, space.f_bavail * space.f_frsize - size)))
            ballast.flush()


def refused(act):
    try:
        act()
    except StorageFull as error:
        assert "MB are free" in error.message, error.message
        return True
    return False


index, whole = open_index(), 0
if what == "upserts":
    while not refused(lambda: index.upsert(batch(whole))):
        whole += 1
    index.flush()  # what could be added can be finished
    index.set_validity(make_id(10**9), valid_from=make_scope().as_of, valid_to=None)
    index.delete_version(make_id(10**9 + whole))  # and what could not be added whole is removed
    index.flush()
else:  # somebody else fills the disk to its last byte
    for whole in (1, 2):
        index.upsert(batch(whole - 1))
    leave_free(0)
    for act in (
        lambda: index.upsert(batch(5)),
        lambda: index.set_validity(make_id(10**9), valid_from=make_scope().as_of, valid_to=None),
        lambda: index.set_groups(make_id(10**9), frozenset({"others"})),
        lambda: index.delete_version(make_id(10**9)),
        index.flush,
    ):
        assert refused(act)
    index.close()
    assert refused(open_index)
    (disk / "ballast").unlink()
    index = open_index()
assert index.describe().points == whole * AT_ONCE
assert {index.version_points(make_id(10**9 + number)) for number in range(whole)} == {AT_ONCE}
index.close()
index = open_index()
assert index.describe().points == whole * AT_ONCE
found = index.search(batch(0)[3].dense, scope=make_scope(), limit=1)
assert found[0].passage_id == make_id(3)
index.close()
print("whole", whole)
"""


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("disk", [240], indirect=True)
@pytest.mark.parametrize("what", ["upserts", "somebody else"])
def test_a_full_disk_refuses_and_ends_nothing(disk: Path, what: str) -> None:
    tests = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", FILLING, str(disk), str(RESERVE_MB), what],
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2000:]}"
    assert int(done.stdout.split()[1]) > 1


def test_the_floors_leave_room_for_what_was_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = DiskReserve(tmp_path / "not made yet", RESERVE_MB)
    free = os.statvfs(tmp_path)

    def free_is(megabytes: float) -> None:
        values = list(free)
        values[1], values[4] = 4096, int(megabytes * 256)  # f_frsize, f_bavail
        monkeypatch.setattr(os, "statvfs", lambda place: os.statvfs_result(values))

    free_is(RESERVE_MB + 11)
    reserve.for_new_file(10 << 20)
    free_is(RESERVE_MB + 9)
    with pytest.raises(StorageFull, match="265 MB are free, 266 MB are wanted"):
        reserve.for_new_file(10 << 20)
    reserve.for_additions(100 << 20)
    free_is(RESERVE_MB / 2 - 1)
    with pytest.raises(StorageFull):
        reserve.for_additions(0)
    reserve.for_changes()
    free_is(RESERVE_MB / 4 - 1)
    with pytest.raises(StorageFull):
        reserve.for_changes()
    with pytest.raises(StorageFull) as raised:
        require_room(tmp_path, 1 << 40, what="a test")
    assert raised.value.details["wanted_bytes"] == 1 << 40
