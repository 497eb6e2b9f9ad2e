"""Pages per second and memory of the isolated parsers, one worker and all cores, beside the bare libraries."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import EngineUnavailable, InvalidRequest
from sourcier_evaluation.bare_reading import BARE
from sourcier_evaluation.machine import usable_cores
from sourcier_evaluation.memory_sampling import MemorySampler
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

_FILES_A_CHILD = 48
_SAMPLED_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """Seconds for all files of a format, and the peak memory in MiB of the processes that read them."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Rounds of one format. A page is what the parser calls one (1 where a file has none); `bare` may be empty."""

    suffix: str
    files: int
    pages: int
    failed: int
    workers: int
    one: tuple[Timed, ...]
    every: tuple[Timed, ...]
    bare: tuple[Timed, ...]

    def rate(self, rounds: Sequence[Timed]) -> float | None:
        """The median of pages per second."""
        return statistics.median(self.pages / one.seconds for one in rounds) if rounds else None

    def share_of_bare(self) -> float | None:
        """The median over rounds of one worker's speed as a share of the bare library's."""
        if not self.bare:
            return None
        return statistics.median(bare.seconds / one.seconds for bare, one in zip(self.bare, self.one, strict=True))

    def gain(self) -> float:
        """The median over rounds of how many times faster all workers are than one."""
        return statistics.median(one.seconds / every.seconds for one, every in zip(self.one, self.every, strict=True))


def _parse(parser: IsolatedDocumentParser, files: Sequence[Path], workers: int) -> tuple[Timed, int, int]:
    """What it took, pages and failures."""
    size = min(_FILES_A_CHILD, -(-len(files) // workers))
    batches = [[(path, path.name) for path in files[start : start + size]] for start in range(0, len(files), size)]
    with MemorySampler(every_s=_SAMPLED_EVERY_S) as sampler, ThreadPoolExecutor(workers) as pool:
        started = time.perf_counter()
        outcomes = [outcome for batch in pool.map(parser.parse_many, batches) for outcome in batch]
        took = time.perf_counter() - started
    good = [outcome for outcome in outcomes if isinstance(outcome, ParsedDocument)]
    pages = sum(max(1, len(outcome.pages)) for outcome in good)
    return Timed(seconds=took, memory_mb=sampler.peak.children), pages, len(outcomes) - len(good)


def _read_bare(files: Sequence[Path], suffix: str) -> Timed:
    """Read them with the bare library in a child that is warm.

    Raises EngineUnavailable when the library fails on one of them.
    """
    command = [sys.executable, "-m", "sourcier_evaluation.bare_reading", suffix]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps([str(path.absolute()) for path in files]) + "\n")
        child.stdin.flush()
        if child.stdout.readline().strip() != "ready":
            raise EngineUnavailable(f"The bare library cannot read {files[0].name}; its reason is above.")
        with MemorySampler(every_s=_SAMPLED_EVERY_S, only=child.pid) as sampler:
            child.stdin.write("go\n")
            child.stdin.flush()
            answer = child.stdout.readline().strip()
        if not answer:
            raise EngineUnavailable(f"The bare library failed on a {suffix} file; its reason is above.")
        child.stdin.close()
    return Timed(seconds=float(answer), memory_mb=sampler.peak.children)


def measure_speed(files: Sequence[Path], suffix: str, rounds: int = 3) -> Speed:
    """Time one format in rounds of one worker, the bare library, and as many workers as cores; everything is warm.

    Raises:
        InvalidRequest: there is no file.
        EngineUnavailable: the bare library cannot read them.
    """
    if not files:
        raise InvalidRequest(f"There is no {suffix} file to read.")
    workers = usable_cores()
    parser = IsolatedDocumentParser(wall_time_s=600, cpu_time_s=600, memory_mb=2048, max_file_mb=200, ocr_data_dir=None)
    one: list[Timed] = []
    every: list[Timed] = []
    bare: list[Timed] = []
    pages = failed = 0
    try:
        for _ in range(rounds):
            _parse(parser, files[:1], 1)
            timed, pages, failed = _parse(parser, files, 1)
            one.append(timed)
            if BARE[suffix][1] is not None:
                bare.append(_read_bare(files, suffix))
            _parse(parser, files[:1], 1)
            every.append(_parse(parser, files, workers)[0])
    finally:
        parser.close()
    return Speed(
        suffix=suffix,
        files=len(files),
        pages=pages,
        failed=failed,
        workers=workers,
        one=tuple(one),
        every=tuple(every),
        bare=tuple(bare),
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def speed_row(found: Speed) -> str:
    """One row of the Markdown table that `SPEED_HEAD` opens."""
    memory = [
        max((timed.memory_mb for timed in rounds), default=None) for rounds in (found.bare, found.one, found.every)
    ]
    rates = [_number(found.rate(rounds), 1) for rounds in (found.bare, found.one, found.every)]
    return (
        f"| {found.suffix[1:]} | {found.files} | {found.pages} | {found.failed} | {BARE[found.suffix][0]} "
        f"| {' | '.join(rates)} | {_number(found.share_of_bare(), 3)} | {found.gain():.2f} "
        f"| {' / '.join(_number(value, 0) for value in memory)} |"
    )


SPEED_HEAD = (
    "| format | files | pages | failed | bare library | bare pages/s | one worker | all cores | one ÷ bare | all ÷ one "
    "| MiB: bare / one / all |\n|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|"
)
