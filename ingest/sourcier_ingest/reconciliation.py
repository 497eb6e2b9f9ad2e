"""Compares source, files, PostgreSQL and index: every version's file, pages, passages and points are accounted for."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sourcier_core.db import accounts
from sourcier_core.db.accounts import PlaceDocument, VersionAccount
from sourcier_core.db.database import Database
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, VersionId
from sourcier_core.errors import DocumentPurged, NotFound, SourcierError
from sourcier_core.ports import BlobStore, PassageIndex
from sourcier_ingest.loading import LoadOptions, request_load
from sourcier_ingest.publishing import Publisher
from sourcier_ingest.sources import FoundFile, Source, local_copy, scratch_folder

logger = logging.getLogger(__name__)

_MOST_FINDINGS = 1000
_BLOBS_AT_ONCE = 500
_REPAIRS_AT_ONCE = 500
_PARSED = frozenset(DocumentState) - {DocumentState.SEEN, DocumentState.STORED, DocumentState.FAILED}


class FindingKind(StrEnum):
    """What does not agree."""

    POINTS_MISSING = "points_missing"
    """The index has fewer points than passages. Repair: they are embedded and put back."""
    POINTS_WITHOUT_PASSAGE = "points_without_passage"
    """The index has points of something PostgreSQL does not know, or that failed. Repair: they are removed."""
    FILE_MISSING = "file_missing"
    """The stored bytes are gone. Repair: taken from the source where the same bytes still are."""
    FILE_UNREFERENCED = "file_unreferenced"
    """Stored bytes that no version refers to; left by a purge or a load that was cut off. They are only reported."""
    PAGES_MISSING = "pages_missing"
    """Fewer pages are stored than the document has."""
    PASSAGES_MISSING = "passages_missing"
    """A published version has no passage."""
    CUT_OFF = "cut_off"
    """Work stopped halfway and no load goes on with it. Repair: it is taken up from the stored bytes."""
    NOT_LOADED = "not_loaded"
    """A file of the source that no load has seen, or that came back since: load it."""
    GONE_FROM_SOURCE = "gone_from_source"
    """A document whose source no longer holds its file: a load withdraws it, an unusual share only when confirmed."""
    SOURCE_UNREADABLE = "source_unreadable"
    """The source cannot be listed, so it was not compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that does not agree, and what was done about it."""

    kind: FindingKind
    corpus_id: CorpusId
    path: str
    detail: str
    repaired: bool = False


@dataclass(slots=True)
class Reconciliation:
    """The balance: files by how they ended, pages, passages and points, and what does not agree."""

    files: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    """Per corpus, every file once, by the state of its newest content; `withdrawn`; failures by their code."""
    pages: int = 0
    pages_without_text: int = 0
    passages: int = 0
    points: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    """At most a thousand of them; `kinds` counts all."""

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        self.kinds[finding.kind.value] += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)

    @property
    def agrees(self) -> bool:
        """Whether nothing is left that does not agree."""
        return not self.kinds

    def as_json(self) -> dict[str, Any]:
        """The report as it is stored and shown."""
        return {
            "files": {corpus: dict(counts) for corpus, counts in sorted(self.files.items())},
            "pages": self.pages,
            "pages_without_text": self.pages_without_text,
            "passages": self.passages,
            "points": self.points,
            "kinds": dict(self.kinds),
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(slots=True)
class _Repairs:
    """Versions to put right, by (corpus, source)."""

    restore: dict[tuple[CorpusId, str], list[VersionId]] = field(
        default_factory=lambda: defaultdict[tuple[CorpusId, str], list[VersionId]](list)
    )
    parse_again: dict[tuple[CorpusId, str], list[VersionId]] = field(
        default_factory=lambda: defaultdict[tuple[CorpusId, str], list[VersionId]](list)
    )


def _walk(source: Source) -> Iterator[FoundFile]:
    with closing(source):
        yield from source.walk()


def _not_loaded(file: FoundFile, document: PlaceDocument | None) -> str | None:
    """Why a file of a source is in no answer without anyone having decided so; None when that is not the case."""
    if document is None:
        return "no load has seen it" if file.problem is None else file.problem.code
    if document.is_closed or (document.has_content and not document.is_withdrawn):
        return None
    return "it came back and no load has seen it since"


class Reconciler:
    """Compares, and repairs what it can. Safe beside loads: what a running load works on is left alone."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        index: PassageIndex,
        publisher: Publisher,
        open_source: Callable[[CorpusId, str], Source | None],
        scratch_dir: Path,
    ) -> None:
        """`open_source` opens what documents have as their source; None where there is nothing to compare with."""
        self._database = database
        self._blobs = blobs
        self._index = index
        self._publisher = publisher
        self._open_source = open_source
        self._scratch_dir = scratch_dir

    def run(self, *, repair: bool) -> Reconciliation:
        """The balance; with `repair`, loads are queued that put right what can be. The result is kept."""
        started = datetime.now(UTC)
        report, repairs = Reconciliation(), _Repairs()
        if repair:
            self._publisher.write_pending()
        points = self._index.count_by_version()
        report.points = sum(points.values())
        with self._database.transaction() as connection:
            for account in accounts.version_accounts(connection):
                self._account(account, points.pop(account.version_id, 0), report, repairs, repair)
        for version, count in points.items():
            self._unknown_points(version, count, report, repair)
        self._unreferenced(report)
        with self._database.transaction() as connection:
            places = accounts.list_places(connection)
        for corpus, source in places:
            self._compare_source(corpus, source, report)
        if repair:
            self._queue(repairs)
        with self._database.transaction() as connection:
            accounts.save_reconciliation(
                connection,
                started_at=started,
                finished_at=datetime.now(UTC),
                repaired=repair,
                report=report.as_json(),
            )
        logger.info("reconciled: %s", dict(report.kinds) or "everything agrees")
        return report

    def _account(
        self, account: VersionAccount, points: int, report: Reconciliation, repairs: _Repairs, repair: bool
    ) -> None:
        if account.is_newest:
            state = "withdrawn" if account.is_withdrawn else account.failure_code or account.state.value
            report.files[account.corpus_id][state] += 1
        report.pages += account.page_rows
        report.pages_without_text += account.pages_without_text
        report.passages += account.passage_rows

        def note(kind: FindingKind, detail: str, *, repaired: bool = False) -> None:
            report.add(
                Finding(kind=kind, corpus_id=account.corpus_id, path=account.path, detail=detail, repaired=repaired)
            )

        place = (account.corpus_id, account.source)
        if account.is_cut_off:
            note(FindingKind.CUT_OFF, f"stopped at {account.state.value}", repaired=repair)
            repairs.parse_again[place].append(account.version_id)
        else:
            self._check_points(account, points, note, repairs, repair)
        if account.state in _PARSED and account.page_rows < account.page_count:
            note(FindingKind.PAGES_MISSING, f"{account.page_rows} of {account.page_count} pages are stored")
        if account.state is DocumentState.PUBLISHED and not account.passage_rows:
            note(FindingKind.PASSAGES_MISSING, "published without a passage")
        self._check_file(account, note, repair)

    def _check_points(self, account: VersionAccount, points: int, note: Any, repairs: _Repairs, repair: bool) -> None:
        expected = account.expected_points
        if points != expected:
            points = self._index.version_points(account.version_id)  # a load may have changed it since the counting
        place = (account.corpus_id, account.source)
        if points < expected:
            detail = f"{points} of {expected} passages are in the index"
            note(FindingKind.POINTS_MISSING, detail, repaired=repair)
            repairs.restore[place].append(account.version_id)
        elif points > expected and expected:
            note(FindingKind.POINTS_WITHOUT_PASSAGE, f"{points} points, {expected} passages", repaired=repair)
            repairs.restore[place].append(account.version_id)
        elif points > expected and account.state in {DocumentState.FAILED, DocumentState.QUARANTINED}:
            detail = f"{points} points of a {account.state.value} version"
            note(FindingKind.POINTS_WITHOUT_PASSAGE, detail, repaired=repair)
            if repair:
                self._index.delete_version(account.version_id)

    def _check_file(self, account: VersionAccount, note: Any, repair: bool) -> None:
        for blob in (account.content_sha256, account.rendition_sha256):
            if blob is None or self._has(blob):
                continue
            if blob != account.content_sha256:
                note(FindingKind.FILE_MISSING, "the reading copy is gone; its pages cannot be shown")
                continue
            restored = repair and self._restore_file(account)
            note(FindingKind.FILE_MISSING, "the stored file is gone", repaired=restored)

    def _has(self, blob: str) -> bool:
        try:
            self._blobs.path(blob)
        except NotFound:
            return False
        return True

    def _restore_file(self, account: VersionAccount) -> bool:
        """Take the bytes from the source, when they are still the same."""
        wanted = FoundFile(path=account.path, remote_path=account.path, size_bytes=0)
        try:
            source = self._open_source(account.corpus_id, account.source)
            if source is None:
                return False
            with (
                closing(source),
                scratch_folder(self._scratch_dir, "reconciliation") as scratch,
                local_copy(source, wanted, scratch) as place,
            ):
                found, _ = self._blobs.put_file(place)
        except (OSError, SourcierError):
            return False
        return found == account.content_sha256

    def _unknown_points(self, version: VersionId, count: int, report: Reconciliation, repair: bool) -> None:
        detail = f"{count} points of the unknown version {version}"
        report.add(
            Finding(kind=FindingKind.POINTS_WITHOUT_PASSAGE, corpus_id="", path="", detail=detail, repaired=repair)
        )
        if repair:
            self._index.delete_version(version)

    def _unreferenced(self, report: Reconciliation) -> None:
        waiting: list[str] = []

        def flush() -> None:
            with self._database.transaction() as connection:
                used = accounts.referenced_blobs(connection, waiting)
            for blob in waiting:
                if blob not in used:
                    kind = FindingKind.FILE_UNREFERENCED
                    report.add(Finding(kind=kind, corpus_id="", path="", detail=f"file {blob[:16]}…"))
            waiting.clear()

        for blob in self._blobs.hashes():
            waiting.append(blob)
            if len(waiting) >= _BLOBS_AT_ONCE:
                flush()
        flush()

    def _compare_source(self, corpus: CorpusId, source: str, report: Reconciliation) -> None:
        """Both ways: what the source holds and no load has seen, and documents whose file is gone."""
        with self._database.transaction() as connection:
            if accounts.is_loading(connection, corpus, source):
                return  # the load itself says what it finds
            refused = accounts.refused_files(connection, corpus, source)
            known = {document.path: document for document in accounts.place_documents(connection, corpus, source)}

        def note(kind: FindingKind, path: str, detail: str) -> None:
            report.add(Finding(kind=kind, corpus_id=corpus, path=path, detail=detail))

        report.files[corpus].update(DocumentPurged.code for one in known.values() if not one.has_content)
        try:
            opened = self._open_source(corpus, source)
            if opened is None:
                return  # uploads have no place to compare with
            found: set[str] = set()
            for file in _walk(opened):
                found.add(file.path)
                document = known.get(file.path)
                if document is None and file.path in refused:
                    report.files[corpus][refused[file.path]] += 1
                elif reason := _not_loaded(file, document):
                    note(FindingKind.NOT_LOADED, file.path, reason)
        except SourcierError as error:
            note(FindingKind.SOURCE_UNREADABLE, source, error.message)
            return
        below = tuple(folder.rstrip("/") + "/" for folder in opened.incomplete_prefixes)
        for path, document in known.items():
            stays = document.is_inside or document.is_withdrawn or document.is_closed or path.startswith(below)
            if path not in found and not stays and document.has_content:
                note(
                    FindingKind.GONE_FROM_SOURCE, path, "its source no longer holds it, and no load withdrew it"
                )

    def _queue(self, repairs: _Repairs) -> None:
        for places, name in ((repairs.parse_again, "parse_again"), (repairs.restore, "versions")):
            for (corpus, source), versions in places.items():
                for start in range(0, len(versions), _REPAIRS_AT_ONCE):
                    chosen = tuple(versions[start : start + _REPAIRS_AT_ONCE])
                    options = LoadOptions(
                        folder=source,
                        keep_missing=True,
                        versions=chosen if name == "versions" else (),
                        parse_again=chosen if name == "parse_again" else (),
                    )
                    request_load(
                        self._database, corpus_id=corpus, source=source, options=options, requested_by="reconcile"
                    )
