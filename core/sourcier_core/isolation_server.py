"""The clean process that isolated children are forked from (see `isolation`, which starts it).

It is started with a short command line, imports the libraries that children need, and then forks one limited child
per request, so that start-up is paid once and no child inherits the application's threads, locks, files or secrets.
It is single-threaded, enforces wall time, kills a child's whole process group, and leaves when idle or orphaned.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import pickle
import resource
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from sourcier_core.errors import SourcierError
from sourcier_core.network_filter import close_sockets
from sourcier_core.process_group import descendants, folder_mb, group_use

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522
_MESSAGE_BYTES = 1 << 16
_LOOK_EVERY_S = 0.25
"""How often what a child's whole family uses is looked at."""

OUTCOME_VALUE = "value"
OUTCOME_ERROR = "error"
OUTCOME_MEMORY = "memory"
OUTCOME_EXCEPTION = "exception"
"""First item of the pair a child sends back; the second is the value, the SourcierError, None, or a reason."""


class NetworkClosed(PermissionError):
    """An isolated child tried to use the network."""


@dataclass(kw_only=True, slots=True)
class _Child:
    status: socket.socket
    deadline: float
    folder: Path
    limits: dict[str, float]
    end: str | None = None
    """Why this server killed it (`wall_time`, `stopped`, or what its family used too much of), if it did."""


def _system_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _unshare_network() -> bool:
    """Move this process into an empty network namespace; False where the kernel does not permit it."""
    library = _system_library()
    user, group = os.geteuid(), os.getegid()
    if library.unshare(_CLONE_NEWNET) == 0:
        return True
    if library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def _refuse_network(*_: Any, **__: Any) -> NoReturn:
    raise NetworkClosed("isolated children have no network")


def _close_network() -> str:
    """Close the network; returns how: `namespace`, `filter` (of system calls) or both, joined by `+`; else `python`."""
    for name in ("connect", "connect_ex", "sendto", "bind"):
        setattr(socket.socket, name, _refuse_network)
    socket.getaddrinfo = _refuse_network
    ways = [name for name, close in (("namespace", _unshare_network), ("filter", close_sockets)) if close()]
    return "+".join(ways) or "python"


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _system_library().capset(ctypes.byref(header), ctypes.byref(nothing))


def _mapped_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _apply_limits(limits: dict[str, float], mapped: int) -> None:
    cpu = max(1, round(limits["cpu_time_s"]))
    megabyte = 1 << 20
    memory = mapped + int(limits["memory_mb"]) * megabyte
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 2),
        (resource.RLIMIT_FSIZE, int(limits["file_size_mb"]) * megabyte, None),
        (resource.RLIMIT_NOFILE, int(limits["open_files"]), None),
        (resource.RLIMIT_AS, memory, None),
    ):
        ceiling = resource.getrlimit(what)[1]
        wanted = soft if hard is None else hard
        hard = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(what, (min(soft, hard), hard))


