"""Brings a file's bytes to this machine, in chunks and up to a limit."""

import shutil
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sourcier_core.errors import DocumentTooLarge, StorageFull
from sourcier_ingest.connectors.found import FoundFile, Source

_CHUNK_BYTES = 1 << 20


class ReadableBytes(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; none at the end."""
        ...


def copy_limited(content: ReadableBytes, target: Path, *, limit: int) -> int:
    """Copy to a new file and return the number of bytes. After any error the file is gone again.

    Raises:
        DocumentTooLarge: there are more than `limit` bytes.
        StorageFull: the copy cannot be written.
        Exception: what reading raises is passed on.
    """
    size = 0
    try:
        copy = target.open("xb")
    except OSError as error:
        raise StorageFull(f"The copy cannot be written: {error.strerror}.") from error
    try:
        with copy:
            while chunk := content.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise DocumentTooLarge(f"The file has more than {limit >> 20} MB, which is the limit.")
                _write(copy, chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return size


class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...


def _write(copy: _Writable, chunk: bytes) -> None:
    try:
        copy.write(chunk)
    except OSError as error:
        raise StorageFull(f"The copy cannot be written: {error.strerror}.") from error


@contextmanager
def scratch_folder(parent: Path, name: str) -> Generator[Path]:
    """A folder for copies that goes away at the end; what a killed run of the same name left there goes first.

    Raises StorageFull when it cannot be made.
    """
    folder = parent / name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StorageFull(f"There is no room for copies: {error.strerror}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def local_copy(source: Source, found: FoundFile, scratch: Path) -> Generator[Path]:
    """The place of a file on this machine: its own, or a copy in the folder `scratch` that goes away at the end.

    Raises what `Source.fetch` raises.
    """
    if found.location is not None:
        yield found.location
        return
    target = scratch / f"fetched-{uuid.uuid4()}"
    source.fetch(found, target)
    try:
        yield target
    finally:
        target.unlink(missing_ok=True)
