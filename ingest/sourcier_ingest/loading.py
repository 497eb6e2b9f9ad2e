"""Runs a load: scan, register, parse, embed, index, publish. Idempotent: after a kill, running it again finishes it.

Scanning, parsing and embedding go on side by side, each a bounded step ahead of the next: memory does not grow with
the number of files.
"""

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from sourcier_core.db import corpora, documents, held_back, loads, publications, reviews
from sourcier_core.db.database import Database
from sourcier_core.db.loads import Load, LoadItem, LoadOutcome, LoadState
from sourcier_core.db.passages import list_passages
from sourcier_core.domain.documents import Corpus, DocumentState, ParsedDocument, Passage, tally_pages
from sourcier_core.domain.identifiers import CorpusId, VersionId
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import (
    DocumentError,
    DocumentGone,
    DocumentIgnored,
    DocumentPurged,
    DocumentRejected,
    DocumentUnreadable,
    LoadCancelled,
    SourcierError,
    UploadNotKept,
)
from sourcier_core.ports import BlobStore, DocumentParser, PassageIndex
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.parse_ahead import Outcome, ParseQueue, parse_ahead
from sourcier_ingest.passages import make_passages
from sourcier_ingest.pipeline import Pipeline
from sourcier_ingest.publishing import Publisher, ReadyDocument
from sourcier_ingest.quarantine.floods import with_floods
from sourcier_ingest.registering import CHILD_SEPARATOR, PendingFile, Registrar, failed_item
from sourcier_ingest.sources import FolderSource, Source, scratch_folder
from sourcier_ingest.uploads import UPLOAD_SOURCE

logger = logging.getLogger(__name__)

LOAD_QUEUE = "ingest"
LOAD_TASK = "run_load"

_REGISTER_AT_ONCE = 100
_PASSAGES_AT_ONCE = 256
_PASSAGES_WHEN_IDLE = 16
_DOCUMENTS_AT_ONCE = 200
_DECIDED = frozenset({DocumentRejected.code, DocumentPurged.code, DocumentIgnored.code})
"""What a person decided, or a name does, is not tried again."""
_STORED_STATES = (DocumentState.CHUNKED, DocumentState.EMBEDDED, DocumentState.INDEXED, DocumentState.PUBLISHED)

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadOptions:
    """What an admin chose for one load."""

    folder: str = ""
    """The folder on this machine, where the source is not a configured one."""
    source_id: str | None = None
    """A configured source: its place, patterns and access are read when the load runs."""
    source_name: str = ""
    """Its name when the load was asked for."""
    keep_missing: bool = False
    """Do not withdraw documents that are no longer in the folder."""
    confirm_withdrawals: bool = False
    """Withdraw them even when they are an unusual share of the source."""
    withdraw_at_most: int | None = None
    """With a confirmation: as many were gone when it was given; when more are by now it does not hold. None: any."""
    read_everything: bool = False
    """Fetch every file of a remote source, those too that its store says have not changed."""
    remove_folder: bool = False
    """The folder holds uploaded copies and goes away when the load ends."""
    include: tuple[str, ...] = ()
    """Only paths that match one of these patterns (as in .gitignore); none: all."""
    exclude: tuple[str, ...] = ()
    access: str = AccessMode.CORPUS.value
    """Where it is said who may read the documents: corpus, manifest or posix."""
    retry_of: str | None = None
    """Only what failed in this earlier load, from the stored bytes where there are any."""
    versions: tuple[VersionId, ...] = ()
    """Only these versions, which are parsed and stored: a person has let them pass, or the index lost them."""
    parse_again: tuple[VersionId, ...] = ()
    """Only these versions, which failed or whose work was cut off, from their stored bytes.

    With `retry_of` also what could not be stored in that load, and nothing else of it.
    """

    def confirms(self, missing: int) -> bool:
        """Whether a person has said that as many documents are to be withdrawn."""
        return self.confirm_withdrawals and (self.withdraw_at_most is None or missing <= self.withdraw_at_most)


def open_folder(options: LoadOptions, *, max_file_bytes: int) -> Source:
    """The folder of a load. Raises InvalidRequest for a pattern that makes no sense."""
    return FolderSource(
        Path(options.folder),
        max_file_bytes=max_file_bytes,
        patterns=PathPatterns(tuple(options.include), tuple(options.exclude)),
        access=AccessMode(options.access),
    )


