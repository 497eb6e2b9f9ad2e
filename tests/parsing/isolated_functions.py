"""Functions that tests run in isolated children."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sourcier_core.domain.documents import PageReading, PassageSpan
from sourcier_core.errors import DocumentCorrupt


def add(left: int, right: int) -> int:
    return left + right


def make_span(start: int) -> tuple[PassageSpan, bytes]:
    return PassageSpan(start=start, end=start + 1, heading_path=("Été",)), b"\x00" * 200_000


def raise_corrupt() -> None:
    raise DocumentCorrupt("broken at the hinge", place=3)


def raise_unforeseen() -> None:
    raise ZeroDivisionError("the salary of the director is 1")


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def spin() -> None:
    while True:
        pass


def eat_memory() -> int:
    kept = [bytearray(16 << 20) for _ in range(10_000)]
    return len(kept)


def eat_memory_in_c() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    size = 8 << 20
    while address := library.malloc(ctypes.c_size_t(size)):
        ctypes.memset(address, 1, size)
    os.abort()


def crash() -> None:
    ctypes.string_at(0)


def fill_disk() -> None:
    Path("big").write_bytes(b"x" * (64 << 20))


def connect(address: tuple[str, int]) -> None:
    socket.create_connection(address, timeout=2)


def connect_below_python(port: int) -> int:
    """Connect with the C library, past anything patched in Python; returns errno (0: connected)."""
    import struct

    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if descriptor < 0:
        return ctypes.get_errno()
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton("127.0.0.1"))
    return 0 if library.connect(descriptor, address, len(address)) == 0 else ctypes.get_errno()


def look_around() -> dict[str, Any]:
    status = Path("/proc/self/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {
        "environment": sorted(os.environ),
        "no_new_privileges": fields["NoNewPrivs"],
        "capabilities": fields["CapEff"],
        "descriptors": sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()),
        "folder": str(Path.cwd()),
        "temporary": tempfile.gettempdir(),
        "leader": os.getsid(0) == os.getpid(),
    }


def leave_a_grandchild(in_a_session_of_its_own: bool = False) -> int:
    return subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, start_new_session=in_a_session_of_its_own).pid


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def share_out_memory(processes: int, megabytes: int) -> None:
    """Each holds less than the limit, all of them more."""
    code = f"import time; kept = b'x' * ({megabytes} << 20); time.sleep(60)"
    for process in [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(processes)]:
        process.wait()


def share_out_work(processes: int) -> None:
    for process in [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(processes)]:
        process.wait()


def start_sleepers(count: int) -> None:
    for process in [subprocess.Popen(["sleep", "60"]) for _ in range(count)]:
        process.wait()


def fill_folder(files: int) -> None:
    for number in range(files):
        Path(f"part-{number}").write_bytes(b"x" * (6 << 20))
    time.sleep(60)


class Smuggled:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch /tmp/sourcier-smuggled",)


def smuggle() -> Smuggled:
    return Smuggled()


def server_process() -> int:
    return os.getppid()


def big_result() -> bytes:
    return b"x" * (4 << 20)


def reading_of_an_older_python() -> PageReading:
    """Python 3.11.0 to 3.11.3 write members of enumerations as a call of `getattr`."""

    def by_name(self: PageReading, _: Any) -> tuple[Any, ...]:
        return getattr, (PageReading, self.name)

    setattr(PageReading, "__reduce_ex__", by_name)  # noqa: B010 - only in this child
    return PageReading.READ
