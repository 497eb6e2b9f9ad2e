"""The job engine: procrastinate on PostgreSQL, its tasks, and the worker that runs them."""

import asyncio
import logging
from collections.abc import Callable

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job, Status

from sourcier_core.errors import EngineUnavailable, SourcierError, StorageFull
from sourcier_ingest.configured_sources import SCHEDULER, ConfiguredSources, local_now
from sourcier_ingest.loading import LOAD_QUEUE, LOAD_TASK, Loader
from sourcier_ingest.reconciliation import RECONCILIATION_TASK, Reconciler

logger = logging.getLogger(__name__)

NIGHTLY = "17 3 * * *"
"""When everything is compared and put right: at 3:17, of the time zone of the job engine (UTC)."""
NIGHTLY_TASK = "reconcile"
_MAX_TRIES = 5
_FIRST_WAIT_S = 2
_LONGEST_WAIT_S = 120
_STALLED_AFTER_S = 30.0


def _passes_by_itself(error: BaseException) -> bool:
    """Whether the load waits for as long as it takes: a person makes room, or starts what is away."""
    return isinstance(error, StorageFull | EngineUnavailable)


def _is_tried_again(error: BaseException, attempts: int) -> bool:
    if _passes_by_itself(error):
        return True
    retryable = not isinstance(error, SourcierError) or error.retryable
    return retryable and attempts + 1 < _MAX_TRIES


class RetryWhenItCanHelp(procrastinate.BaseRetryStrategy):
    """Tries again after retryable errors, waiting longer each time, up to two minutes.

    A full disk and an engine that is away are waited for without an end; anything else is tried five times.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run the job again, or None to give up."""
        if not _is_tried_again(exception, job.attempts):
            return None
        doublings = min(job.attempts, 16)
        return RetryDecision(retry_in={"seconds": min(_FIRST_WAIT_S * 2**doublings, _LONGEST_WAIT_S)})


def make_job_application(
    database_url: str, loader: Loader, reconciler: Reconciler, sources: ConfiguredSources
) -> procrastinate.App:
    """The job application with its tasks; nothing connects before it is opened."""
    application = procrastinate.App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=4))

    @application.task(name=LOAD_TASK, queue=LOAD_QUEUE, retry=RetryWhenItCanHelp(), pass_context=True)
    def run_load(context: JobContext, load_id: str) -> None:  # pyright: ignore[reportUnusedFunction]
        try:
            loader.run(load_id)
        except SourcierError as error:
            if _is_tried_again(error, context.job.attempts):
                raise
            if error.retryable:
                loader.give_up(load_id, error)
            logger.warning("load %s failed: %s", load_id, error.code)  # the load itself says why
        except Exception as error:  # a mistake of ours: the load must end as failed, not stay open for ever
            if context.job.attempts + 1 >= _MAX_TRIES:
                loader.give_up(load_id, SourcierError(f"Something unforeseen went wrong ({type(error).__name__})."))
            raise

    @application.periodic(cron="* * * * *")
    @application.task(
        name="retry_stalled_jobs", queue=LOAD_QUEUE, queueing_lock="retry_stalled_jobs", pass_context=True
    )
    async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]
        for job in await application.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
            logger.warning("job %s was left by a dead worker and is queued again", job.id)
            await application.job_manager.retry_job(job)

    @application.periodic(cron=NIGHTLY)
    @application.task(name=NIGHTLY_TASK, queue=LOAD_QUEUE, queueing_lock=NIGHTLY_TASK)
    def reconcile(timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]
        reconciler.request(repair=True, requested_by=SCHEDULER)

    @application.task(name=RECONCILIATION_TASK, queue=LOAD_QUEUE, retry=RetryWhenItCanHelp(), pass_context=True)
    def run_reconciliation(  # pyright: ignore[reportUnusedFunction]
        context: JobContext, reconciliation_id: int
    ) -> None:
        try:
            reconciler.run(reconciliation_id)
        except SourcierError as error:
            if error.retryable and context.job.attempts + 1 < _MAX_TRIES:
                raise
            reconciler.give_up(reconciliation_id, error)
        except Exception as error:  # a mistake of ours: it must end as failed, not stay open for ever
            if context.job.attempts + 1 >= _MAX_TRIES:
                unforeseen = SourcierError(f"Something unforeseen went wrong ({type(error).__name__}).")
                reconciler.give_up(reconciliation_id, unforeseen)
            raise

    @application.periodic(cron="* * * * *")
    @application.task(name="load_due_sources", queue=LOAD_QUEUE, queueing_lock="load_due_sources")
    def load_due_sources(timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]
        sources.request_due(local_now())

    return application


async def requeue_abandoned_jobs(application: procrastinate.App) -> int:
    """Queue every job marked as running again. Only for a process that knows that no other worker lives."""
    jobs = list(await application.job_manager.list_jobs_async(status=Status.DOING.value))
    for job in jobs:
        await application.job_manager.retry_job(job)
    return len(jobs)


async def run_worker(
    application: procrastinate.App,
    *,
    concurrency: int,
    only_worker: bool,
    ready: Callable[[], None] | None = None,
) -> None:
    """Run jobs until cancelled.

    Args:
        application: from `make_job_application`.
        concurrency: jobs run side by side.
        only_worker: no other process runs jobs on this database; jobs a dead process left are resumed at once
            instead of after its heartbeat is missed.
        ready: called when the worker has started.
    """
    async with application.open_async():
        if only_worker:
            resumed = await requeue_abandoned_jobs(application)
            if resumed:
                logger.info("resuming %s jobs that were cut off", resumed)
        if ready is not None:
            ready()
        try:
            await application.run_worker_async(
                queues=[LOAD_QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                stalled_worker_timeout=_STALLED_AFTER_S,
                shutdown_graceful_timeout=5.0,
            )
        except asyncio.CancelledError:
            logger.info("the worker stops")
            raise
