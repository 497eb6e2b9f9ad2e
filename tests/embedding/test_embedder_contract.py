"""One contract for every embedder."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from embedding.real_model import find_real_model
from embedding.transformer_samples import transformers_installed, write_sentence_transformer
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.ports import Embedder

REAL_MODEL = find_real_model()
KINDS = [
    "hashing",
    "onnx",
    *(["sentence-transformers"] if transformers_installed() else []),
    *(["real"] if REAL_MODEL else []),
]
TEXTS = [
    "Les congés sont limités à deux jours.",
    "Remote work is limited to two days a week.",
    "prime",
    "",
    "   \n\t ",
    "\ud800 a lone surrogate",
    "a\0b",
    "日本語のテキスト",
    "les congés des salariés " * 400,
]


def open_kind(kind: str, tiny_model: Path, folder: Path) -> Embedder:
    if kind == "hashing":
        return HashingEmbedder()
    if kind == "sentence-transformers":
        from sourcier_core.embedding.sentence_transformers_embedder import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder.open(str(write_sentence_transformer(folder / "tiny-st")))
    return OnnxEmbedder.open(REAL_MODEL if kind == "real" and REAL_MODEL else tiny_model, threads=2)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contract")


@pytest.fixture(scope="module")
def embedder(kind: str, tiny_model: Path, folder: Path) -> Iterator[Embedder]:
    opened = open_kind(kind, tiny_model, folder)
    yield opened
    if hasattr(opened, "close"):
        opened.close()


def test_vectors_are_unit_length_rows_in_the_order_given(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.identity.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(embedder.embed_passages(TEXTS[::-1]), vectors[::-1], atol=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    vectors = embedder.embed_passages([])
    assert vectors.dtype == np.float32
    assert vectors.shape == (0, embedder.identity.dimension)


@pytest.mark.parametrize("text", TEXTS)
def test_a_query_is_one_unit_vector(embedder: Embedder, text: str) -> None:
    vector = embedder.embed_query(text)
    assert vector.dtype == np.float32
    assert vector.shape == (embedder.identity.dimension,)
    assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-5


def test_the_same_text_gives_the_same_vector(embedder: Embedder) -> None:
    np.testing.assert_allclose(embedder.embed_passages([TEXTS[0]])[0], embedder.embed_passages(TEXTS[:3])[0], atol=1e-5)
    np.testing.assert_array_equal(embedder.embed_query(TEXTS[0]), embedder.embed_query(TEXTS[0]))


def test_different_texts_give_different_vectors(embedder: Embedder) -> None:
    first, second, third = embedder.embed_passages(TEXTS[:3])
    assert max(first @ second, first @ third, second @ third) < 0.9999


def test_many_threads_may_use_it(embedder: Embedder) -> None:
    passages, query = embedder.embed_passages(TEXTS), embedder.embed_query(TEXTS[0])

    def work(number: int) -> bool:
        if number % 2:
            return bool(np.allclose(embedder.embed_passages(TEXTS), passages, atol=1e-5))
        return bool(np.allclose(embedder.embed_query(TEXTS[0]), query, atol=1e-5))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


def test_opening_again_gives_the_same_model(embedder: Embedder, kind: str, tiny_model: Path, folder: Path) -> None:
    again = open_kind(kind, tiny_model, folder)
    assert again.identity == embedder.identity
    assert again.identity.name
    assert again.identity.fingerprint
    np.testing.assert_allclose(again.embed_query(TEXTS[1]), embedder.embed_query(TEXTS[1]), atol=1e-5)
