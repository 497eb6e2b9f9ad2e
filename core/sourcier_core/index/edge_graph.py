"""The thread that builds graphs behind an Edge index's back, and the child that does the work."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from sourcier_core.errors import EngineUnavailable

logger = logging.getLogger(__name__)

_RETRY_S = 60.0
_LONGEST_RETRY_S = 3600.0


class OptimizerChild:
    """Runs the optimiser in a spawned child; at most one at a time. `stop` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, shard: Path) -> None:
        """Optimise a shard that nobody has open. Raises EngineUnavailable when the child fails or is stopped."""
        # -P: never import from the current folder, which may be the one with the documents.
        command = [sys.executable, "-P", "-m", "sourcier_core.index.edge_optimizer", str(shard), str(os.getpid())]
        with self._lock:
            if self._stopped:
                raise EngineUnavailable("The index is closing.")
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        _, complaint = self._process.communicate()
        if self._process.returncode != 0:
            lines = complaint.decode(errors="replace").strip().splitlines() or ["no message"]
            raise EngineUnavailable(f"Building the graph ended with {self._process.returncode}: {lines[-1][:300]}")

    def stop(self) -> None:
        """Kill the child, if any, and start no other."""
        with self._lock:
            self._stopped = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()


class GraphThread:
    """Calls `build` whenever `due` says so and someone rang; after a failure it waits longer each time."""

    def __init__(self, due: Callable[[], bool], build: Callable[[], None], *, retry_s: float = _RETRY_S) -> None:
        self._due = due
        self._build = build
        self._retry_s = retry_s
        self._stopping = threading.Event()
        self._bell = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge-graph", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """Look again whether a graph is due."""
        self._bell.set()

    def stop(self) -> None:
        """Wait for the thread to end; the caller makes a running build fail first."""
        self._stopping.set()
        self._bell.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while True:
            self._bell.wait()
            self._bell.clear()
            if self._stopping.is_set():
                return
            if not self._due():
                continue
            try:
                self._build()
                failures = 0
            except Exception as error:  # noqa: BLE001 - a border: whatever went wrong, searches go on without it
                if self._stopping.is_set():
                    return
                failures += 1
                delay = min(self._retry_s * 2 ** (failures - 1), _LONGEST_RETRY_S)
                logger.warning("Building the index's graph failed; trying again in %.0f s: %s", delay, error)
                self._stopping.wait(delay)
            self._bell.set()
