"""Runs a load: scan, register, parse, embed, index, publish. Idempotent: after a kill, running it again finishes it."""

import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sourcier_core.db import corpora, documents, loads
from sourcier_core.db.database import Database
from sourcier_core.db.documents import RegistrationOutcome
from sourcier_core.db.loads import Load, LoadItem, LoadOutcome, LoadState
from sourcier_core.domain.documents import Corpus, ParsedDocument
from sourcier_core.domain.identifiers import DocumentId, VersionId
from sourcier_core.errors import (
    DocumentEmpty,
    DocumentError,
    DocumentUnreadable,
    LoadCancelled,
    SourcierError,
)
from sourcier_core.ports import BlobStore, DocumentParser, PassageIndex
from sourcier_ingest.passages import make_passages
from sourcier_ingest.publishing import Publisher, ReadyDocument
from sourcier_ingest.sources import FolderSource, FoundFile

logger = logging.getLogger(__name__)

LOAD_QUEUE = "ingest"
LOAD_TASK = "run_load"

_REGISTER_AT_ONCE = 100
_SMALL_FILE_BYTES = 64 << 10
_SMALL_FILES_PER_CHILD = 16
_PASSAGES_AT_ONCE = 384

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingFile:
    """A registered file that is still to be parsed."""

    path: str
    document_id: DocumentId
    version_id: VersionId
    content_sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadOptions:
    """What an admin chose for one load."""

    folder: str
    keep_missing: bool = False
    """Do not withdraw documents that are no longer in the folder."""
    confirm_withdrawals: bool = False
    """Withdraw them even when they are an unusual share of the source."""
    remove_folder: bool = False
    """The folder holds uploaded copies and goes away when the load ends."""


def request_load(database: Database, *, corpus_id: str, source: str, options: LoadOptions) -> Load:
    """Note a load and queue its job, in one transaction. A load of the same source that still runs is superseded.

    Raises:
        NotFound: there is no such corpus.
    """
    now = datetime.now(UTC)
    chosen = {name: getattr(options, name) for name in LoadOptions.__slots__}
    with database.transaction() as connection:
        corpora.get_corpus(connection, corpus_id)
        if not options.remove_folder:
            for earlier in loads.list_loads(connection, corpus_ids=[corpus_id], limit=50):
                if earlier.source == source and earlier.state not in loads.FINAL_LOAD_STATES:
                    loads.set_load_state(
                        connection, earlier.id, LoadState.CANCELLED, now=now, message="A newer load took over."
                    )
        load = loads.create_load(connection, corpus_id=corpus_id, source=source, options=chosen, now=now)
        loads.defer_job(
            connection,
            queue=LOAD_QUEUE,
            task=LOAD_TASK,
            arguments={"load_id": load.id},
            lock=f"{corpus_id}:{source}",
        )
    return load


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def parse_groups(files: Sequence[PendingFile]) -> list[list[PendingFile]]:
    """Small files share one child, larger ones have their own."""
    small = [file for file in files if file.size_bytes <= _SMALL_FILE_BYTES]
    large = [[file] for file in files if file.size_bytes > _SMALL_FILE_BYTES]
    return large + list(_chunks(small, _SMALL_FILES_PER_CHILD))


