"""Processor time of a piece of work: this process, the children it has waited for, and its private PostgreSQL."""

import contextlib
import resource
import time
from pathlib import Path

import psutil

from sourcier_evaluation.memory_sampling import private_server


def _of_server(data_dir: Path) -> float:
    """Seconds; the postmaster's figure holds those of its children that have ended."""
    spent = 0.0
    for number, process in enumerate(private_server(data_dir)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system
            if number == 0:
                spent += times.children_user + times.children_system
    return spent


def processor_seconds(data_dir: Path) -> float:
    """Seconds spent until now; differences count. Children that still run are not in it."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime + _of_server(data_dir)
