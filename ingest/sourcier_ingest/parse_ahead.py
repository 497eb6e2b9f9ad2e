"""Parses files ahead of the embedder: a bounded number of groups at a time, each in a limited child."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import DocumentError, NotFound
from sourcier_core.ports import BlobStore, DocumentParser
from sourcier_ingest.registering import PendingFile

_SMALL_FILE_BYTES = 64 << 10
_FIRST_SHARES, _MOST_SHARES = 24, 192
"""What a child is given at first and later: the first children are to end soon, later ones to cost little each."""
_SHARES = dict.fromkeys([".txt", ".md", ".csv", ".html", ".htm", ".eml"], 1) | dict.fromkeys(
    [".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"], 16
)
"""How long a small file may take, beside a text: recognising a picture takes seconds, and a child's time is limited."""
_OTHER_SHARES = 4

Outcome = ParsedDocument | DocumentError


class ParseQueue:
    """Files to parse, in groups: small files share a child, a larger one has its own.

    `add_inside` takes what was found inside a parsed file; it is parsed before what follows.
    """

    def __init__(self, files: Iterable[PendingFile]) -> None:
        self._files = iter(files)
        self._first: deque[PendingFile] = deque()
        self._shares = _FIRST_SHARES

    def add_inside(self, files: Iterable[PendingFile]) -> None:
        """Put files before all others."""
        self._first.extend(files)

    def take(self) -> list[PendingFile]:
        """The next group; empty when there is none for now."""
        small: list[PendingFile] = []
        left, self._shares = self._shares, min(2 * self._shares, _MOST_SHARES)
        while left > 0 and (file := self._next()) is not None:
            if file.size_bytes <= _SMALL_FILE_BYTES:
                small.append(file)
                left -= _SHARES.get(PurePosixPath(file.path).suffix.lower(), _OTHER_SHARES)
            elif small:
                self._first.appendleft(file)
                break
            else:
                return [file]
        return small

    def _next(self) -> PendingFile | None:
        return self._first.popleft() if self._first else next(self._files, None)


def parse_ahead(
    queue: ParseQueue,
    *,
    parser: DocumentParser,
    blobs: BlobStore,
    workers: int,
    still_wanted: Callable[[], None],
    passwords: DocumentPasswords = NO_PASSWORDS,
) -> Iterator[list[tuple[PendingFile, Outcome]]]:
    """Each group with its outcomes, as they finish. `still_wanted` is called between groups and may raise."""
    running: dict[Future[list[Outcome]], list[PendingFile]] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="parse") as executor:

        def fill() -> None:
            while len(running) < 2 * workers and (group := queue.take()):
                files = [(_place(blobs, file), file.path) for file in group]
                running[executor.submit(parser.parse_many, files, passwords)] = group

        try:
            fill()
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                still_wanted()
                for future in done:
                    group = running.pop(future)
                    yield list(zip(group, future.result(), strict=True))
                    fill()
        finally:
            for future in running:
                future.cancel()


def _place(blobs: BlobStore, file: PendingFile) -> Path:
    try:
        return blobs.path(file.content_sha256)
    except NotFound:  # the parser says of a place without a file that it cannot be read, and only this file fails
        return Path(file.content_sha256)
