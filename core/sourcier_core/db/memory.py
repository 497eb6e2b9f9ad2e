"""In-memory twins of the stores an answer needs: for tests and evaluations. They forget everything at the end."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import AnswerRecord
from sourcier_core.domain.documents import Passage
from sourcier_core.domain.identifiers import DocumentId, PassageId, VersionId
from sourcier_core.domain.neighbours import beside
from sourcier_core.domain.search import DocumentReference
from sourcier_core.errors import NotFound, RecordFailed


class InMemoryPassages:
    """`PassageReader` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._texts: dict[VersionId, str] = {}
        self._passages: dict[PassageId, tuple[Passage, DocumentReference, frozenset[str]]] = {}
        self._lock = threading.RLock()

    def publish(
        self, document: DocumentReference, text: str, passages: Sequence[Passage], *, groups: frozenset[str]
    ) -> None:
        """Publish a version with its canonical text; it is open to `groups` and to administrators."""
        with self._lock:
            self._texts[document.version_id] = text
            self._passages.update({passage.id: (passage, document, groups) for passage in passages})

    def withdraw(self, version: VersionId) -> None:
        """Nobody reads the version's passages any more; its text stays, as it does until retention removes it."""
        with self._lock:
            self._passages = {key: kept for key, kept in self._passages.items() if kept[0].version_id != version}

    def read_readable(
        self, passages: Sequence[PassageId], scope: AccessScope
    ) -> dict[PassageId, tuple[Passage, DocumentReference]]:
        """See PassageReader."""
        with self._lock:
            found = {key: self._passages[key] for key in passages if key in self._passages}
        return {
            key: (passage, document)
            for key, (passage, document, groups) in found.items()
            if document.corpus_id in scope.corpora
            and document.valid_from <= scope.as_of
            and (scope.is_administrator or groups & scope.groups)
            and scope.only.admits(passage, document)
        }

    def matching_versions(self, scope: AccessScope, *, at_most: int) -> frozenset[VersionId] | None:
        """See PassageReader."""
        everything = replace(scope, only=replace(scope.only, languages=frozenset()))
        found = self.read_readable(list(self._passages), everything)
        versions = frozenset(document.version_id for _, document in found.values())
        return versions if len(versions) <= at_most else None

    def read_in_order(
        self, scope: AccessScope, *, document: DocumentId | None, at_most: int
    ) -> list[tuple[Passage, DocumentReference]]:
        """See PassageReader."""
        found = self.read_readable(list(self._passages), scope).values()
        wanted = [pair for pair in found if document is None or pair[1].document_id == document]
        wanted.sort(key=lambda pair: (pair[1].corpus_id, pair[1].path, pair[0].ordinal))
        return wanted[:at_most]

    def read_beside(
        self, passages: Sequence[Passage], scope: AccessScope
    ) -> dict[PassageId, list[tuple[Passage, DocumentReference]]]:
        """See PassageReader."""
        versions = {passage.version_id for passage in passages}
        ids = [key for key, kept in self._passages.items() if kept[0].version_id in versions]
        return beside(passages, self.read_readable(ids, scope).values())

    def read_text(self, version: VersionId, start: int, end: int) -> str:
        """The characters [start, end) of a version's canonical text. Raises NotFound."""
        with self._lock:
            text = self._texts.get(version)
        if text is None:
            raise NotFound(f"There is no text of version {version}.")
        return text[start:end]


class InMemoryAnswers:
    """`AnswerRecorder` in memory; it can be told to fail. Thread-safe."""

    def __init__(self) -> None:
        self._records: list[AnswerRecord] = []
        self._lock = threading.Lock()
        self.fails = False

    @property
    def records(self) -> tuple[AnswerRecord, ...]:
        """Everything recorded so far, oldest first."""
        with self._lock:
            return tuple(self._records)

    def record(self, record: AnswerRecord) -> None:
        """Keep the record. Raises RecordFailed when told to."""
        if self.fails:
            raise RecordFailed
        with self._lock:
            self._records.append(record)
