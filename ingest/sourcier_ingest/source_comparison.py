"""Compares what a source holds with the documents there are, both ways."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice

from sourcier_core.db import accounts, reconciliations
from sourcier_core.db.accounts import PlaceDocument
from sourcier_core.db.database import Database
from sourcier_core.db.reconciliations import ReconciledFile
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.errors import DocumentPurged, SourcierError
from sourcier_ingest.balance import Finding, FindingKind, Reconciliation
from sourcier_ingest.sources import FoundFile, Source

logger = logging.getLogger(__name__)

_FILES_AT_ONCE = 500


def _walk(source: Source) -> Iterator[FoundFile]:
    with closing(source):
        yield from source.walk()


class SourceComparison:
    """Compares one place after another for one reconciliation, and completes the rows of its files."""

    def __init__(
        self,
        number: int,
        report: Reconciliation,
        *,
        database: Database,
        open_source: Callable[[CorpusId, str], Source | None],
    ) -> None:
        """`open_source` opens what documents have as their source; None where there is nothing to compare with."""
        self._number = number
        self._report = report
        self._database = database
        self._open_source = open_source

    def compare(self, corpus: CorpusId, source: str) -> None:
        """What the source holds and no load has seen, and documents whose file is gone.

        A source that is being loaded is left alone: the load itself says what it finds.
        """
        with self._database.transaction() as connection:
            loading = accounts.is_loading(connection, corpus, source)
            refused = accounts.refused_files(connection, corpus, source)
            known = {document.path: document for document in accounts.place_documents(connection, corpus, source)}
        self._add_erased(corpus, source, known)
        if loading:
            return
        try:
            opened = self._open_source(corpus, source)
            if opened is None:
                return  # uploads have no place to compare with
            files, found = _walk(opened), set[str]()
            while chunk := list(islice(files, _FILES_AT_ONCE)):
                found.update(file.path for file in chunk)
                self._add_found(corpus, source, chunk, known, refused)
        except SourcierError as error:
            kind = FindingKind.SOURCE_UNREADABLE
            self._report.add(Finding(kind=kind, corpus_id=corpus, path=source, detail=error.message))
            return
        below = tuple(folder.rstrip("/") + "/" for folder in opened.incomplete_prefixes)
        self._note_gone(
            corpus,
            source,
            [
                document
                for path, document in known.items()
                if path not in found and not document.is_inside and not path.startswith(below)
            ],
        )

    def _add_erased(self, corpus: CorpusId, source: str, known: dict[str, PlaceDocument]) -> None:
        """Documents of which nothing is stored: purged ones, and those that may be loaded again since."""
        erased = [document for document in known.values() if not document.has_content]
        self._report.files[corpus].update(DocumentPurged.code for _ in erased)
        rows = [
            ReconciledFile(
                corpus_id=corpus,
                source=source,
                path=document.path,
                document_id=document.document_id,
                state="purged" if document.is_purged else "not_loaded",
                code=DocumentPurged.code,
            )
            for document in erased
        ]
        with self._database.transaction() as connection:
            reconciliations.add_files(connection, self._number, rows)

    def _add_found(
        self,
        corpus: CorpusId,
        source: str,
        chunk: list[FoundFile],
        known: dict[str, PlaceDocument],
        refused: dict[str, str],
    ) -> None:
        rows: list[ReconciledFile] = []
        came_back: list[str] = []
        for file in chunk:
            document = known.get(file.path)
            row = ReconciledFile(corpus_id=corpus, source=source, path=file.path, state="not_loaded", in_source=True)
            if document is None and file.path in refused:
                row.state, row.code = "refused", refused[file.path]
                self._report.files[corpus][refused[file.path]] += 1
            elif reason := _not_loaded(file, document):
                finding = Finding(kind=FindingKind.NOT_LOADED, corpus_id=corpus, path=file.path, detail=reason)
                self._report.add(finding)
                row.findings = [finding.of_file()]
                if document is not None:
                    came_back.append(file.path)
            if document is None:
                rows.append(row)
        with self._database.transaction() as connection:
            reconciliations.add_files(connection, self._number, rows)
            there = [file.path for file in chunk if file.path in known]
            reconciliations.note_in_source(
                connection, self._number, corpus=corpus, source=source, paths=there, is_there=True
            )
            back = {"kind": FindingKind.NOT_LOADED.value, "detail": _CAME_BACK, "repaired": False}
            reconciliations.note_finding(
                connection, self._number, corpus=corpus, source=source, paths=came_back, finding=back
            )

    def _note_gone(self, corpus: CorpusId, source: str, gone: list[PlaceDocument]) -> None:
        kept = [one.path for one in gone if one.has_content and not one.is_withdrawn and not one.is_closed]
        finding = Finding(kind=FindingKind.GONE_FROM_SOURCE, corpus_id=corpus, path="", detail=_GONE)
        for path in kept:
            self._report.add(Finding(kind=finding.kind, corpus_id=corpus, path=path, detail=_GONE))
        with self._database.transaction() as connection:
            for start in range(0, len(gone), _FILES_AT_ONCE):
                paths = [one.path for one in gone[start : start + _FILES_AT_ONCE]]
                reconciliations.note_in_source(
                    connection, self._number, corpus=corpus, source=source, paths=paths, is_there=False
                )
            for start in range(0, len(kept), _FILES_AT_ONCE):
                paths = kept[start : start + _FILES_AT_ONCE]
                reconciliations.note_finding(
                    connection, self._number, corpus=corpus, source=source, paths=paths, finding=finding.of_file()
                )


_CAME_BACK = "it came back and no load has seen it since"
_GONE = "its source no longer holds it, and no load withdrew it"


def _not_loaded(file: FoundFile, document: PlaceDocument | None) -> str | None:
    """Why a file of a source is in no answer without anyone having decided so; None when that is not the case."""
    if document is None:
        return "no load has seen it" if file.problem is None else file.problem.code
    if document.is_closed or (document.has_content and not document.is_withdrawn):
        return None
    return _CAME_BACK
