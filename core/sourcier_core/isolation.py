"""Runs a function on untrusted data in a limited child process.

Each call forks one child from a clean server process (`isolation_server`) that has already imported what the function
needs. The child has limits on address space, processor time, file size and open files, its own session, its own
temporary folder, no network, no capabilities, no way to gain privileges and none of this process's environment.

Results come back pickled. A pickle can run code when it is read, and a child may have been taken over by the file it
read, so results are read by an unpickler that only knows plain values and the frozen domain types and errors.
"""

import contextlib
import functools
import io
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sourcier_core import isolation_server
from sourcier_core.disk_space import require_room
from sourcier_core.errors import (
    DocumentTooLarge,
    EngineUnavailable,
    ParsingCrashed,
    ParsingOutOfMemory,
    ParsingTimedOut,
    SourcierError,
    StorageFull,
)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

_PASSED_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_RESULT_MODULES = ("sourcier_core.domain.", "sourcier_core.errors")
_START_TIMEOUT_S = 180.0
_GRACE_S = 30.0
_GREED = {
    "processes": "The parser started too many processes and was stopped.",
    "folder": "The parser wrote too many temporary files and was stopped.",
}
_COMMAND = "from sourcier_core.isolation_server import main; main()"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildLimits:
    """What one child may use, and it and all it starts together (memory, processor time, processes, folder).

    `memory_mb` counts on top of what the preloaded libraries have mapped.
    """

    wall_time_s: float = 120.0
    cpu_time_s: float = 120.0
    memory_mb: int = 2048
    file_size_mb: int = 512
    open_files: int = 256
    processes: int = 32
    folder_mb: int = 1024
    result_mb: int = 512


class _ResultUnpickler(pickle.Unpickler):
    """Reads plain values and our own frozen types; refuses every other class and every function."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if module_name.startswith(_RESULT_MODULES) and "." not in global_name:
            found = super().find_class(module_name, global_name)
            if isinstance(found, type) and found.__module__ == module_name and _is_value_type(found):
                return found
        raise pickle.UnpicklingError("a child's result may hold plain values and domain types only")


def _is_value_type(found: type) -> bool:
    return is_dataclass(found) or issubclass(found, SourcierError | Enum)


@dataclass(kw_only=True, slots=True)
class _Server:
    process: "subprocess.Popen[bytes]"
    control: socket.socket
    network: str


class _ServerGone(Exception):
    """The fork server ended before it could take the request; another one can."""


class IsolatedRunner:
    """Runs functions in limited children. Thread-safe: each call is one child, and calls run side by side.

    The server behind it starts on the first call and leaves after `idle_s` seconds without a child, so that its memory
    is held only while there is work.
    """

    def __init__(
        self,
        preload: Sequence[str],
        limits: ChildLimits,
        *,
        idle_s: float = 30.0,
        temporary_mb: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`temporary_mb`: room for temporary files without which no child is started."""
        self._temporary_mb = temporary_mb
        self._preload = tuple(preload)
        self._limits = limits
        self._idle_s = idle_s
        self._environment = dict(environment or {})
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._closed = False

    def run(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Call a module-level function with picklable arguments in a child, under the runner's own limits.

        The result may hold plain values (numbers, text, bytes, lists, tuples, dictionaries) and domain types.

        Raises:
            ParsingTimedOut: wall or processor time was used up (`details["reason"]`: `wall_time` or `cpu_time`).
            ParsingOutOfMemory: the memory limit was reached.
            ParsingCrashed: the child was ended by a signal or an unforeseen exception (`details["reason"]`).
            DocumentTooLarge: the result is over the limit.
            EngineUnavailable: no child could be started.
            StorageFull: there is no room for its temporary files.
            SourcierError: whatever the function itself raised.
        """
        return self.run_within(self._limits, function, *arguments)

    def run_within(
        self, limits: ChildLimits, function: Callable[[*Arguments], Result], *arguments: *Arguments
    ) -> Result:
        """The same as `run`, under other limits."""
        if self._temporary_mb:
            require_room(Path(tempfile.gettempdir()), self._temporary_mb << 20, what="temporary files of a parser")
        job = pickle.dumps((function, arguments), protocol=5)
        for _ in range(3):
            with contextlib.suppress(_ServerGone):
                return self._run_once(job, limits)
        raise EngineUnavailable("The isolated process ended again and again before it could start a child.")

    def close(self) -> None:
        """Stop the server and every child that still runs; their callers get ParsingCrashed. Idempotent."""
        with self._lock:
            self._closed = True
            self._stop()

    @property
    def process_id(self) -> int | None:
        """The running server's process number, or None while there is none."""
        with self._lock:
            return self._server.process.pid if self._server and self._server.process.poll() is None else None

    @property
    def network(self) -> str | None:
        """How the network is closed: `namespace+filter` (by the kernel, twice), one of them, or only in `python`.

        None while no server runs.
        """
        with self._lock:
            return self._server.network if self._server else None

    def _run_once(self, job: bytes, limits: ChildLimits) -> Any:
        work, child_work = socket.socketpair()
        status, child_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with work, status:
            with child_work, child_status:
                server = self._request(limits, child_work, child_status)
            status.settimeout(limits.wall_time_s + _GRACE_S)
            begun = _receive(status)
            if not begun:
                self._discard(server)
                raise _ServerGone
            if "refused" in begun:
                raise StorageFull(f"A parser's temporary folder could not be made: {begun['refused']}.")
            work.settimeout(limits.wall_time_s + _GRACE_S)
            outcome = _exchange(work, job, limits)
            report = _receive(status)
        if report is None or report["end"] == "stopped":
            raise ParsingCrashed("The isolated process was stopped.", reason="stopped")
        return _judge(outcome, report, limits)

    def _request(self, limits: ChildLimits, work: socket.socket, status: socket.socket) -> _Server:
        with self._lock:
            if self._closed:
                raise ParsingCrashed("The isolated process was stopped.", reason="stopped")
            server = self._server or self._start()
            message = json.dumps(asdict(limits)).encode()
            try:
                socket.send_fds(server.control, [message], [work.fileno(), status.fileno()])
            except OSError as error:
                self._stop()
                raise _ServerGone from error
            return server

    def _start(self) -> _Server:
        control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in _PASSED_ENVIRONMENT if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **self._environment}
        with other:
            process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                env=environment,
                start_new_session=True,
            )
        control.settimeout(_START_TIMEOUT_S)
        self._server = _Server(process=process, control=control, network="")
        control.send(json.dumps({"preload": self._preload, "idle_s": self._idle_s}).encode())
        answer = _receive(control)
        if not answer or "error" in answer:
            self._stop()
            reason = answer["error"] if answer else "it did not answer"
            raise EngineUnavailable(f"The isolated process for documents could not start: {reason}.")
        self._server.network = answer["network"]
        return self._server

    def _discard(self, ended: _Server) -> None:
        with self._lock:
            if self._server is ended:
                self._stop()

    def _stop(self) -> None:
        """Close the control socket: the server kills its children and leaves. Call with the lock held."""
        server, self._server = self._server, None
        if server is None:
            return
        server.control.close()
        try:
            server.process.wait(5)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


