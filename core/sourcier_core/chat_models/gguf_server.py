"""Keeps llama.cpp's server running in a child process: starts it, watches it, starts it again when it dies."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from sourcier_core.errors import ChatModelUnavailable, ConfigurationError, ExtraMissing

logger = logging.getLogger(__name__)

_START_PATIENCE_S = 300.0
"""A large model on a slow disk takes minutes to load."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class GgufServer:
    """A supervised llama.cpp server on a loopback port, which it keeps when it comes back after a crash.

    One thread starts every child and waits for it: the kernel kills a child when the thread that started it ends,
    so no server outlives this process, however it dies.
    """

    def __init__(self, model: Path, *, threads: int, context_tokens: int) -> None:
        """Start the server and wait until it listens.

        Raises:
            ExtraMissing: the extra `gguf` is not installed.
            ConfigurationError: there is no such file.
            ChatModelUnavailable: the server did not come up.
        """
        if find_spec("xllamacpp") is None:
            raise ExtraMissing("Serving a GGUF file needs the extra `gguf`: pip install 'sourcier[gguf]'.")
        if not model.is_file():
            raise ConfigurationError(f"There is no model file {model}.")
        port = _free_port()
        self._url = f"http://127.0.0.1:{port}/v1"
        self._command = [
            *(sys.executable, "-m", "sourcier_core.chat_models.gguf_process", str(model)),
            *("--threads", str(threads), "--context", str(context_tokens)),
            *("--port", str(port), "--parent", str(os.getpid())),
        ]
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._first_start_over = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._keeper = threading.Thread(target=self._keep_running, name="gguf-server", daemon=True)
        self._keeper.start()
        self._first_start_over.wait()
        if not self._ready.is_set():
            self.close()
            raise ChatModelUnavailable(f"The local model server could not be started with {model.name}.")

    @property
    def url(self) -> str:
        """The base address, ending in /v1."""
        return self._url

    @property
    def process_id(self) -> int | None:
        """The child's process id right now; None while there is none."""
        with self._lock:
            return None if self._child is None else self._child.pid

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the server listens; whether it does."""
        return self._ready.wait(timeout_s)

    def close(self) -> None:
        """Stop the server."""
        self._closing.set()
        with self._lock:
            if self._child is not None:
                self._child.kill()
        self._keeper.join()

    def _keep_running(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            status = self._run_once()
            failed_at_once = not self._first_start_over.is_set()
            self._first_start_over.set()
            if failed_at_once or self._closing.is_set():
                return
            logger.warning("the local model server ended with status %s and is started again in %s s", status, pause)
            if time.monotonic() - started > _LONGEST_PAUSE_S:
                pause = _FIRST_PAUSE_S
            if self._closing.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _run_once(self) -> int:
        """Start a child, say when it listens, and wait for its end; its exit status."""
        with self._lock:
            if self._closing.is_set():
                return 0
            self._child = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            child = self._child
        with child:
            impatience = threading.Timer(_START_PATIENCE_S, child.kill)
            impatience.start()
            for line in child.stdout or ():
                if line.startswith("LISTENING "):
                    self._ready.set()
                    self._first_start_over.set()
                    break
            impatience.cancel()
            status = child.wait()
            self._ready.clear()
        with self._lock:
            self._child = None
        return status
