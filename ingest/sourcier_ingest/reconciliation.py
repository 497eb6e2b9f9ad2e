"""Compares source, files, PostgreSQL and index: every version's file, pages, passages and points are accounted for."""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sourcier_core.db import accounts, loads, reconciliations
from sourcier_core.db.accounts import VersionAccount
from sourcier_core.db.database import Database
from sourcier_core.db.reconciliations import ReconciledFile, ReconciliationRecord, ReconciliationState
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId, VersionId
from sourcier_core.errors import SourcierError
from sourcier_core.ports import BlobStore, PassageIndex
from sourcier_ingest.balance import Finding, FindingKind, Reconciliation
from sourcier_ingest.loading import LOAD_QUEUE, LoadOptions, request_load
from sourcier_ingest.publishing import Publisher
from sourcier_ingest.source_comparison import SourceComparison
from sourcier_ingest.sources import Source
from sourcier_ingest.stored_repairs import StoredRepairs

logger = logging.getLogger(__name__)

RECONCILIATION_TASK = "run_reconciliation"
_LOCK = "reconciliation"
_DOCUMENTS_AT_ONCE = 500
_BLOBS_AT_ONCE = 500
_REPAIRS_AT_ONCE = 500
_PARSED = frozenset(DocumentState) - {DocumentState.SEEN, DocumentState.STORED, DocumentState.FAILED}


@dataclass(slots=True)
class _Repairs:
    """Versions to put right, by (corpus, source)."""

    restore: dict[tuple[CorpusId, str], list[VersionId]] = field(
        default_factory=lambda: defaultdict[tuple[CorpusId, str], list[VersionId]](list)
    )
    parse_again: dict[tuple[CorpusId, str], list[VersionId]] = field(
        default_factory=lambda: defaultdict[tuple[CorpusId, str], list[VersionId]](list)
    )


Note = Callable[..., None]