def _describe(error: BaseException) -> str:
    """Type and place of an exception; its message may hold a document's words and stays here."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _read_all(work: socket.socket) -> bytes:
    received = io.BytesIO()
    while part := work.recv(1 << 20):
        received.write(part)
    return received.getvalue()


class _ResultPickler(pickle.Pickler):
    """Writes members of enumerations by their value, as Python does since 3.11.4.

    Python 3.11.0 to 3.11.3 (Debian 12 has 3.11.2) writes a call of `getattr`, which no reader of a child's result may
    permit.
    """

    def reducer_override(self, obj: Any) -> Any:
        return (type(obj), (obj.value,)) if isinstance(obj, Enum) else NotImplemented


def _pickled(kind: str, value: Any) -> bytes:
    written = io.BytesIO()
    _ResultPickler(written, protocol=5).dump((kind, value))
    return written.getvalue()


def _outcome(job: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(job)  # noqa: S301 - our own parent sent it
        return _pickled(OUTCOME_VALUE, function(*arguments))
    except MemoryError:
        return _pickled(OUTCOME_MEMORY, None)
    except SourcierError as error:
        error.__traceback__ = error.__cause__ = error.__context__ = None
        return _pickled(OUTCOME_ERROR, error)
    except BaseException as error:  # noqa: BLE001 - the border of the child: whatever it was becomes a reason
        return _pickled(OUTCOME_EXCEPTION, _describe(error))


def _run_child(work: socket.socket, limits: dict[str, float], folder: Path, mapped: int) -> NoReturn:
    """Everything a child does, from its limits to its end. Never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        library = _system_library()
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.closerange(3, work.fileno())
        os.closerange(work.fileno() + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        job = _read_all(work)
        _drop_capabilities()
        _apply_limits(limits, mapped)
        work.sendall(_outcome(job))
        work.close()
    finally:
        os._exit(0)


class ForkServer:
    """Forks limited children on request until its parent closes the control socket or nothing runs for a while."""

    def __init__(self, control: socket.socket, *, idle_s: float) -> None:
        self._control = control
        self._idle_s = idle_s
        self._children: dict[int, _Child] = {}
        self._mapped = _mapped_bytes()
        self._resident_mb = group_use(os.getpid()).resident_mb
        _system_library().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what children leave behind comes here
        self._look_at = 0.0
        self._wakeup, wakeup_writer = socket.socketpair()
        for end in (self._wakeup, wakeup_writer):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, _note_signal)
        signal.set_wakeup_fd(wakeup_writer.fileno(), warn_on_full_buffer=False)
        self._wakeup_writer = wakeup_writer

    def serve(self) -> None:
        """Answer requests; returns when the parent has gone or after `idle_s` seconds without a child."""
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wakeup, selectors.EVENT_READ)
        idle_since = time.monotonic()
        while True:
            if self._children:
                idle_since = time.monotonic()
            ready = {key.fileobj for key, _ in selector.select(self._patience(idle_since))}
            if self._wakeup in ready:
                with contextlib.suppress(BlockingIOError):
                    self._wakeup.recv(4096)
            self._reap()
            self._stop_late()
            self._stop_greedy()
            if self._control in ready:
                if not self._accept():
                    break
                idle_since = time.monotonic()
            elif not self._children and time.monotonic() - idle_since >= self._idle_s:
                break
        for process, child in self._children.items():
            child.end = child.end or "stopped"
            _kill_group(process)
        while self._children:
            self._reap(wait=True)

    def _patience(self, idle_since: float) -> float:
        if not self._children:
            return max(0.0, idle_since + self._idle_s - time.monotonic())
        next_deadline = min(child.deadline for child in self._children.values())
        return min(_LOOK_EVERY_S, max(0.0, next_deadline - time.monotonic()) + 0.01)

    def _accept(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, 2)
        if not message:
            return False
        work, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        limits: dict[str, float] = json.loads(message)
        try:
            folder = Path(tempfile.mkdtemp(prefix="sourcier-"))
        except OSError as error:
            _tell(status, {"refused": error.strerror or "no reason was given"})
            work.close()
            status.close()
            return True
        process = os.fork()
        if process == 0:
            _run_child(work, limits, folder, self._mapped)
        work.close()
        deadline = time.monotonic() + limits["wall_time_s"]
        self._children[process] = _Child(status=status, deadline=deadline, folder=folder, limits=limits)
        _tell(status, {"started": process})
        return True

    def _stop_late(self) -> None:
        now = time.monotonic()
        for process, child in self._children.items():
            if now >= child.deadline:
                child.end = "wall_time"
                child.deadline = float("inf")
                _kill_group(process)

    def _stop_greedy(self) -> None:
        """End children whose whole family uses more than one process may, or whose folder is over its limit."""
        if not self._children or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK_EVERY_S
        for process, child in self._children.items():
            use = group_use(process)
            for used, name, end in (
                (use.resident_mb - self._resident_mb, "memory_mb", "memory"),
                (use.cpu_s, "cpu_time_s", "cpu_time"),
                (use.processes, "processes", "processes"),
                (folder_mb(child.folder), "folder_mb", "folder"),
            ):
                if used > child.limits[name] and child.end is None:
                    child.end = end
                    _kill_group(process)

    def _reap(self, *, wait: bool = False) -> None:
        """Collect ended children. Their groups are killed while the leader's number cannot yet be reused."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG))
            except ChildProcessError:  # there is none
                return
            if ended is None:
                return
            process = ended.si_pid
            if process not in self._children:  # left behind by a child that has ended
                os.waitpid(process, 0)
                continue
            _kill_group(process)
            _, exit_status, usage = os.wait4(process, 0)
            child = self._children.pop(process)
            report = {
                "signal": os.WTERMSIG(exit_status) if os.WIFSIGNALED(exit_status) else 0,
                "end": child.end,
                "cpu_s": usage.ru_utime + usage.ru_stime,
                "resident_mb": usage.ru_maxrss / 1024,
            }
            _tell(child.status, report)
            child.status.close()
            self._kill_orphans()
            shutil.rmtree(child.folder, ignore_errors=True)

    def _kill_orphans(self) -> None:
        """What a child started and left behind, in a group of its own perhaps, ends with it."""
        for thread in Path("/proc/self/task").iterdir():
            for process in map(int, (thread / "children").read_text().split()):
                if process not in self._children:
                    _kill_group(process)


def _note_signal(number: int, frame: FrameType | None) -> None:
    """A handler must exist for the wake-up descriptor to be written."""


def _kill_group(process: int) -> None:
    for other in descendants(process):  # some may have left the group
        with contextlib.suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)  # a child too young to lead its own group


def _tell(status: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the caller may have gone
        status.send(json.dumps(message).encode())


def main() -> None:
    """Entry point: `argv[1]` is the control socket's descriptor; the first message names the modules to preload."""
    control = socket.socket(fileno=int(sys.argv[1]))
    plan: dict[str, Any] = json.loads(control.recv(_MESSAGE_BYTES))
    gc.disable()  # what is imported here stays, and looking through it again and again is a fifth of the start
    try:
        network = _close_network()
        for name in plan["preload"]:
            importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - the parent tells the person why nothing can be parsed
        control.send(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        return
    gc.collect()
    gc.freeze()
    gc.enable()
    server = ForkServer(control, idle_s=plan["idle_s"])
    control.send(json.dumps({"ready": True, "network": network}).encode())
    server.serve()
