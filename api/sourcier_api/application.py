"""Puts the services of one process together from its engines."""

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any

import procrastinate

from sourcier_api import page_pictures
from sourcier_api.version import software_version
from sourcier_core.composition import Engines
from sourcier_core.db import corpora
from sourcier_core.db.answers import PostgresAnswerRecorder
from sourcier_core.db.passages import PostgresPassageReader
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.isolation import ChildLimits, IsolatedRunner
from sourcier_core.ports import DocumentParser, PassageReader
from sourcier_core.settings import Settings
from sourcier_core.vault import CredentialVault
from sourcier_ingest.configured_sources import ConfiguredSources
from sourcier_ingest.connectors.allowed_folders import AllowedFolders
from sourcier_ingest.document_passwords import KeptPasswords
from sourcier_ingest.loading import Loader
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.publishing import Publisher
from sourcier_ingest.reconciliation import Reconciler
from sourcier_ingest.reembedding import Reembedder
from sourcier_ingest.stored_repairs import StoredRepairs
from sourcier_ingest.worker import make_job_application, run_worker
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import answer_options
from sourcier_retrieval.entailing import EntailmentJudge, make_judge
from sourcier_retrieval.reranking import make_reranking
from sourcier_retrieval.search import PassageSearch
from sourcier_retrieval.summarising import SummaryService
from sourcier_retrieval.understanding import QuestionReader

