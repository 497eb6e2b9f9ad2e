"""One line that says where and when figures were made: a figure without it cannot be compared with anything."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_PACKAGES = {"onnxruntime": "onnxruntime", "qdrant-edge": "qdrant-edge-py"}


def usable_cores() -> int:
    """The cores this process may run on, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0))


def processor_name(information: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's own name, else the kind of machine (`x86_64`)."""
    try:
        lines = information.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.lower().startswith("model name"))
    return next(filter(None, named), platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def describe_machine() -> str:
    """Date (UTC), processor, cores, memory, versions, and the load average of the last minute, in one line."""
    memory = psutil.virtual_memory().total / (1 << 30)
    versions = ", ".join(f"{name} {_version(package)}" for name, package in _PACKAGES.items())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {processor_name()}, {usable_cores()} cores, {memory:.0f} GiB; "
        f"Python {platform.python_version()}, {versions}; load average {os.getloadavg()[0]:.1f}"
    )
