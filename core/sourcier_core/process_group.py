"""What a child and everything it has started use together: limits of the kernel hold for each process alone."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_PAGE = resource.getpagesize()
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupUse:
    """Of a process and its descendants: how many, their resident memory, their processor time."""

    processes: int
    resident_mb: float
    cpu_s: float


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and what those have; whoever ends meanwhile is left out."""
    found: list[int] = []
    for thread in _listed(Path(f"/proc/{process}/task")):
        for child in _read(thread / "children").split():
            found += [int(child), *descendants(int(child))]
    return found


def group_use(process: int) -> GroupUse:
    """What a process and its descendants use right now; ended ones no longer count, but for their processor time."""
    members = [process, *descendants(process)]
    resident = cpu = 0.0
    for member in members:
        pages = _read(Path(f"/proc/{member}/statm")).split()
        resident += int(pages[1]) * _PAGE if pages else 0
        # Behind the name in brackets; 11 to 14 are the times of the process and of the children it has waited for.
        times = _read(Path(f"/proc/{member}/stat")).rpartition(")")[2].split()[11:15]
        cpu += sum(map(int, times)) / _TICKS
    return GroupUse(processes=len(members), resident_mb=resident / (1 << 20), cpu_s=cpu)


def folder_mb(folder: Path) -> float:
    """What the files under a folder take on the disk."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118 - of thousands of files
            except OSError:
                continue
    return total / (1 << 20)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it has ended
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:  # it has ended
        return ""
