"""Memory of a load grows little with the corpus, and a second load embeds a hundredth."""

import mmap
import os
from pathlib import Path

import pytest

from sourcier_evaluation.growth import GROWTH_HEAD, growth_row, measure_growth
from sourcier_evaluation.memory_sampling import Memory, MemorySampler, memory_of
from sourcier_evaluation.sets import EvaluationDocument

TEXT = " ".join(f"Sentence number {number} says that rule {number * 7} holds for everybody." for number in range(400))
DOCUMENTS = [EvaluationDocument(id="a", title="", text=TEXT, language="en")]
MOST_GROWTH_MB = 80
"""1,200 documents more may hold so much more anonymous memory (42 MiB were measured); keeping all results of parsing
or all vectors as Python objects would take more."""


def test_what_a_process_asks_for_is_told_from_what_it_maps(tmp_path: Path) -> None:
    before = memory_of(os.getpid())
    # Fresh from the kernel: what the tests before have freed could serve any other allocation.
    asked = mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for _ in range(32 << 8):  # in small pieces: a large one would be memory of its own
        asked.write(b"\1" * 4096)
    after = memory_of(os.getpid())
    assert after.anonymous - before.anonymous == pytest.approx(32, abs=8)
    assert abs(after.mapped - before.mapped) < 8
    assert len(asked) == 32 << 20
    assert memory_of(1 << 30) == Memory()
    with MemorySampler() as sampler:
        pass
    assert sampler.peak.process >= sampler.peak.process_anonymous > 0
    assert sampler.peak.last.total > 0


def test_a_second_load_embeds_only_what_changed() -> None:
    found = measure_growth(DOCUMENTS, 20)
    assert found.states == {"published": 20}
    assert found.changed == 1
    assert found.second_states == {"published": 1, "unchanged": 19}
    assert 0 < found.embedded_again < found.passages / 5
    assert growth_row(found).count("|") == GROWTH_HEAD.splitlines()[0].count("|")


@pytest.mark.slow
def test_anonymous_memory_grows_little_with_the_corpus() -> None:
    measure_growth(DOCUMENTS, 20)  # what is loaded and cached once is there before the two are compared
    small, large = measure_growth(DOCUMENTS, 300), measure_growth(DOCUMENTS, 1500)
    assert large.states == {"published": 1500}
    assert large.memory.process_anonymous - small.memory.process_anonymous < MOST_GROWTH_MB