def request_load(
    database: Database,
    *,
    corpus_id: str,
    source: str,
    options: LoadOptions,
    requested_by: str = "",
    items: Sequence[LoadItem] = (),
) -> Load:
    """Note a load and queue its job, in one transaction. A load of the same source that still runs is superseded.

    `items` are lines of its report that are known already.

    Raises:
        NotFound: there is no such corpus.
    """
    now = datetime.now(UTC)
    chosen = {name: getattr(options, name) for name in LoadOptions.__slots__}
    with database.transaction() as connection:
        corpora.get_corpus(connection, corpus_id)
        if not (options.remove_folder or options.versions or options.retry_of or options.parse_again):
            for earlier in loads.list_loads(connection, corpus_ids=[corpus_id], limit=50):
                if earlier.source == source and earlier.state not in loads.FINAL_LOAD_STATES:
                    loads.set_load_state(
                        connection, earlier.id, LoadState.CANCELLED, now=now, message="A newer load took over."
                    )
        lock = f"{corpus_id}:{source}"
        loads.hasten_jobs(connection, lock)  # a cancelled load that waits for its next try would hold this one up
        load = loads.create_load(
            connection, corpus_id=corpus_id, source=source, options=chosen, now=now, requested_by=requested_by
        )
        loads.put_items(connection, load.id, items)
        loads.defer_job(
            connection,
            queue=LOAD_QUEUE,
            task=LOAD_TASK,
            arguments={"load_id": load.id},
            lock=lock,
        )
    return load


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


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
        scratch_dir: Path,
        quarantine_threshold: float = 2.0,
        open_source: Callable[[LoadOptions], Source] | None = None,
        passwords_of: Callable[[CorpusId], DocumentPasswords] = lambda _: NO_PASSWORDS,
    ) -> None:
        """`open_source` opens a load's source when that is needed; without it only folders can be loaded.

        `scratch_dir` is for copies of what is fetched from afar: documents lie nowhere outside the data directory.
        """
        self._scratch_dir = scratch_dir
        self._database = database
        self._blobs = blobs
        self._parser = parser
        self._index = index
        self._publisher = publisher
        self._parse_workers = parse_workers
        self._open_source = open_source or partial(open_folder, max_file_bytes=max_file_bytes)
        self._passwords_of = passwords_of
        self._withdrawal_guard_share = withdrawal_guard_share
        self._quarantine_threshold = quarantine_threshold
        self._run_locks: dict[str, threading.Lock] = {}
        self._run_locks_lock = threading.Lock()

    def run(self, load_id: str) -> None:
        """Run a load to its end; a load that already ended is left alone.

        Raises:
            SourcierError: something every file needs (disk, database, index, model) failed; when `retryable`, the
                load stays open for another try, otherwise it is noted as failed.
        """
        # A job that lost its database may be given out again before its first run has noticed.
        with self._run_locks_lock:
            lock = self._run_locks.setdefault(load_id, threading.Lock())
        with lock:
            self._run_alone(load_id)
        with self._run_locks_lock:
            self._run_locks.pop(load_id, None)

    def _run_alone(self, load_id: str) -> None:
        with self._database.transaction() as connection:
            load = loads.get_load(connection, load_id)
            corpus = corpora.get_corpus(connection, load.corpus_id)
        if load.state in loads.FINAL_LOAD_STATES:
            self._clean_up(load)  # cancelled while it waited, or killed at its very end
            return
        try:
            self._run(load, corpus)
        except LoadCancelled:
            logger.info("load %s was cancelled", load.id)
        except SourcierError as error:
            if error.retryable:
                self._say_held_up(load, error)
            else:
                self._end(load, LoadState.FAILED, f"{error.code}: {error.message}")
                self._clean_up(load)
            raise
        self._clean_up(load)

    def _say_held_up(self, load: Load, error: SourcierError) -> None:
        """Show the reason while the load waits for its next try, if the database is not the reason itself."""
        with contextlib.suppress(SourcierError), self._database.transaction() as connection:
            loads.note_message(connection, load.id, f"{error.code}: {error.message} It is tried again.")

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
        self._publisher.write_pending()
        self._move(load, LoadState.SCANNING)
        with self._database.transaction() as connection:
            loads.note_message(connection, load.id, None)
        options = LoadOptions(**load.options)
        if options.versions:
            self._publish_stored(load, corpus, options.versions)
            self._publisher.write_pending()
            self._end(load, LoadState.FINISHED, None)
            return
        with scratch_folder(self._scratch_dir, load.id) as scratch:
            registrar = Registrar(
                database=self._database,
                blobs=self._blobs,
                index=self._index,
                load=load,
                corpus=corpus,
                scratch=scratch,
                read_everything=options.read_everything,
            )
            message = self._read_source(load, corpus, options, registrar)
        self._publisher.write_pending()  # groups, and what was withdrawn or is back without being indexed
        self._end(load, LoadState.FINISHED, message)

    def _read_source(self, load: Load, corpus: Corpus, options: LoadOptions, registrar: Registrar) -> str | None:
        """Load what the options name; returns what the admin should know at the end."""
        if options.parse_again:
            self._move(load, LoadState.RUNNING)
            again: Iterable[PendingFile] = registrar.take_up_again(options.parse_again)
            if options.retry_of is not None:
                again = chain(again, self._failed_before(load, options, options.retry_of, registrar))
            self._process(load, corpus, registrar, again)
            return None
        if options.retry_of is not None:
            self._process(load, corpus, registrar, self._failed_before(load, options, options.retry_of, registrar))
            return None
        with contextlib.closing(self._open_source(options)) as source:
            self._process(load, corpus, registrar, self._scan(load, registrar, source))
            unlisted = source.incomplete_prefixes
        return None if options.keep_missing else self._withdraw_missing(load, options, unlisted)

    def _publish_stored(self, load: Load, corpus: Corpus, versions: Sequence[VersionId]) -> None:
        """Index and publish what is already parsed. What is published already only gets its points back."""
        self._move(load, LoadState.RUNNING)
        for chosen in _chunks(versions, _DOCUMENTS_AT_ONCE):
            with self._database.transaction() as connection:
                stored = documents.stored_contents(connection, chosen)
                wanted = [content for content in stored if content.state in _STORED_STATES]
                ready = [
                    ReadyDocument(
                        path=content.path,
                        document_id=content.document_id,
                        version_id=content.version_id,
                        title=version.title,
                        passages=tuple(list_passages(connection, content.version_id)),
                        groups=content.groups,
                        tally=version.tally,
                    )
                    for content in wanted
                    for version in [documents.get_version(connection, content.version_id)]
                ]
                published = {c.version_id for c in wanted if c.state is DocumentState.PUBLISHED}
            for document in ready:
                self._index.delete_version(document.version_id)
            self._index_ready(load, corpus, ready)
            self._publish_ready(load, corpus, [one for one in ready if one.version_id not in published])
            back = [one for one in ready if one.version_id in published]
            items = [_done_item(document, LoadOutcome.PUBLISHED) for document in back]
            self._publisher.restore(back, also=partial(loads.put_items, load_id=load.id, items=items))

    def _scan(self, load: Load, registrar: Registrar, source: Source) -> Iterator[PendingFile]:
        for found in _chunks(source.walk(), _REGISTER_AT_ONCE):
            yield from registrar.register(source, found)
            self._check_still_wanted(load)
        self._move(load, LoadState.RUNNING)

    def _failed_before(
        self, load: Load, options: LoadOptions, retried: str, registrar: Registrar
    ) -> Iterator[PendingFile]:
        """What failed in an earlier load: from the stored bytes, or from the source when nothing could be stored."""
        never_stored: dict[str, LoadItem] = {}
        after = ""
        while True:
            with self._database.transaction() as connection:
                items = loads.list_items(
                    connection, retried, outcomes=[LoadOutcome.FAILED], after=after, limit=_REGISTER_AT_ONCE
                )
            if not items:
                break
            after = items[-1].path
            items = [item for item in items if item.code not in _DECIDED]
            never_stored |= {item.path: item for item in items if item.version_id is None}
            if not options.parse_again:  # those versions are named, and taken up already
                stored = [item.version_id for item in items if item.version_id is not None]
                yield from registrar.take_up_again(stored)
            self._check_still_wanted(load)
        if never_stored and (options.source_id is not None or Path(options.folder).is_dir()):
            with contextlib.closing(self._open_source(options)) as source:
                wanted = (found for found in source.walk() if found.path in never_stored)
                for found in _chunks(wanted, _REGISTER_AT_ONCE):
                    yield from registrar.register(source, found)
                    for one in found:
                        del never_stored[one.path]
        with self._database.transaction() as connection:
            loads.put_items(connection, load.id, [_beyond_reach(load, item) for item in never_stored.values()])
        self._move(load, LoadState.RUNNING)

    def _move(self, load: Load, state: LoadState) -> None:
        with self._database.transaction() as connection:
            if not loads.set_load_state(connection, load.id, state, now=datetime.now(UTC)):
                raise LoadCancelled

    def _end(self, load: Load, state: LoadState, message: str | None) -> None:
        with self._database.transaction() as connection:
            if state is LoadState.FINISHED:
                loads.fail_unread(connection, load.id, DocumentUnreadable("The file was gone before it was read."))
            loads.set_load_state(connection, load.id, state, now=datetime.now(UTC), message=message)

    def _check_still_wanted(self, load: Load) -> None:
        with self._database.transaction() as connection:
            if loads.get_load(connection, load.id).state in loads.FINAL_LOAD_STATES:
                raise LoadCancelled

    def _withdraw_missing(self, load: Load, options: LoadOptions, unlisted: Sequence[str]) -> str | None:
        with self._database.transaction() as connection:
            missing, total = documents.missing_documents(
                connection, load_id=load.id, corpus_id=load.corpus_id, source=load.source, kept_below=unlisted
            )
            if not missing:
                return None
            if len(missing) > total * self._withdrawal_guard_share and not options.confirms(len(missing)):
                return held_back.message_of(len(missing), total)
            publications.withdraw_documents(connection, [document for document, _ in missing], datetime.now(UTC))
            loads.put_items(
                connection,
                load.id,
                [
                    LoadItem(path=path, outcome=LoadOutcome.WITHDRAWN, document_id=document)
                    for document, path in missing
                ],
            )
        self._publisher.write_pending()
        return None

    def _process(self, load: Load, corpus: Corpus, registrar: Registrar, files: Iterable[PendingFile]) -> None:
        """Parse here while the batch before is embedded and published in a thread of its own."""
        queue = ParseQueue(files)
        waiting: list[ReadyDocument] = []
        stages = Pipeline[list[ReadyDocument]](
            lambda ready: self._index_ready(load, corpus, ready), lambda ready: self._publish_ready(load, corpus, ready)
        )
        with stages:
            for outcomes in parse_ahead(
                queue,
                parser=self._parser,
                blobs=self._blobs,
                workers=self._parse_workers,
                still_wanted=lambda: self._check_still_wanted(load),
                passwords=self._passwords_of(corpus.id),
            ):
                self._note_parsed(outcomes)
                ready = self._keep(load, corpus, [pair for pair in outcomes if not pair[0].is_indexed])
                ready += self._find_inside_again(load, [pair for pair in outcomes if pair[0].is_indexed])
                # What is inside a file is registered before the file is published: a kill in between then finds the
                # file still to be parsed. Of a file that is held back in quarantine it is not registered at all.
                let_in = {document.version_id for document in ready}
                queue.add_inside(
                    registrar.register_inside(
                        [
                            (file, outcome)
                            for file, outcome in outcomes
                            if isinstance(outcome, ParsedDocument) and file.version_id in let_in
                        ]
                    )
                )
                waiting.extend(ready)
                passage_count = sum(len(document.passages) for document in waiting)
                full = passage_count >= _PASSAGES_AT_ONCE or len(waiting) >= _DOCUMENTS_AT_ONCE
                if full or (stages.is_idle and passage_count >= _PASSAGES_WHEN_IDLE):
                    stages.put(waiting)
                    waiting = []
            stages.put(waiting)
            stages.finish()

    def _keep(self, load: Load, corpus: Corpus, outcomes: Sequence[tuple[PendingFile, Outcome]]) -> list[ReadyDocument]:
        """Store what was parsed, and note what failed, in one transaction; returns what is to be published."""
        ready: list[ReadyDocument] = []
        renditions = [
            self._blobs.put(outcome.rendition)
            if isinstance(outcome, ParsedDocument) and outcome.rendition is not None
            else None
            for _, outcome in outcomes
        ]
        now = datetime.now(UTC)
        own = corpus.quarantine_threshold
        threshold = self._quarantine_threshold if own is None else own
        failed: list[LoadItem] = []
        parsed: list[documents.ParsedVersion] = []
        with self._database.transaction() as connection:
            outcomes = with_floods(connection, load, outcomes)
            suspicious = {
                file.version_id
                for file, outcome in outcomes
                if isinstance(outcome, ParsedDocument) and outcome.quarantine_score >= threshold
            }
            released = reviews.released_versions(connection, list(suspicious)) if suspicious else set[VersionId]()
            for (file, outcome), rendition in zip(outcomes, renditions, strict=True):
                if isinstance(outcome, DocumentError):
                    documents.fail_version(connection, file.version_id, outcome, now)
                    failed.append(
                        failed_item(file.path, outcome, document_id=file.document_id, version_id=file.version_id)
                    )
                    logger.warning("document %s failed: %s", file.document_id, outcome.code)
                    continue
                cut = make_passages(file.version_id, outcome)
                held = file.version_id in suspicious - released
                state = DocumentState.QUARANTINED if held else DocumentState.CHUNKED
                parsed.append(
                    documents.ParsedVersion(
                        version_id=file.version_id,
                        parsed=outcome,
                        passages=cut,
                        rendition_sha256=rendition,
                        state=state,
                    )
                )
                if held:
                    failed.append(_held_item(file, outcome))
                else:
                    ready.append(_ready(file, outcome, cut))
            documents.store_parsed(connection, parsed, now)
            loads.put_items(connection, load.id, failed)
        return ready

    def _note_parsed(self, outcomes: Sequence[tuple[PendingFile, Outcome]]) -> None:
        versions = [file.version_id for file, outcome in outcomes if isinstance(outcome, ParsedDocument)]
        with self._database.transaction() as connection:
            documents.note_step(connection, versions, DocumentState.PARSED, datetime.now(UTC))

    def _find_inside_again(self, load: Load, outcomes: Sequence[tuple[PendingFile, Outcome]]) -> list[ReadyDocument]:
        """Earlier contents that are back: nothing of theirs is stored again, they only need publishing.

        One that can no longer be parsed fails, and what was valid stays so: without its file the content that its
        source holds now would be half of what it was.
        """
        failed = [
            # Without the version: a published one never fails, and is taken from the source when it is tried again.
            failed_item(file.path, outcome, document_id=file.document_id)
            for file, outcome in outcomes
            if isinstance(outcome, DocumentError)
        ]
        with self._database.transaction() as connection:
            loads.put_items(connection, load.id, failed)
        return [_ready(file, outcome, ()) for file, outcome in outcomes if isinstance(outcome, ParsedDocument)]

    def _index_ready(self, load: Load, corpus: Corpus, ready: Sequence[ReadyDocument]) -> None:
        self._publisher.index(corpus, ready, still_wanted=lambda: self._check_still_wanted(load))

    def _publish_ready(self, load: Load, corpus: Corpus, ready: Sequence[ReadyDocument]) -> None:
        if not ready:
            return
        outcome = LoadOutcome.PROPOSED if corpus.approval_required else LoadOutcome.PUBLISHED
        items = [_done_item(document, outcome) for document in ready]
        self._publisher.publish(
            ready,
            corpus=corpus,
            load=load,
            also=lambda connection: loads.put_items(connection, load.id, items),
        )


