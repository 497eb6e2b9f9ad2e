"""Peak memory of this process, its children and a PostgreSQL server, sampled while something runs."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil


@dataclass(kw_only=True, slots=True)
class PeakMemory:
    """The highest proportional set sizes seen, in MiB: pages shared by processes are counted once."""

    process: float = 0.0
    children: float = 0.0
    postgresql: float = 0.0


def _size(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / (1 << 20)
    except psutil.Error:
        return 0.0


def _is_postgresql(process: psutil.Process) -> bool:
    try:
        return process.name().startswith("postgres")
    except psutil.Error:
        return False


class MemorySampler:
    """Samples within a `with` block; `peak` holds what was seen. `data_dir` names the private PostgreSQL's place."""

    def __init__(self, data_dir: Path | None = None, *, every_s: float = 0.25) -> None:
        self.peak = PeakMemory()
        self._data_dir = data_dir
        self._every_s = every_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-sampler", daemon=True)

    def __enter__(self) -> Self:
        self.sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self._every_s):
            self.sample()

    def sample(self) -> None:
        """Look once."""
        own = psutil.Process()
        children = own.children(recursive=True)
        server = self._server()
        servers = {process.pid for process in server} | {child.pid for child in children if _is_postgresql(child)}
        others = [child for child in children if child.pid not in servers]
        outside = [process for process in server if process.pid not in {child.pid for child in children}]
        everything = outside + [child for child in children if child.pid in servers]
        self.peak.process = max(self.peak.process, _size(own))
        self.peak.children = max(self.peak.children, sum(map(_size, others)))
        self.peak.postgresql = max(self.peak.postgresql, sum(map(_size, everything)))

    def _server(self) -> list[psutil.Process]:
        """The private server under `data_dir` with its own children, found by the file that names its process."""
        if self._data_dir is None:
            return []
        for file in self._data_dir.rglob("postmaster.pid"):
            try:
                head = psutil.Process(int(file.read_text("utf-8").split()[0]))
                return [head, *head.children(recursive=True)] if head.pid != os.getpid() else []
            except (OSError, ValueError, IndexError, psutil.Error):
                continue
        return []
