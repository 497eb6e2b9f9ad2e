"""The files of an Edge index: who owns it, which model made it, and which generation of the shard is current.

<index>/lock              held with flock by the owner
<index>/identity.json     the embedding model
<index>/current           the name of the current generation; replaced by an atomic rename
<index>/generations/<n>/  shards: the current one, and perhaps one being built
<index>/generations/draft  the first shard while it is being made
"""

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.errors import EngineUnavailable, IndexLocked, StorageFull
from sourcier_core.index.checks import check_identity

_FULL = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def storage_errors() -> Generator[None, None, None]:
    """Turn a disk that is full, read-only or closed to this user into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"The index cannot be written: {error.strerror}.") from error
        raise


class EdgeFiles:
    """The folder of one Edge index, owned from creation to `release`.

    Raises:
        IndexLocked: another process, or another handle in this one, owns it.
        EmbeddingModelChanged: another model made it.
        EngineUnavailable: a file is damaged, or missing beside others that need it; nothing is removed then.
        StorageFull: the disk is full or read-only.
    """

    def __init__(self, root: Path, identity: EmbeddingModelIdentity) -> None:
        self.root = root
        with storage_errors():
            self._generations.mkdir(parents=True, exist_ok=True)
            self._lock = _acquire(root / "lock")
        try:
            with storage_errors():
                self._check_or_write_identity(identity)
                self._discard_leftovers()
        except BaseException:
            self.release()
            raise

    @property
    def _generations(self) -> Path:
        return self.root / "generations"

    def current(self) -> Path | None:
        """The folder of the current generation; None before the first. Raises EngineUnavailable when it is gone."""
        try:
            name = (self.root / "current").read_text().strip()
        except FileNotFoundError:
            return None
        folder = self._generations / name
        if not name or not folder.is_dir():
            raise EngineUnavailable(f"The index at {self.root} is damaged: generation {name!r} is missing.")
        return folder

    def generations(self) -> list[Path]:
        """The numbered generations, oldest first."""
        return sorted(folder for folder in self._generations.iterdir() if folder.name.isdigit())

    def new_generation(self) -> Path:
        """A path for the next generation; nothing exists there."""
        numbers = [int(folder.name) for folder in self.generations()]
        return self._generations / f"{max(numbers, default=0) + 1:06d}"

    @property
    def draft(self) -> Path:
        """Where the first generation is made: a crash meanwhile leaves nothing that looks like a generation."""
        return self._generations / "draft"

    def finish_draft(self) -> Path:
        """Make the draft, closed by now, a whole numbered generation."""
        with storage_errors():
            sync_tree(self.draft)
            return self.draft.rename(self.new_generation())

    def make_current(self, generation: Path) -> None:
        """Make a generation current at one instant, and durably; the caller has closed or flushed what is in it."""
        with storage_errors():
            sync_tree(generation)
            write_durably(self.root / "current", generation.name)

    def discard(self, generation: Path) -> None:
        """Remove a generation that is not current."""
        if generation != self.current():
            shutil.rmtree(generation, ignore_errors=True)

    def release(self) -> None:
        """Let go of the lock."""
        self._lock.close()

    def _check_or_write_identity(self, identity: EmbeddingModelIdentity) -> None:
        file = self.root / "identity.json"
        if not file.exists():
            if (self.root / "current").exists():  # it is written after the identity, so the identity was lost
                raise EngineUnavailable(
                    f"The index at {self.root} is damaged: {file.name}, which says what model made it, is missing."
                )
            write_durably(file, json.dumps(asdict(identity)))
            return
        try:
            stored = EmbeddingModelIdentity(**json.loads(file.read_text()))
        except (ValueError, TypeError) as error:
            raise EngineUnavailable(f"The index at {self.root} is damaged: {file.name} cannot be read.") from error
        check_identity(stored, identity, str(self.root))

    def _discard_leftovers(self) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)
        current = self.current()
        if current is None:  # whether a generation may go is then decided by what is in it
            return
        for folder in self._generations.iterdir():
            if folder != current:
                shutil.rmtree(folder)
        clear_interrupted_work(current)


def clear_interrupted_work(shard: Path) -> None:
    """Remove what an optimisation that was killed left behind; Edge would load it as segments."""
    shutil.rmtree(shard / "temp_segments", ignore_errors=True)


def write_durably(file: Path, text: str) -> None:
    """Replace a small file so that, after any crash, it holds the old or the new text."""
    fresh = file.with_name(f"{file.name}.new")
    with fresh.open("w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
    _sync(file.parent)


def folder_bytes(root: Path) -> int:
    """What the files under a folder take when they are copied: their length, holes included."""
    return sum(file.stat().st_size for file in root.rglob("*") if file.is_file())


def sync_tree(root: Path) -> None:
    """Make every file under a folder, and every name in it, survive a power cut."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            _sync(Path(folder, name))
        _sync(Path(folder))
    _sync(root.parent)


def sync_folders(root: Path) -> None:
    """Make the names of files created under a folder survive; Edge's own flush syncs their contents."""
    for folder, _, _ in os.walk(root):
        _sync(Path(folder))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _acquire(file: Path) -> IO[str]:
    handle = file.open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise IndexLocked(
            f"The index at {file.parent} is in use by another process; talk to the running application instead."
        ) from error
    except BaseException:
        handle.close()
        raise
    return handle
