"""Stores the bytes of found files and registers them, a chunk at a time; what is new or changed comes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sourcier_core.db import accounts, documents, loads, publications
from sourcier_core.db.database import Database
from sourcier_core.db.documents import StoredContent
from sourcier_core.db.fetched_files import FetchedFile, fetched_since, note_fetched
from sourcier_core.db.loads import Load, LoadItem, LoadOutcome
from sourcier_core.db.registration import (
    FileContent,
    Registration,
    RegistrationOutcome,
    register_contents,
    reset_versions,
)
from sourcier_core.domain.documents import ChildFile, Corpus, DocumentState, ParsedDocument
from sourcier_core.domain.identifiers import DocumentId, VersionId
from sourcier_core.errors import (
    DocumentEmpty,
    DocumentError,
    DocumentHostile,
    DocumentPurged,
    DocumentRejected,
    DocumentUnreadable,
    NotFound,
)
from sourcier_core.ports import BlobStore, PassageIndex
from sourcier_ingest.sources import FoundFile, Source, local_copy

CHILD_SEPARATOR = "!/"
"""Between a file and the path of what was found inside it: ``letters.zip!/2024/a.pdf``."""
MOST_NESTED = 5
TRUSTED_FOR = timedelta(days=30)
"""A mark that a remote store gave longer ago is not believed any more: the file is fetched again."""

_OUTCOMES = {
    RegistrationOutcome.NEW: LoadOutcome.PENDING,
    RegistrationOutcome.UNCHANGED: LoadOutcome.UNCHANGED,
    RegistrationOutcome.KNOWN: LoadOutcome.PUBLISHED,
    RegistrationOutcome.QUARANTINED: LoadOutcome.QUARANTINED,
    RegistrationOutcome.PROPOSED: LoadOutcome.PROPOSED,
    RegistrationOutcome.REJECTED: LoadOutcome.FAILED,
    RegistrationOutcome.WITHDRAWN: LoadOutcome.WITHDRAWN,
    RegistrationOutcome.PURGED: LoadOutcome.FAILED,
}
_CLOSED = frozenset({RegistrationOutcome.WITHDRAWN, RegistrationOutcome.PURGED})
"""A person has closed the document: no version of this content is stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingFile:
    """A registered file that is still to be parsed. `groups` None: the corpus's groups may read it."""

    path: str
    document_id: DocumentId
    version_id: VersionId
    content_sha256: str
    size_bytes: int
    groups: frozenset[str] | None = None
    is_indexed: bool = False
    """An earlier content of the document: it is parsed only to find what is inside it, then published again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _StoredFile:
    """A found file whose bytes are stored, or the problem that kept them from being so."""

    file: FoundFile
    content_sha256: str = ""
    size_bytes: int = 0
    problem: DocumentError | None = None
    was_fetched: bool = False


def _pending(content: StoredContent) -> PendingFile:
    return PendingFile(
        path=content.path,
        document_id=content.document_id,
        version_id=content.version_id,
        content_sha256=content.content_sha256,
        size_bytes=content.size_bytes,
        groups=content.groups,
    )


def failed_item(
    path: str, error: DocumentError, *, document_id: DocumentId | None = None, version_id: VersionId | None = None
) -> LoadItem:
    """The line of a load's report for a file that failed."""
    return LoadItem(
        path=path,
        outcome=LoadOutcome.FAILED,
        document_id=document_id,
        version_id=version_id,
        code=error.code,
        message=error.message,
        retryable=error.retryable,
    )


