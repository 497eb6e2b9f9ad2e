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

_START_PATIENCE_S = 120.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class GgufServer:
    """A supervised llama.cpp server on a loopback port, which it keeps when it comes back after a crash."""

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
        self._lock = threading.Lock()
        self._child = self._start()
        self._watcher = threading.Thread(target=self._watch, name="gguf-watch", daemon=True)
        self._watcher.start()

    @property
    def url(self) -> str:
        """The base address, ending in /v1."""
        return self._url

    @property
    def process_id(self) -> int:
        """The child's process id right now."""
        with self._lock:
            return self._child.pid

    def close(self) -> None:
        """Stop the server."""
        self._closing.set()
        with self._lock:
            self._child.kill()
            self._child.wait()
        self._watcher.join()
        if self._child.stdout is not None:
            self._child.stdout.close()

    def _start(self) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        timer = threading.Timer(_START_PATIENCE_S, child.kill)
        timer.start()
        try:
            for line in child.stdout or ():
                if line.startswith("LISTENING "):
                    return child
        finally:
            timer.cancel()
        child.kill()
        code = child.wait()
        if child.stdout is not None:
            child.stdout.close()
        raise ChatModelUnavailable(f"The local model server did not start (exit status {code}).")

    def _watch(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            self._child.wait()
            if self._closing.is_set():
                return
            logger.warning("the local model server ended with status %s and is started again", self._child.returncode)
            if time.monotonic() - started > _LONGEST_PAUSE_S:
                pause = _FIRST_PAUSE_S
            while not self._closing.wait(pause):
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                try:
                    child = self._start()
                except ChatModelUnavailable:
                    logger.warning("the local model server did not come back; next try in %s s", pause)
                    continue
                with self._lock:
                    if self._child.stdout is not None:
                        self._child.stdout.close()
                    self._child = child
                    if self._closing.is_set():
                        child.kill()
                break
            else:
                return
