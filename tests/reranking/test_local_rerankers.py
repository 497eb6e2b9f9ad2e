"""Time and memory of the rerankers that read texts in this process, and what opens which."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedding.transformer_samples import transformers_installed
from reranking.cross_encoder_samples import write_cross_encoder
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.errors import ConfigurationError, RerankingFailed
from sourcier_core.reranking import cross_encoder as cross_encoder_module
from sourcier_core.reranking.cross_encoder import CrossEncoderReranker
from sourcier_core.reranking.late_interaction import LateInteractionReranker
from sourcier_core.reranking.opening import open_reranker
from sourcier_core.reranking.server import ServerReranker
from sourcier_core.settings import Settings

needs_transformers = pytest.mark.skipif(not transformers_installed(), reason="pip install '.[transformers]'")


class SlowEncoder(HashingEmbedder):
    """Takes its time for each text, and counts them."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.read: list[str] = []
        self.fast = threading.Event()

    def passage_token_states(self, text: str) -> Any:
        self.fast.wait(self.seconds)
        self.read.append(text)
        return super().passage_token_states(text)

    def query_token_states(self, text: str) -> Any:
        return HashingEmbedder.passage_token_states(self, text)


def test_late_interaction_is_the_mean_of_the_best_cosines() -> None:
    encoder = HashingEmbedder()
    reranker = LateInteractionReranker(encoder, name="hashing", threads=1)
    question, text = encoder.query_token_states("prime vacances"), encoder.passage_token_states("la prime de mars")
    wanted = (question @ text.T).max(axis=1).mean()
    np.testing.assert_allclose(reranker.score("prime vacances", ["la prime de mars"], timeout_s=9), wanted, atol=1e-3)
    reranker.close()


def test_late_interaction_answers_in_time_and_finishes_what_it_began() -> None:
    encoder = SlowEncoder(0.25)
    reranker = LateInteractionReranker(encoder, name="slow", threads=2)
    texts = [f"prime {number}" for number in range(20)]
    started = time.monotonic()
    scores = reranker.score("prime", texts, timeout_s=0.4)
    assert time.monotonic() - started < 1.0
    assert 0 < len(scores) < len(texts)
    time.sleep(0.6)
    begun = len(encoder.read)
    assert begun <= 6, "what had not begun is given up"
    encoder.fast.set()
    again = reranker.score("prime", texts[: len(scores)], timeout_s=9)
    assert len(encoder.read) == begun, "what was read is remembered"
    np.testing.assert_array_equal(again, scores)
    reranker.close()


def test_no_time_reads_nothing() -> None:
    reranker = LateInteractionReranker(SlowEncoder(0.2), name="slow", threads=1)
    assert len(reranker.score("prime", ["prime"], timeout_s=0)) == 0
    reranker.close()


def test_the_memory_of_late_interaction_is_bounded() -> None:
    encoder = SlowEncoder(0)
    one = HashingEmbedder().passage_token_states("prime").astype(np.float16).nbytes
    reranker = LateInteractionReranker(encoder, name="slow", threads=1, remembered=3 * one)
    texts = ["mars", "avril", "mai", "juin"]
    wanted = reranker.score("avril", texts, timeout_s=9)
    np.testing.assert_array_equal(reranker.score("avril", texts[1:], timeout_s=9), wanted[1:])
    assert encoder.read == texts
    reranker.score("avril", texts[:1], timeout_s=9)
    assert encoder.read == [*texts, "mars"], "the longest unused is forgotten first"
    reranker.close()


def test_token_states_are_those_the_vector_is_made_of(tiny_model: Path) -> None:
    embedder = OnnxEmbedder.open(tiny_model, threads=1)
    states = embedder.token_states("passage: congés")
    pooled = states.mean(axis=0)
    np.testing.assert_allclose(embedder.embed_passages(["congés"])[0], pooled / np.linalg.norm(pooled), atol=1e-6)
    units = states / np.linalg.norm(states, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder.passage_token_states("congés"), units, atol=1e-6)
    whole = embedder.token_states("query: congés prime")
    own = embedder.query_token_states("congés prime")
    np.testing.assert_allclose(own, (whole / np.linalg.norm(whole, axis=1, keepdims=True))[-3:-1], atol=1e-6)
    embedder.close()


class _Reading:
    """Stands for a model that reads: what `predict` does is given."""

    def __init__(self, predict: Any) -> None:
        self.predict = predict


def test_a_cross_encoder_stops_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_encoder_module, "_BATCH", 2)

    def predict(pairs: list[Any], **_: Any) -> Any:
        time.sleep(0.1)
        return np.ones(len(pairs), np.float32)

    reranker = CrossEncoderReranker(_Reading(predict), "slow")
    assert len(reranker.score("prime", ["prime"] * 20, timeout_s=0.15)) == 4
    assert len(reranker.score("prime", ["prime"] * 20, timeout_s=0)) == 2


def _no_number(pairs: list[Any], **_: Any) -> Any:
    return np.full(len(pairs), np.nan, np.float32)


def _out_of_memory(pairs: list[Any], **_: Any) -> Any:
    raise RuntimeError("out of memory")


@pytest.mark.parametrize("predict", [_no_number, _out_of_memory])
def test_a_cross_encoder_that_fails_says_so(predict: Any) -> None:
    with pytest.raises(RerankingFailed):
        CrossEncoderReranker(_Reading(predict), "bad").score("prime", ["prime"], timeout_s=1)


@needs_transformers
def test_a_folder_that_is_no_single_score_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="3 numbers"):
        CrossEncoderReranker.open(str(write_cross_encoder(tmp_path / "three", labels=3)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        CrossEncoderReranker.open(str(tmp_path / "empty"))
    with pytest.raises(ConfigurationError, match="nothing is downloaded"):
        CrossEncoderReranker.open("nobody/no-such-model")


@needs_transformers
def test_the_settings_choose_the_reranker(tmp_path: Path, tiny_model: Path) -> None:
    encoder = HashingEmbedder()
    folder = str(write_cross_encoder(tmp_path / "one"))

    def opened(**settings: Any) -> Any:
        found = open_reranker(Settings(data_dir=tmp_path, **settings), encoder)
        if found is not None:
            found.close()
        return found

    served = opened(reranker_url="http://127.0.0.1:1/rerank", reranker_model="bge")
    assert isinstance(served, ServerReranker)
    assert served.name == "bge at http://127.0.0.1:1/rerank"
    assert isinstance(opened(reranker_model=folder), CrossEncoderReranker)
    assert isinstance(opened(late_interaction=True), LateInteractionReranker)
    assert opened(late_interaction=False) is None
    with pytest.raises(ConfigurationError, match="http"):
        opened(reranker_url="127.0.0.1:1/rerank")


def test_an_embedder_without_token_states_has_no_late_interaction(tmp_path: Path) -> None:
    class Pooled:
        identity = HashingEmbedder().identity
        embed_passages = HashingEmbedder.embed_passages
        embed_query = HashingEmbedder.embed_query

    assert open_reranker(Settings(data_dir=tmp_path, late_interaction=True), Pooled()) is None  # type: ignore[arg-type]