class Reconciler:
    """Compares, and repairs what it can. Safe beside loads: what a running load works on is left alone."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        index: PassageIndex,
        publisher: Publisher,
        stored: StoredRepairs,
        open_source: Callable[[CorpusId, str], Source | None],
    ) -> None:
        """`open_source` opens what documents have as their source; None where there is nothing to compare with."""
        self._database = database
        self._blobs = blobs
        self._index = index
        self._publisher = publisher
        self._stored = stored
        self._open_source = open_source

    def request(self, *, repair: bool, requested_by: str) -> ReconciliationRecord:
        """Note a reconciliation and queue its job; one that waits already and would do the same is taken instead."""
        with self._database.transaction() as connection:
            for waiting in reconciliations.list_reconciliations(connection, states=[ReconciliationState.QUEUED]):
                if waiting.repaired == repair:
                    return waiting
            made = reconciliations.create_reconciliation(
                connection, repair=repair, requested_by=requested_by, now=datetime.now(UTC)
            )
            loads.defer_job(
                connection,
                queue=LOAD_QUEUE,
                task=RECONCILIATION_TASK,
                arguments={"reconciliation_id": made.id},
                lock=_LOCK,
            )
        return made

    def run(self, number: int) -> Reconciliation:
        """Compare everything, from the beginning; loads are queued that put right what was to be.

        Raises:
            NotFound: nobody asked for it.
            SourcierError: the database or the index is away.
        """
        with self._database.transaction() as connection:
            repair = reconciliations.get_reconciliation(connection, number).repaired
            reconciliations.begin_reconciliation(connection, number)
        report, repairs = Reconciliation(), _Repairs()
        if repair:
            self._publisher.write_pending()
        self._account_for_documents(number, report, repairs, repair)
        self._say(number, "files")
        self._unreferenced(report)
        with self._database.transaction() as connection:
            places = accounts.list_places(connection)
        comparison = SourceComparison(number, report, database=self._database, open_source=self._open_source)
        for done, (corpus, source) in enumerate(places):
            self._say(number, "sources", done, len(places))
            comparison.compare(corpus, source)
        if repair:
            self._queue(repairs)
        with self._database.transaction() as connection:
            reconciliations.finish_reconciliation(connection, number, report=report.as_json(), now=datetime.now(UTC))
        logger.info("reconciled: %s", dict(report.kinds) or "everything agrees")
        return report

    def give_up(self, number: int, error: SourcierError) -> None:
        """Note a reconciliation as failed."""
        with self._database.transaction() as connection:
            message = f"{error.code}: {error.message}"
            reconciliations.fail_reconciliation(connection, number, message=message, now=datetime.now(UTC))

    def _say(self, number: int, stage: str, done: int = 0, total: int = 0) -> None:
        with self._database.transaction() as connection:
            reconciliations.note_progress(connection, number, stage=stage, done=done, total=total)

    def _account_for_documents(self, number: int, report: Reconciliation, repairs: _Repairs, repair: bool) -> None:
        self._say(number, "points")
        points = self._index.count_by_version()
        report.points = sum(points.values())
        with self._database.transaction() as connection:
            total = accounts.count_documents(connection)
        done, after = 0, None
        while True:
            self._say(number, "documents", done, max(done, total))
            with self._database.transaction() as connection:
                batch = accounts.document_accounts(connection, after=after, limit=_DOCUMENTS_AT_ONCE)
            rows = [self._account_for(versions, points, report, repairs, repair) for versions in batch]
            with self._database.transaction() as connection:
                reconciliations.add_files(connection, number, rows)
            if len(batch) < _DOCUMENTS_AT_ONCE:
                break
            done, after = done + len(batch), batch[-1][0].document_id
        for version, count in points.items():
            self._unknown_points(version, count, report, repair)

    def _account_for(
        self,
        versions: list[VersionAccount],
        points: dict[VersionId, int],
        report: Reconciliation,
        repairs: _Repairs,
        repair: bool,
    ) -> ReconciledFile:
        """The row of a document, by its newest content; findings of all its contents."""
        newest = next((account for account in versions if account.is_newest), versions[-1])
        row = _row(newest, versions, points.get(newest.version_id, 0))
        state = row.state if newest.is_withdrawn else newest.failure_code or row.state
        report.files[newest.corpus_id][state] += 1

        def note(kind: FindingKind, detail: str, *, repaired: bool = False) -> None:
            finding = Finding(kind=kind, corpus_id=newest.corpus_id, path=newest.path, detail=detail, repaired=repaired)
            report.add(finding)
            row.findings.append(finding.of_file())

        for account in versions:
            report.pages += account.page_rows
            report.pages_without_text += account.pages_without_text
            report.passages += account.passage_rows
            stored = self._check_file(account, note, repair)
            if account is newest:
                row.file_stored = stored
            self._check_version(account, points.pop(account.version_id, 0), note, repairs, repair)
        return row

    def _check_version(self, account: VersionAccount, points: int, note: Note, repairs: _Repairs, repair: bool) -> None:
        if account.is_cut_off:
            note(FindingKind.CUT_OFF, f"stopped at {account.state.value}", repaired=repair)
            repairs.parse_again[account.corpus_id, account.source].append(account.version_id)
            return
        self._check_points(self._check_parsed(account, note, repair), points, note, repairs, repair)

    def _check_parsed(self, account: VersionAccount, note: Note, repair: bool) -> VersionAccount:
        """Pages and passages; returns the account as it is after a repair."""
        pages = account.state in _PARSED and account.page_rows < account.page_count
        passages = account.passage_rows < account.passages_expected or (
            account.state is DocumentState.PUBLISHED and not account.passage_rows
        )
        if not pages and not passages:
            return account
        problem = self._stored.rebuild(account) if repair else None
        reason = f"; not repaired: {problem}" if problem else ""
        repaired = repair and problem is None
        if pages:
            detail = f"{account.page_rows} of {account.page_count} pages are stored{reason}"
            note(FindingKind.PAGES_MISSING, detail, repaired=repaired)
        if passages:
            known = f"{account.passage_rows} of {account.passages_expected} passages are stored"
            note(FindingKind.PASSAGES_MISSING, f"{known}{reason}", repaired=repaired)
        return replace(account, passage_rows=account.passages_expected) if repaired else account

    def _check_points(self, account: VersionAccount, points: int, note: Note, repairs: _Repairs, repair: bool) -> None:
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

    def _check_file(self, account: VersionAccount, note: Note, repair: bool) -> bool:
        """Whether the version's own bytes are there, perhaps again; a lost reading copy is noted too."""
        if account.rendition_sha256 is not None and not self._stored.has(account.rendition_sha256):
            note(FindingKind.FILE_MISSING, "the reading copy is gone; its pages cannot be shown")
        if self._stored.has(account.content_sha256):
            return True
        restored = repair and self._stored.restore_file(account)
        note(FindingKind.FILE_MISSING, "the stored file is gone", repaired=restored)
        return restored

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


def _row(newest: VersionAccount, versions: list[VersionAccount], points: int) -> ReconciledFile:
    parsed = newest.state in _PARSED
    return ReconciledFile(
        corpus_id=newest.corpus_id,
        source=newest.source,
        path=newest.path,
        document_id=newest.document_id,
        version_id=newest.version_id,
        state="withdrawn" if newest.is_withdrawn else newest.state.value,
        code=newest.failure_code,
        message=newest.failure_message,
        versions=len(versions),
        pages_expected=newest.page_count if parsed else 0,
        pages=newest.page_rows,
        pages_without_text=newest.pages_without_text,
        passages_expected=newest.passages_expected if parsed else 0,
        passages=newest.passage_rows,
        points_expected=newest.expected_points,
        points=points,
    )
