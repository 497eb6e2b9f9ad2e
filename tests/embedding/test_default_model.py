"""The default model as prepared on this machine; skipped where it has not been."""

from collections.abc import Iterator

import pytest

from embedding.real_model import find_real_model
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder

FOLDER = find_real_model()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the default embedding model is not prepared")
QUESTION = "Combien de jours de télétravail par semaine ?"
PASSAGES = [
    "Le télétravail est limité à deux jours par semaine.",
    "Le chat dort sur le canapé.",
    "Remote work is allowed two days a week.",
]


@pytest.fixture(scope="module")
def embedder() -> Iterator[OnnxEmbedder]:
    assert FOLDER is not None
    opened = OnnxEmbedder.open(FOLDER, threads=2)
    yield opened
    opened.close()


def test_its_vectors_are_those_of_multilingual_e5_small(embedder: OnnxEmbedder) -> None:
    """Against cosines of the unquantised weights, computed once; int8 is off by up to a hundredth."""
    found = embedder.embed_passages(PASSAGES) @ embedder.embed_query(QUESTION)
    assert list(found) == pytest.approx([0.8966, 0.7720, 0.8239], abs=0.015)


def test_the_other_language_is_nearer_than_another_subject(embedder: OnnxEmbedder) -> None:
    french, unrelated, english = embedder.embed_passages(PASSAGES) @ embedder.embed_query(QUESTION)
    assert french > english > unrelated + 0.02


def test_it_has_384_dimensions_and_sees_512_tokens(embedder: OnnxEmbedder) -> None:
    assert embedder.identity.dimension == 384
    assert embedder.token_states("mot " * 2000).shape == (512, 384)