logger = logging.getLogger(__name__)
_WORKER_PAUSE_S = 1.0
_REEMBEDDING_PATIENCE_S = 30.0
_PAGE_LIMITS = ChildLimits(wall_time_s=20.0, cpu_time_s=20.0, memory_mb=1024)


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What the routes, the worker and the command line work with."""

    engines: Engines
    reader: PassageReader
    search: PassageSearch
    judge: EntailmentJudge | None
    answers: AnswerService
    summaries: SummaryService
    publisher: Publisher
    reconciler: Reconciler
    sources: ConfiguredSources
    passwords: KeptPasswords
    loader: Loader
    reembedder: Reembedder
    parser: DocumentParser
    page_runner: IsolatedRunner
    jobs: procrastinate.App
    local_token: str

    async def aclose(self) -> None:
        """Stop children and close the engines."""
        self.parser.close()
        self.page_runner.close()
        await self.engines.aclose()


def _answer_parts(
    engines: Engines, search: PassageSearch, reader: PassageReader, judge: EntailmentJudge | None
) -> dict[str, Any]:
    """What answers and summaries are made with."""
    settings = engines.settings

    def claim_checks(wanted: frozenset[CorpusId]) -> dict[CorpusId, ClaimCheck | None]:
        with engines.database.transaction() as connection:
            return corpora.claim_checks(connection, wanted)

    versions = {
        "sourcier": software_version(),
        "chat_model": dict(engines.chat.identity),
        "entailment_model": None if judge is None else {"name": judge.name, "threshold": judge.threshold},
        "decoding": {"temperature": settings.chat_temperature, "max_tokens": settings.chat_max_tokens},
    }
    return {
        "search": search,
        "reader": reader,
        "recorder": PostgresAnswerRecorder(engines.database),
        "chat_model": engines.chat.model,
        "options": answer_options(settings, versions),
        "count_tokens": engines.chat.count_tokens,
        "claim_checks": claim_checks,
        "judge": judge,
    }


def _question_reader(engines: Engines) -> QuestionReader:
    settings = engines.settings
    return QuestionReader(
        engines.chat.question_model,
        within_s=settings.chat_question_timeout_s,
        rewrites=settings.chat_follow_ups,
        parts=settings.chat_parts,
    )


def _make_search(engines: Engines, reader: PassageReader) -> PassageSearch:
    return PassageSearch(
        spaces=engines.spaces,
        sparse_encoder=engines.sparse_encoder,
        reader=reader,
        reranking=make_reranking(engines.reranker, engines.settings),
    )


def make_parser(settings: Settings) -> IsolatedDocumentParser:
    """The parser with the limits of the settings; whoever makes it closes it."""
    return IsolatedDocumentParser(
        wall_time_s=settings.parse_wall_time_s,
        cpu_time_s=settings.parse_cpu_time_s,
        memory_mb=settings.parse_memory_mb,
        max_file_mb=settings.max_file_mb,
        ocr_data_dir=settings.ocr_data_dir,
    )


def _make_publisher(engines: Engines) -> Publisher:
    return Publisher(database=engines.database, spaces=engines.spaces, sparse_encoder=engines.sparse_encoder)


def _make_reembedder(engines: Engines, publisher: Publisher) -> Reembedder:
    return Reembedder(
        database=engines.database, spaces=engines.spaces, publisher=publisher, delete_index=engines.places.delete
    )


def _make_reconciler(
    engines: Engines, publisher: Publisher, sources: ConfiguredSources, stored: StoredRepairs
) -> Reconciler:
    return Reconciler(
        database=engines.database,
        blobs=engines.blobs,
        index=engines.index,
        publisher=publisher,
        open_source=sources.open_named,
        stored=stored,
    )


def make_services(engines: Engines, *, parser: DocumentParser | None = None) -> Services:
    """Wire the services; nothing runs yet. Without a `parser` one is made with the limits of the settings."""
    settings = engines.settings
    reader = PostgresPassageReader(engines.database)
    search = _make_search(engines, reader)
    judge = make_judge(engines.entailment, settings)
    answer_parts = _answer_parts(engines, search, reader, judge)
    parser = parser or make_parser(settings)
    publisher = _make_publisher(engines)
    fetched, max_file_bytes = settings.data_dir / "fetched", settings.max_file_mb << 20
    vault = CredentialVault(settings.data_dir)
    passwords = KeptPasswords(database=engines.database, vault=vault)
    sources = ConfiguredSources(
        database=engines.database,
        vault=vault,
        max_file_bytes=max_file_bytes,
        withdrawal_guard_share=settings.withdrawal_guard_share,
        allowed_folders=AllowedFolders(settings.source_folders, data_dir=settings.data_dir),
    )
    loader = Loader(
        database=engines.database,
        blobs=engines.blobs,
        parser=parser,
        index=engines.index,
        publisher=publisher,
        parse_workers=settings.parse_workers,
        max_file_bytes=max_file_bytes,
        withdrawal_guard_share=settings.withdrawal_guard_share,
        quarantine_threshold=settings.quarantine_threshold,
        open_source=sources.open,
        scratch_dir=fetched,
        passwords_of=passwords.of,
    )
    stored = StoredRepairs(
        database=engines.database,
        blobs=engines.blobs,
        parser=parser,
        open_source=sources.open_named,
        scratch_dir=fetched,
        passwords_of=passwords.of,
    )
    reconciler = _make_reconciler(engines, publisher, sources, stored)
    return Services(
        sources=sources,
        passwords=passwords,
        reconciler=reconciler,
        engines=engines,
        reader=reader,
        search=search,
        judge=judge,
        answers=AnswerService(**answer_parts, questions=_question_reader(engines)),
        summaries=SummaryService(**answer_parts),
        publisher=publisher,
        loader=loader,
        reembedder=_make_reembedder(engines, publisher),
        parser=parser,
        page_runner=IsolatedRunner(preload=page_pictures.PRELOADED, limits=_PAGE_LIMITS),
        jobs=make_job_application(engines.database.url, loader, reconciler, sources),
        local_token=secrets.token_urlsafe(32),
    )


async def _keep_working(services: Services) -> None:
    """Run the worker, and again when it ends because PostgreSQL was away."""
    settings = services.engines.settings
    while True:
        try:
            await run_worker(
                services.jobs, concurrency=settings.worker_concurrency, only_worker=settings.qdrant_url is None
            )
        except Exception:  # whatever ended it, loads must go on: it is said, and tried again
            logger.exception("the worker ended and is started again")
        await asyncio.sleep(_WORKER_PAUSE_S)
        await asyncio.to_thread(services.engines.database.revive)


@contextlib.contextmanager
def reembedding_beside(services: Services, *, works: bool) -> Generator[None]:
    """While the block lasts, build the index for a changed embedding model, or follow the process that does."""
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: services.reembedder.run(stop, works=works), name="reembedding", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_REEMBEDDING_PATIENCE_S)


@contextlib.asynccontextmanager
async def worker_inside(services: Services) -> AsyncGenerator[None]:
    """Run the worker in this process while the block lasts; a leftover of a killed process is resumed at once."""
    task = asyncio.create_task(_keep_working(services))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
