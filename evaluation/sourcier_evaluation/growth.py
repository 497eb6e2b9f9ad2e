"""Load time and memory as a corpus grows: recombined real sentences, a cheap embedder, everything else real.

Each corpus is loaded once whole and once more with one file in a hundred changed.
"""

import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sourcier_core.db import loads
from sourcier_core.db.database import Database, open_database
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.load_throughput import load_folder
from sourcier_evaluation.memory_sampling import MemorySampler, PeakMemory
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_evaluation.word_projection import WordProjection

_SENTENCES_A_DOCUMENT = (10, 30)
_FILES_A_FOLDER = 1000
_CHANGED_ONE_IN = 100
_NO_GRAPH = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """One load and the one after it. `first` and `last` are passages/s over a quarter of the passages each.

    `passages` and `embedded_again` count the texts that were embedded by the first load and by the second.
    """

    documents: int
    passages: int
    load_s: float
    first: float
    last: float
    states: dict[str, int]
    memory: PeakMemory
    changed: int
    second_s: float
    embedded_again: int
    second_states: dict[str, int]

    @property
    def seconds_a_thousand(self) -> float:
        """Seconds for each thousand documents."""
        return self.load_s * 1000 / self.documents


class _TimedProjection(WordProjection):
    """Notes when how many passages had been embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[tuple[float, int]] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = super().embed_passages(texts)
        self.marks.append((time.perf_counter(), (self.marks[-1][1] if self.marks else 0) + len(texts)))
        return found


def recombined(documents: Sequence[EvaluationDocument], count: int, seed: int = 0) -> Iterator[str]:
    """So many new texts of ten to thirty real sentences each, drawn at random; the same for the same seed.

    Raises InvalidRequest without a hundred sentences to draw from.
    """
    sentences = [
        sentence.strip()
        for document in documents
        for sentence in re.split(r"(?<=[.!?])\s+", document.text)
        if 30 <= len(sentence.strip()) <= 400
    ]
    if len(sentences) < 100:
        raise InvalidRequest("The sets hold fewer than a hundred sentences: too few to make documents of.")
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret
    for number in range(count):
        drawn = chance.sample(sentences, chance.randint(*_SENTENCES_A_DOCUMENT))
        parts = [" ".join(drawn[start : start + 4]) for start in range(0, len(drawn), 4)]
        yield f"Document {number}\n\n" + "\n\n".join(parts) + "\n"


def _rates(marks: Sequence[tuple[float, int]]) -> tuple[float, float]:
    total = marks[-1][1]
    early = [mark for mark in marks if mark[1] <= total / 4] or marks[:1]
    late = [mark for mark in marks if mark[1] >= total * 3 / 4]

    def rate(part: Sequence[tuple[float, int]]) -> float:
        if len(part) < 2:
            return float("nan")
        return (part[-1][1] - part[0][1]) / (part[-1][0] - part[0][0])

    return rate(early), rate(late)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number // _FILES_A_FOLDER:04}" / f"{number:06}.txt"


def _write(folder: Path, documents: Sequence[EvaluationDocument], count: int) -> None:
    for number, text in enumerate(recombined(documents, count)):
        path = _path(folder, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _change(folder: Path, documents: Sequence[EvaluationDocument], count: int) -> int:
    """Write one file in a hundred (at least one) anew with other sentences; how many."""
    numbers = range(0, count, _CHANGED_ONE_IN)
    for number, text in zip(numbers, recombined(documents, len(numbers), seed=1), strict=True):
        _path(folder, number).write_text(text, "utf-8")
    return len(numbers)


def _states(database: Database, load_id: str) -> dict[str, int]:
    with database.transaction() as connection:
        outcomes = loads.count_items(connection, load_id).outcomes
    return {outcome.value: number for outcome, number in outcomes.items() if number}


def measure_growth(
    documents: Sequence[EvaluationDocument], count: int, *, optimize_threshold: int = _NO_GRAPH
) -> Growth:
    """Load `count` recombined documents as text files into a fresh installation, then again with 1 % changed.

    The index's graph is built from `optimize_threshold` points on, as the product does.
    """
    with tempfile.TemporaryDirectory(prefix="sourcier-growth-") as place:
        folder, data_dir = Path(place) / "documents", Path(place) / "data"
        _write(folder, documents, count)
        embedder, again = _TimedProjection(), _TimedProjection()
        database = open_database(data_dir)
        try:
            with MemorySampler(data_dir) as sampler:
                load_s, load_id = load_folder(
                    database, embedder, folder, data_dir, optimize_threshold=optimize_threshold
                )
            states = _states(database, load_id)
            changed = _change(folder, documents, count)
            second_s, load_id = load_folder(database, again, folder, data_dir, optimize_threshold=optimize_threshold)
            second_states = _states(database, load_id)
        finally:
            database.close()
        if not embedder.marks:
            raise InvalidRequest("The load embedded nothing.")
        first, last = _rates(embedder.marks)
        return Growth(
            documents=count,
            passages=embedder.marks[-1][1],
            load_s=load_s,
            first=first,
            last=last,
            states=states,
            memory=sampler.peak,
            changed=changed,
            second_s=second_s,
            embedded_again=again.marks[-1][1] if again.marks else 0,
            second_states=second_states,
        )


def _said(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def growth_row(found: Growth) -> str:
    """One row of the Markdown table that `GROWTH_HEAD` opens."""
    memory = found.memory
    return (
        f"| {found.documents} | {found.passages} | {found.load_s:.0f} | {found.seconds_a_thousand:.1f} "
        f"| {found.first:.0f} / {found.last:.0f} | {memory.process_anonymous:.0f} | {memory.process_mapped:.0f} "
        f"| {memory.children:.0f} | {memory.graph:.0f} ({memory.graph_anonymous:.0f}) | {memory.postgresql:.0f} "
        f"| {_said(found.states)} | {found.changed} | {found.second_s:.1f} ({found.second_s / found.load_s:.1%}) "
        f"| {found.embedded_again} ({found.embedded_again / found.passages:.1%}) | {_said(found.second_states)} |"
    )


GROWTH_HEAD = (
    "| documents | passages | load s | s / 1,000 documents | passages/s first / last quarter | process MiB anonymous "
    "| file-mapped | children MiB | graph child MiB (anonymous) | PostgreSQL MiB | outcome | changed "
    "| second load s (share) | embedded again (share) | outcome |\n"
    "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|---|"
)
