"""One contract for every reranker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from embedding.real_model import find_real_model
from embedding.transformer_samples import transformers_installed
from reranking.cross_encoder_samples import write_cross_encoder
from reranking.reranking_servers import like_jina, like_tei, server_that
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.ports import Reranker
from sourcier_core.reranking.cross_encoder import CrossEncoderReranker
from sourcier_core.reranking.late_interaction import LateInteractionReranker
from sourcier_core.reranking.server import ServerReranker
from sourcier_core.reranking.words import WordReranker

REAL_MODEL = find_real_model()
UNDERSTANDS = {"words", "tei", "jina", "late-hashing", "late-real"}
"""The others are random: whether they find the better text is chance."""
KINDS = [
    "words",
    "tei",
    "jina",
    "late-hashing",
    "late-onnx",
    *(["late-real"] if REAL_MODEL else []),
    *(["cross-encoder"] if transformers_installed() else []),
]
QUESTION = "jours de télétravail par semaine"
TEXTS = [
    "Les congés sont fixés avec le responsable.",
    "Le télétravail est limité à deux jours par semaine.",
    "prime",
    "",
    "   \n\t ",
    "\ud800 a lone surrogate",
    "a\0b",
    "日本語のテキスト",
    "les congés des salariés " * 400,
    *[f"contrat {number}" for number in range(12)],
]


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def reranker(kind: str, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reranker]:
    with ExitStack() as stack:
        opened = _open(kind, tiny_model, tmp_path_factory.mktemp("reranker"), stack)
        yield opened
        opened.close()


def _open(kind: str, tiny_model: Path, folder: Path, stack: ExitStack) -> Reranker:
    if kind in {"tei", "jina"}:
        server = stack.enter_context(server_that(like_tei if kind == "tei" else like_jina))
        return ServerReranker(server.url, model="any", api_key=None)
    if kind == "cross-encoder":
        return CrossEncoderReranker.open(str(write_cross_encoder(folder / "tiny")))
    if kind == "late-hashing":
        return LateInteractionReranker(HashingEmbedder(), name="hashing", threads=2)
    if kind.startswith("late"):
        embedder = OnnxEmbedder.open(REAL_MODEL if kind == "late-real" and REAL_MODEL else tiny_model, threads=1)
        stack.callback(embedder.close)
        return LateInteractionReranker(embedder, name="tiny", threads=2)
    return WordReranker()


def test_every_text_gets_one_finite_score(reranker: Reranker) -> None:
    scores = reranker.score(QUESTION, TEXTS, timeout_s=60)
    assert scores.dtype == np.float32
    assert scores.shape == (len(TEXTS),)
    assert np.isfinite(scores).all()


def test_no_text_gives_no_score(reranker: Reranker) -> None:
    scores = reranker.score(QUESTION, [], timeout_s=60)
    assert (scores.dtype, scores.shape) == (np.float32, (0,))


def test_a_text_keeps_its_score_wherever_it_stands(reranker: Reranker) -> None:
    scores = reranker.score(QUESTION, TEXTS, timeout_s=60)
    np.testing.assert_allclose(reranker.score(QUESTION, TEXTS[::-1], timeout_s=60)[::-1], scores, atol=2e-3)
    np.testing.assert_allclose(reranker.score(QUESTION, TEXTS[1:2], timeout_s=60), scores[1:2], atol=2e-3)


def test_texts_are_told_apart(reranker: Reranker, kind: str) -> None:
    first, second = reranker.score(QUESTION, TEXTS[:2], timeout_s=60)
    assert second > first if kind in UNDERSTANDS else second != first


@pytest.mark.parametrize("question", ["", "   ", "\ud800", "a\0b", "?", "日本語", "prime " * 500])
def test_any_question_can_be_asked(reranker: Reranker, question: str) -> None:
    assert reranker.score(question, TEXTS[:3], timeout_s=60).shape == (3,)


def test_many_threads_may_use_it(reranker: Reranker) -> None:
    wanted = reranker.score(QUESTION, TEXTS[:4], timeout_s=60)

    def work(_: int) -> bool:
        return bool(np.allclose(reranker.score(QUESTION, TEXTS[:4], timeout_s=60), wanted, atol=2e-3))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


def test_it_says_what_it_is(reranker: Reranker) -> None:
    assert reranker.name
    assert 0 < reranker.weight <= 1