class Registrar:
    """Registers the files of one load."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        index: PassageIndex,
        load: Load,
        corpus: Corpus,
        scratch: Path,
        read_everything: bool = False,
    ) -> None:
        """`scratch` is a folder for copies of what is fetched from afar, one file at a time.

        A remote file whose mark is the one it was last fetched under is not fetched, unless `read_everything`.
        """
        self._read_everything = read_everything
        self._database = database
        self._blobs = blobs
        self._index = index
        self._load = load
        self._corpus = corpus
        self._scratch = scratch

    def register(self, source: Source, found: Sequence[FoundFile]) -> list[PendingFile]:
        """Store and register files of the source; returns those whose content is to be processed."""
        with self._database.transaction() as connection:
            purged = accounts.purged_documents(connection, self._load.corpus_id, self._load.source)
            fetched = self._fetched_before(connection, found)
            loads.note_seen(connection, self._load.id, {file.path: file.access_note for file in found})
        stored = [self._store(source, file, fetched.get(file.path)) for file in found if file.path not in purged]
        contents = [
            FileContent(
                path=one.file.path,
                content_sha256=one.content_sha256,
                size_bytes=one.size_bytes,
                groups=one.file.groups,
            )
            for one in stored
            if one.problem is None
        ]
        problems = [failed_item(one.file.path, one.problem) for one in stored if one.problem is not None]
        problems += [
            failed_item(file.path, DocumentPurged(), document_id=purged[file.path])
            for file in found
            if file.path in purged  # not a byte of it is stored again
        ]
        marks = {one.file.path: one.file.mark for one in stored if one.was_fetched}
        return self._register(contents, problems, marks)

    def _fetched_before(self, connection: Connection, found: Sequence[FoundFile]) -> dict[str, FetchedFile]:
        marked = [file.path for file in found if file.mark]
        if self._read_everything or not marked:
            return {}
        return fetched_since(
            connection,
            corpus_id=self._load.corpus_id,
            source=self._load.source,
            paths=marked,
            since=datetime.now(UTC) - TRUSTED_FOR,
        )

    def take_up_again(self, wanted: Sequence[VersionId]) -> list[PendingFile]:
        """Contents that failed before, from their stored bytes; those that meanwhile succeeded are left alone."""
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            unfinished = [
                content
                for content in documents.stored_contents(connection, wanted)
                if content.state not in {DocumentState.PUBLISHED, DocumentState.QUARANTINED}
            ]
            reset_versions(connection, [content.version_id for content in unfinished], now)
            items = [
                LoadItem(
                    path=content.path,
                    outcome=LoadOutcome.PENDING,
                    document_id=content.document_id,
                    version_id=content.version_id,
                )
                for content in unfinished
            ]
            loads.put_items(connection, self._load.id, items)
        for content in unfinished:
            self._index.delete_version(content.version_id)
        return [_pending(content) for content in unfinished]

    def register_inside(self, parsed: Sequence[tuple[PendingFile, ParsedDocument]]) -> list[PendingFile]:
        """Register what was found inside files, and withdraw what their earlier versions held and these do not.

        Call it before the files are published: after a kill in between they are still to be parsed.
        """
        with self._database.transaction() as connection:
            had_children = documents.parents_among(connection, [file.document_id for file, _ in parsed])
        return [
            pending
            for file, document in parsed
            if document.children or file.document_id in had_children
            for pending in self._register_children(file, document.children)
        ]

    def _register_children(self, parent: PendingFile, children: Sequence[ChildFile]) -> list[PendingFile]:
        contents: list[FileContent] = []
        problems: list[LoadItem] = []
        with self._database.transaction() as connection:
            purged = accounts.purged_documents(connection, self._load.corpus_id, self._load.source)
        too_deep = parent.path.count(CHILD_SEPARATOR) >= MOST_NESTED
        for path, child in named_children(parent.path, children):
            if too_deep:
                problems.append(failed_item(path, DocumentHostile("Files are nested too deep inside one another.")))
            elif path in purged:
                problems.append(failed_item(path, DocumentPurged(), document_id=purged[path]))
            elif not child.content:
                problems.append(failed_item(path, DocumentEmpty()))
            else:
                contents.append(
                    FileContent(
                        path=path,
                        content_sha256=self._blobs.put(child.content),
                        size_bytes=len(child.content),
                        groups=parent.groups,
                        parent=parent.document_id,
                    )
                )
        kept = {content.path for content in contents}
        with self._database.transaction() as connection:
            gone = [
                document
                for document, path in documents.list_children(connection, parent.document_id)
                if path not in kept
            ]
            publications.withdraw_documents(connection, gone, datetime.now(UTC))
        return self._register(contents, problems)

    def _register(
        self, contents: Sequence[FileContent], problems: Sequence[LoadItem], marks: Mapping[str, str] | None = None
    ) -> list[PendingFile]:
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            registered = register_contents(
                connection, corpus_id=self._load.corpus_id, source=self._load.source, files=contents, now=now
            )
            pairs = list(zip(contents, registered, strict=True))
            note_fetched(connection, _fetched(pairs, marks or {}), now)
            containers = self._known_containers(connection, registered)
            known = [
                item.version_id
                for item in registered
                if item.outcome is RegistrationOutcome.KNOWN and item.document_id not in containers
            ]
            if self._corpus.approval_required:
                publications.propose_versions(connection, known, by=self._load.requested_by, now=now)
            else:
                publications.publish_versions(connection, known, now)
            unchanged = [item.document_id for item in registered if item.outcome is RegistrationOutcome.UNCHANGED]
            inside, inside_items = self._unfinished_inside(connection, unchanged)
            restarted = [item.version_id for item in registered if item.resumed] + [file.version_id for file in inside]
            reset_versions(connection, restarted, now)
            publications.withdraw_inside(connection, [item.document_id for item in registered if _is_held(item)], now)
            items = [
                _item(content, found, self._corpus, is_container=found.document_id in containers)
                for content, found in pairs
            ]
            loads.put_items(connection, self._load.id, [*problems, *items, *inside_items])
        for version in restarted:
            self._index.delete_version(version)
        return [
            PendingFile(
                path=content.path,
                document_id=found.document_id,
                version_id=found.version_id,
                content_sha256=content.content_sha256,
                size_bytes=content.size_bytes,
                groups=content.groups,
                is_indexed=found.document_id in containers,
            )
            for content, found in pairs
            if found.outcome is RegistrationOutcome.NEW or found.document_id in containers
        ] + inside

    def _known_containers(self, connection: Connection, registered: Sequence[Registration]) -> set[DocumentId]:
        """Documents whose earlier content is back and in which something was ever found.

        What is inside this content is to be registered again before the content itself is published.
        """
        known = [item.document_id for item in registered if item.outcome is RegistrationOutcome.KNOWN]
        return documents.parents_among(connection, known, withdrawn_too=True) if known else set()

    def _unfinished_inside(
        self, connection: Connection, unchanged: Sequence[DocumentId]
    ) -> tuple[list[PendingFile], list[LoadItem]]:
        """What was found inside unchanged files: accounted for, and taken up again where it failed or was cut off."""
        pending: list[PendingFile] = []
        items: list[LoadItem] = []
        for line in documents.list_inside(connection, unchanged):
            again = line.is_unfinished
            items.append(
                LoadItem(
                    path=line.path,
                    outcome=LoadOutcome.PENDING if again else LoadOutcome.UNCHANGED,
                    document_id=line.document_id,
                    version_id=line.version_id,
                )
            )
            if again:
                pending.append(_pending(line))
        return pending, items

    def _store(self, source: Source, file: FoundFile, before: FetchedFile | None) -> _StoredFile:
        if file.problem is not None:
            return _StoredFile(file=file, problem=file.problem)
        if file.size_bytes == 0:
            return _StoredFile(file=file, problem=DocumentEmpty())
        if before is not None and before.mark == file.mark and self._has(before.content_sha256):
            return _StoredFile(file=file, content_sha256=before.content_sha256, size_bytes=before.size_bytes)
        try:
            with local_copy(source, file, self._scratch) as place:
                content, size = self._blobs.put_file(place)
        except DocumentError as error:
            return _StoredFile(file=file, problem=error)
        except OSError as error:
            return _StoredFile(file=file, problem=DocumentUnreadable(f"The file cannot be read: {error.strerror}."))
        return _StoredFile(
            file=file,
            content_sha256=content,
            size_bytes=size,
            problem=DocumentEmpty() if size == 0 else None,
            was_fetched=file.remote_path is not None and file.location is None,
        )

    def _has(self, content_sha256: str) -> bool:
        try:
            self._blobs.path(content_sha256)
        except NotFound:
            return False
        return True


def _fetched(
    pairs: Sequence[tuple[FileContent, Registration]], marks: Mapping[str, str]
) -> dict[DocumentId, FetchedFile]:
    return {
        found.document_id: FetchedFile(
            mark=marks[content.path], content_sha256=content.content_sha256, size_bytes=content.size_bytes
        )
        for content, found in pairs
        if content.path in marks
    }


def _is_held(found: Registration) -> bool:
    """Whether a person has not let this content in, or not yet: then nothing inside it is let in either."""
    return found.outcome in {RegistrationOutcome.QUARANTINED, RegistrationOutcome.REJECTED}


def _item(content: FileContent, found: Registration, corpus: Corpus, *, is_container: bool) -> LoadItem:
    outcome = _OUTCOMES[found.outcome]
    if is_container:
        outcome = LoadOutcome.PENDING
    elif found.outcome is RegistrationOutcome.KNOWN and corpus.approval_required:
        outcome = LoadOutcome.PROPOSED
    refused: DocumentError | None = None
    if found.outcome is RegistrationOutcome.REJECTED:
        refused = DocumentRejected()
    elif found.outcome is RegistrationOutcome.PURGED:
        refused = DocumentPurged()
    return LoadItem(
        path=content.path,
        outcome=outcome,
        document_id=found.document_id,
        version_id=None if found.outcome in _CLOSED else found.version_id,
        code=None if refused is None else refused.code,
        message=None if refused is None else refused.message,
    )


def named_children(parent: str, children: Sequence[ChildFile]) -> Iterator[tuple[str, ChildFile]]:
    """Paths of children; a name that occurs twice is numbered."""
    seen: dict[str, int] = {}
    for child in children:
        count = seen[child.name] = seen.get(child.name, 0) + 1
        name = child.name if count == 1 else f"{child.name}#{count}"
        yield f"{parent}{CHILD_SEPARATOR}{name}", child
