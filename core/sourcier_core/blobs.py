"""Content-addressed files in a folder: `ab/abcdef…`, written once, never changed."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sourcier_core.disk_space import RESERVE_MB, DiskReserve
from sourcier_core.errors import NotFound, StorageFull

_CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STORAGE_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM}


@contextmanager
def _storage_errors() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _STORAGE_ERRORS:
            raise StorageFull(f"A document could not be stored: {error.strerror}.") from error
        raise


class FolderBlobStore:
    """`BlobStore` on a folder. A blob appears under its name only when whole and on disk."""

    def __init__(self, folder: Path, *, reserve_mb: int = RESERVE_MB) -> None:
        """`reserve_mb` is left free on its disk (`disk_space`)."""
        self._folder = folder
        self._reserve = DiskReserve(folder, reserve_mb)

    def put(self, data: bytes) -> str:
        """Store bytes durably and return their sha256 (hexadecimal). Raises StorageFull."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._place(sha256).exists():
            self._reserve.for_new_file(len(data))
            with self._incoming() as (file, incoming):
                with _storage_errors():
                    file.write(data)
                self._keep(file, incoming, sha256)
        return sha256

    def put_file(self, path: Path) -> tuple[str, int]:
        """Store a file without reading it whole into memory; returns (sha256, size in bytes).

        Raises:
            StorageFull: the disk is full or read-only.
            OSError: the file cannot be read.
        """
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            size = source.tell()
            if self._place(sha256).exists():
                return sha256, size
            self._reserve.for_new_file(size)
            source.seek(0)
            # Hashed again while copied: the file may change between the two readings.
            digest, size = hashlib.sha256(), 0
            with self._incoming() as (file, incoming):
                while chunk := source.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    with _storage_errors():
                        file.write(chunk)
                self._keep(file, incoming, digest.hexdigest())
        return digest.hexdigest(), size

    def path(self, sha256: str) -> Path:
        """A readable local path to the bytes. Raises NotFound."""
        place = self._place(sha256)
        if not place.is_file():
            raise NotFound(f"The stored file {sha256[:12]}… is missing.")
        return place

    def delete(self, sha256: str) -> None:
        """Remove the bytes for good; it is no error when there are none. Raises StorageFull."""
        with _storage_errors():
            self._place(sha256).unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """The sha256 of everything stored, in no order."""
        for folder in self._folder.glob("[0-9a-f][0-9a-f]"):
            for place in folder.iterdir():
                if len(place.name) == 64:
                    yield place.name

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFound("That is not the hash of a stored file.")
        return Path(f"{self._folder}/{sha256[:2]}/{sha256}")  # several times a file: joining paths part by part is slow

    @contextmanager
    def _incoming(self) -> Generator[tuple[IO[bytes], Path]]:
        with _storage_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="incoming-", dir=self._folder)
        place = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, place
        finally:
            place.unlink(missing_ok=True)

    def _keep(self, file: IO[bytes], incoming: Path, sha256: str) -> None:
        with _storage_errors():
            file.flush()
            os.fsync(file.fileno())
            place = self._place(sha256)
            place.parent.mkdir(exist_ok=True)
            incoming.replace(place)