class Loader:
    """Runs loads one after another or side by side (one at a time per source: the job's lock sees to it)."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        parser: DocumentParser,
        index: PassageIndex,
        publisher: Publisher,
        parse_workers: int,
        max_file_bytes: int,
        withdrawal_guard_share: float,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._parser = parser
        self._index = index
        self._publisher = publisher
        self._parse_workers = parse_workers
        self._max_file_bytes = max_file_bytes
        self._withdrawal_guard_share = withdrawal_guard_share

    def run(self, load_id: str) -> None:
        """Run a load to its end; a load that already ended is left alone.

        Raises:
            SourcierError: something every file needs (disk, database, index, model) failed; when `retryable`, the
                load stays open for another try, otherwise it is noted as failed.
        """
        with self._database.transaction() as connection:
            load = loads.get_load(connection, load_id)
            corpus = corpora.get_corpus(connection, load.corpus_id)
        if load.state in loads.FINAL_LOAD_STATES:
            return
        try:
            self._run(load, corpus)
        except LoadCancelled:
            logger.info("load %s was cancelled", load.id)
        except SourcierError as error:
            if not error.retryable:
                self._end(load, LoadState.FAILED, f"{error.code}: {error.message}")
            raise
        self._clean_up(load)

    def give_up(self, load_id: str, error: SourcierError) -> None:
        """Note a load as failed after the last try."""
        with self._database.transaction() as connection:
            load = loads.get_load(connection, load_id)
        self._end(load, LoadState.FAILED, f"{error.code}: {error.message}")
        self._clean_up(load)

    def _clean_up(self, load: Load) -> None:
        if load.options.get("remove_folder"):
            shutil.rmtree(load.options["folder"], ignore_errors=True)

    def _run(self, load: Load, corpus: Corpus) -> None:
        self._publisher.write_pending_dates()
        self._move(load, LoadState.SCANNING)
        options = LoadOptions(**load.options)
        source = FolderSource(Path(options.folder), max_file_bytes=self._max_file_bytes)
        pending: list[PendingFile] = []
        present: list[str] = []
        for found in _chunks(source.walk(), _REGISTER_AT_ONCE):
            present.extend(file.path for file in found)
            pending.extend(self._register(load, found))
            self._check_still_wanted(load)
        message = None if options.keep_missing else self._withdraw_missing(load, options, present)
        self._move(load, LoadState.RUNNING)
        self._process(load, corpus, pending)
        self._end(load, LoadState.FINISHED, message)

    def _move(self, load: Load, state: LoadState) -> None:
        with self._database.transaction() as connection:
            if not loads.set_load_state(connection, load.id, state, now=datetime.now(UTC)):
                raise LoadCancelled

    def _end(self, load: Load, state: LoadState, message: str | None) -> None:
        with self._database.transaction() as connection:
            loads.set_load_state(connection, load.id, state, now=datetime.now(UTC), message=message)

    def _check_still_wanted(self, load: Load) -> None:
        with self._database.transaction() as connection:
            if loads.get_load(connection, load.id).state in loads.FINAL_LOAD_STATES:
                raise LoadCancelled

    def _register(self, load: Load, found: Sequence[FoundFile]) -> list[PendingFile]:
        stored = [(file, *self._store(file)) for file in found]
        pending: list[PendingFile] = []
        items: list[LoadItem] = []
        restarted: list[VersionId] = []
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            for file, content, size, problem in stored:
                if problem is not None:
                    items.append(_failed_item(file.path, problem))
                    continue
                registered = documents.register_content(
                    connection,
                    corpus_id=load.corpus_id,
                    source=load.source,
                    path=file.path,
                    content_sha256=content,
                    size_bytes=size,
                    now=now,
                )
                outcome = LoadOutcome.PENDING
                if registered.outcome is RegistrationOutcome.UNCHANGED:
                    outcome = LoadOutcome.UNCHANGED
                elif registered.outcome is RegistrationOutcome.KNOWN:
                    documents.publish_version(connection, registered.version_id, now)
                    outcome = LoadOutcome.PUBLISHED
                else:
                    if registered.resumed:
                        documents.reset_version(connection, registered.version_id, now)
                        restarted.append(registered.version_id)
                    pending.append(
                        PendingFile(
                            path=file.path,
                            document_id=registered.document_id,
                            version_id=registered.version_id,
                            content_sha256=content,
                            size_bytes=size,
                        )
                    )
                items.append(
                    LoadItem(
                        path=file.path,
                        outcome=outcome,
                        document_id=registered.document_id,
                        version_id=registered.version_id,
                    )
                )
            loads.put_items(connection, load.id, items)
        for version in restarted:
            self._index.delete_version(version)
        self._publisher.write_pending_dates()
        return pending

    def _store(self, file: FoundFile) -> tuple[str, int, DocumentError | None]:
        if file.problem is not None:
            return "", 0, file.problem
        try:
            content, size = self._blobs.put_file(file.location)
        except OSError as error:
            return "", 0, DocumentUnreadable(f"The file cannot be read: {error.strerror}.")
        return content, size, DocumentEmpty() if size == 0 else None

    def _withdraw_missing(self, load: Load, options: LoadOptions, present: Sequence[str]) -> str | None:
        with self._database.transaction() as connection:
            missing, total = documents.missing_documents(
                connection, corpus_id=load.corpus_id, source=load.source, present=present
            )
            if not missing:
                return None
            if len(missing) > total * self._withdrawal_guard_share and not options.confirm_withdrawals:
                return (
                    f"confirmation_required: {len(missing)} of {total} documents are no longer in the folder and "
                    "were kept. Load again with withdrawals confirmed to withdraw them."
                )
            now = datetime.now(UTC)
            for document, _ in missing:
                documents.withdraw_document(connection, document, now)
            loads.put_items(
                connection,
                load.id,
                [
                    LoadItem(path=path, outcome=LoadOutcome.WITHDRAWN, document_id=document)
                    for document, path in missing
                ],
            )
        self._publisher.write_pending_dates()
        return None

    def _process(self, load: Load, corpus: Corpus, pending: Sequence[PendingFile]) -> None:
        waiting: list[ReadyDocument] = []
        passage_count = 0
        for file, outcome in self._parse(load, pending):
            if isinstance(outcome, DocumentError):
                self._fail(load, file, outcome)
                continue
            ready = self._keep_parsed(file, outcome)
            waiting.append(ready)
            passage_count += len(ready.passages)
            if passage_count >= _PASSAGES_AT_ONCE:
                self._publish(load, corpus, waiting)
                waiting, passage_count = [], 0
        self._publish(load, corpus, waiting)

    def _parse(
        self, load: Load, pending: Sequence[PendingFile]
    ) -> Iterator[tuple[PendingFile, ParsedDocument | DocumentError]]:
        """Parse ahead of the embedder, a bounded number of groups at a time."""
        groups = iter(parse_groups(pending))
        running: dict[Future[list[ParsedDocument | DocumentError]], list[PendingFile]] = {}
        with ThreadPoolExecutor(self._parse_workers, thread_name_prefix="parse") as executor:

            def start(count: int) -> None:
                for group in islice(groups, count):
                    files = [(self._blobs.path(file.content_sha256), file.path) for file in group]
                    running[executor.submit(self._parser.parse_many, files)] = group

            start(2 * self._parse_workers)
            try:
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    self._check_still_wanted(load)
                    for future in done:
                        group = running.pop(future)
                        start(1)
                        yield from zip(group, future.result(), strict=True)
            finally:
                for future in running:
                    future.cancel()

    def _keep_parsed(self, file: PendingFile, parsed: ParsedDocument) -> ReadyDocument:
        cut = make_passages(file.version_id, parsed)
        rendition = self._blobs.put(parsed.rendition) if parsed.rendition is not None else None
        with self._database.transaction() as connection:
            documents.store_parsed(
                connection, file.version_id, parsed, cut, rendition_sha256=rendition, now=datetime.now(UTC)
            )
        return ReadyDocument(
            path=file.path,
            document_id=file.document_id,
            version_id=file.version_id,
            title=parsed.title,
            passages=tuple(cut),
        )

    def _fail(self, load: Load, file: PendingFile, error: DocumentError) -> None:
        with self._database.transaction() as connection:
            documents.fail_version(connection, file.version_id, error, datetime.now(UTC))
            item = _failed_item(file.path, error, document_id=file.document_id, version_id=file.version_id)
            loads.put_items(connection, load.id, [item])
        logger.warning("document %s failed: %s", file.document_id, error.code)

    def _publish(self, load: Load, corpus: Corpus, ready: Sequence[ReadyDocument]) -> None:
        if not ready:
            return
        self._publisher.index(corpus, ready, still_wanted=lambda: self._check_still_wanted(load))
        items = [
            LoadItem(
                path=document.path,
                outcome=LoadOutcome.PUBLISHED,
                document_id=document.document_id,
                version_id=document.version_id,
            )
            for document in ready
        ]
        self._publisher.publish(ready, also=lambda connection: loads.put_items(connection, load.id, items))


def _failed_item(
    path: str, error: DocumentError, *, document_id: DocumentId | None = None, version_id: VersionId | None = None
) -> LoadItem:
    return LoadItem(
        path=path,
        outcome=LoadOutcome.FAILED,
        document_id=document_id,
        version_id=version_id,
        code=error.code,
        message=error.message,
        retryable=error.retryable,
    )
