"""A dry run in a thread of its own: how far it is, how it ended, and ending it early."""

import logging
import threading
import time
from collections.abc import Callable

from sourcier_core.errors import SourcierError
from sourcier_ingest.connectors.planning import Plan
from sourcier_ingest.connectors.walk_progress import WalkCancelled, WalkProgress

logger = logging.getLogger(__name__)


class PlanRun:
    """Runs `make_plan` in a daemon thread: a store that does not answer never keeps the application from stopping."""

    def __init__(self, make_plan: Callable[[WalkProgress], Plan]) -> None:
        self.progress = WalkProgress()
        self._make_plan = make_plan
        self._begun = time.monotonic()
        self._outcome: Plan | SourcierError | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="plan", daemon=True).start()

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    def ended(self, wait_s: float = 0.0) -> bool:
        """Whether it came to an end, cancelled ones too, within so many seconds."""
        return self._ended.wait(wait_s)

    def cancel(self) -> None:
        """End it at the next file, folder, or answer of the store. Idempotent; nothing happens after its end."""
        self.progress.cancel()

    def plan(self) -> Plan:
        """The plan, once it has ended. Raises the SourcierError that ended it, or WalkCancelled."""
        if isinstance(self._outcome, SourcierError):
            raise self._outcome
        if self._outcome is None:
            raise WalkCancelled
        return self._outcome

    def _run(self) -> None:
        try:
            self._outcome = self._make_plan(self.progress)
        except WalkCancelled:
            logger.info("a dry run was cancelled after %d files", self.progress.files)
        except SourcierError as error:
            self._outcome = error
        except Exception:  # the border of the job: who waits gets an error, the log its cause
            logger.exception("a dry run failed")
            self._outcome = SourcierError("An unexpected error occurred; the server's log has the details.")
        finally:
            self._ended.set()