@functools.cache
def network_of_children() -> str:
    """How the kernel closes the network of children on this machine, as `IsolatedRunner.network`; found out once.

    Raises:
        EngineUnavailable: no child can be started.
    """
    runner = IsolatedRunner((), ChildLimits(wall_time_s=20.0))
    try:
        runner.run(int)
        return runner.network or "python"
    finally:
        runner.close()


def _receive(channel: socket.socket) -> dict[str, Any] | None:
    try:
        message = channel.recv(1 << 16)
    except OSError:  # time-out or reset
        return None
    return json.loads(message) if message else None


def _exchange(work: socket.socket, job: bytes, limits: ChildLimits) -> bytes:
    """Send the job, read what the child answers until it closes its end (nothing, if it died)."""
    received = io.BytesIO()
    try:
        work.sendall(job)
        work.shutdown(socket.SHUT_WR)
        while part := work.recv(1 << 20):
            received.write(part)
            if received.tell() > limits.result_mb << 20:
                raise DocumentTooLarge("What the document expands to is over the limit.")
    except OSError:  # the child died meanwhile; its status says how
        return b""
    return received.getvalue()


def _judge(outcome: bytes, report: Mapping[str, Any], limits: ChildLimits) -> Any:
    if report["end"] == "wall_time":
        raise ParsingTimedOut(f"Stopped after {limits.wall_time_s:g} seconds.", reason="wall_time")
    if report["end"] == "cpu_time":
        raise _too_slow(limits)
    if report["end"] == "memory":
        raise ParsingOutOfMemory(reason="memory")
    if report["end"] is not None:
        raise ParsingCrashed(_GREED[report["end"]], reason=report["end"])
    if report["signal"] or not outcome:
        raise _death(report, limits)
    try:
        kind, value = _ResultUnpickler(io.BytesIO(outcome)).load()
    except Exception as error:  # the bytes come from a process that read a hostile file: anything may be wrong
        raise ParsingCrashed(reason="unreadable result") from error
    if kind == isolation_server.OUTCOME_VALUE:
        return value
    if kind == isolation_server.OUTCOME_ERROR and isinstance(value, SourcierError):
        raise value
    if kind == isolation_server.OUTCOME_MEMORY:
        raise ParsingOutOfMemory(reason="memory")
    raise ParsingCrashed(f"The parser failed ({value}); nothing else was affected.", reason=str(value))


def _too_slow(limits: ChildLimits) -> ParsingTimedOut:
    return ParsingTimedOut(f"Stopped after {limits.cpu_time_s:g} seconds of processor time.", reason="cpu_time")


def _death(report: Mapping[str, Any], limits: ChildLimits) -> SourcierError:
    """What killed a child that left no result."""
    number = int(report["signal"])
    if number == signal.SIGXCPU or (number == signal.SIGKILL and report["cpu_s"] >= limits.cpu_time_s):
        return _too_slow(limits)
    # C++ libraries answer a refused allocation with abort, trap or an illegal instruction; the kernel kills.
    if report["resident_mb"] >= 0.8 * limits.memory_mb:
        return ParsingOutOfMemory(reason="memory")
    if number == signal.SIGKILL:
        return ParsingCrashed(
            "The parser was killed from outside (by a person, or because the machine had no memory left).",
            reason="killed",
        )
    name = signal.Signals(number).name if number in signal.Signals.__members__.values() else f"signal {number}"
    return ParsingCrashed(reason=name if number else "no result")