def _done_item(document: ReadyDocument, outcome: LoadOutcome) -> LoadItem:
    return LoadItem(
        path=document.path,
        outcome=outcome,
        document_id=document.document_id,
        version_id=document.version_id,
        tally=document.tally,
        passage_count=len(document.passages),
    )


def _beyond_reach(load: Load, item: LoadItem) -> LoadItem:
    """The line of a file that failed before, of which nothing is stored and which its source does not hold."""
    if CHILD_SEPARATOR in item.path:
        return item  # what is wrong with a file inside another one stays so while that one does
    problem = UploadNotKept() if load.source == UPLOAD_SOURCE else DocumentGone()
    return failed_item(item.path, problem, document_id=item.document_id)


def _held_item(file: PendingFile, parsed: ParsedDocument) -> LoadItem:
    kinds = ", ".join(dict.fromkeys(item.kind for item in parsed.quarantine_evidence))
    return LoadItem(
        path=file.path,
        outcome=LoadOutcome.QUARANTINED,
        document_id=file.document_id,
        version_id=file.version_id,
        tally=tally_pages(parsed.pages),
        code="quarantined",
        message=f"{kinds} (score {parsed.quarantine_score:.2f})",
    )


def _ready(file: PendingFile, parsed: ParsedDocument, cut: Sequence[Passage]) -> ReadyDocument:
    return ReadyDocument(
        path=file.path,
        document_id=file.document_id,
        version_id=file.version_id,
        title=parsed.title,
        passages=tuple(cut),
        groups=file.groups,
        tally=tally_pages(parsed.pages),
    )
