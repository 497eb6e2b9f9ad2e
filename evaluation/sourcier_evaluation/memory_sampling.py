"""Peak memory of this process, its children and a PostgreSQL server, sampled while something runs.

The size is the proportional set size: a page that several processes share counts once in all. Of it, anonymous memory
is what a process asked for and only swap could take back; file-mapped memory (an index's files, libraries) is the
kernel's to drop and read again.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

_ROLLUP = {"Pss_Anon": "anonymous", "Pss_File": "mapped", "Pss_Shmem": "shared"}
_GRAPH_BUILDER = "sourcier_core.index.edge_optimizer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """MiB: anonymous, mapped from files, and shared between processes (PostgreSQL's buffers)."""

    anonymous: float = 0.0
    mapped: float = 0.0
    shared: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.anonymous + self.mapped + self.shared

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(**{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(Memory)})


@dataclass(kw_only=True, slots=True)
class PeakMemory:
    """The highest sizes seen, in MiB; the parts of the process peak each at its own time."""

    process: float = 0.0
    process_anonymous: float = 0.0
    process_mapped: float = 0.0
    children: float = 0.0
    """Parsing children with their server, and whatever else this process started."""
    graph: float = 0.0
    """The child that builds the index's graph."""
    graph_anonymous: float = 0.0
    postgresql: float = 0.0
    last: Memory = field(default_factory=Memory)
    """Of the process, when it was looked at last."""


def memory_of(process_id: int) -> Memory:
    """What a process holds now; nothing when it is gone or cannot be looked at."""
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return Memory()
    sizes: dict[str, float] = {}
    for line in lines:
        name, _, rest = line.partition(":")
        if name in _ROLLUP:
            sizes[_ROLLUP[name]] = int(rest.split()[0]) / 1024
    return Memory(**sizes)


def _together(processes: Sequence[psutil.Process]) -> Memory:
    return sum((memory_of(process.pid) for process in processes), Memory())


def _with_its_children(process_id: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(process_id)
        return [head, *head.children(recursive=True)]
    except psutil.Error:
        return []


def _is_postgresql(process: psutil.Process) -> bool:
    try:
        return process.name().startswith("postgres")
    except psutil.Error:
        return False


def _builds_graphs(process: psutil.Process) -> bool:
    try:
        return _GRAPH_BUILDER in process.cmdline()
    except psutil.Error:
        return False


class MemorySampler:
    """Samples within a `with` block; `peak` holds what was seen. `data_dir` names the private PostgreSQL's place.

    With `only`, a child's process id, that child and what it started are the only children that count.
    """

    def __init__(self, data_dir: Path | None = None, *, every_s: float = 0.25, only: int | None = None) -> None:
        self.peak = PeakMemory()
        self._only = only
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
        self.sample()

    def _watch(self) -> None:
        while not self._done.wait(self._every_s):
            self.sample()

    def sample(self) -> None:
        """Look once."""
        own = psutil.Process()
        children = own.children(recursive=True) if self._only is None else _with_its_children(self._only)
        server = private_server(self._data_dir)
        servers = {process.pid for process in server} | {child.pid for child in children if _is_postgresql(child)}
        others = [child for child in children if child.pid not in servers]
        builders = [child for child in others if _builds_graphs(child)]
        outside = [process for process in server if process.pid not in {child.pid for child in children}]
        everything = outside + [child for child in children if child.pid in servers]
        peak, process, graph = self.peak, memory_of(own.pid), _together(builders)
        peak.last = process
        peak.process = max(peak.process, process.total)
        peak.process_anonymous = max(peak.process_anonymous, process.anonymous)
        peak.process_mapped = max(peak.process_mapped, process.mapped)
        peak.children = max(peak.children, _together([child for child in others if child not in builders]).total)
        peak.graph = max(peak.graph, graph.total)
        peak.graph_anonymous = max(peak.graph_anonymous, graph.anonymous)
        peak.postgresql = max(peak.postgresql, _together(everything).total)


def private_server(data_dir: Path | None) -> list[psutil.Process]:
    """The private server under `data_dir` with its own children, found by the file that names its process."""
    if data_dir is None:
        return []
    for file in data_dir.rglob("postmaster.pid"):
        try:
            head = psutil.Process(int(file.read_text("utf-8").split()[0]))
            return [head, *head.children(recursive=True)] if head.pid != os.getpid() else []
        except (OSError, ValueError, IndexError, psutil.Error):
            continue
    return []
