import sys
from pathlib import Path

import numpy as np
import pytest

from embedding.transformer_samples import transformers_installed, write_sentence_transformer
from sourcier_core.embedding.sentence_transformers_embedder import SentenceTransformersEmbedder
from sourcier_core.errors import EmbeddingModelMissing, ExtraMissing, ModelFileCorrupt

installed = pytest.mark.skipif(not transformers_installed(), reason="needs the extra transformers")


def test_without_the_extra_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ExtraMissing, match=r"sourcier\[transformers\]"):
        SentenceTransformersEmbedder.open(str(tmp_path))


@installed
@pytest.mark.parametrize("name", ["someone/not-downloaded", "not a name at all", "/no/such/folder"])
def test_a_model_that_is_not_on_this_machine(name: str) -> None:
    with pytest.raises(EmbeddingModelMissing, match="Nothing is downloaded"):
        SentenceTransformersEmbedder.open(name)


@installed
def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFileCorrupt, match="cannot be loaded"):
        SentenceTransformersEmbedder.open(str(tmp_path))


@installed
def test_a_damaged_model(tmp_path: Path) -> None:
    folder = write_sentence_transformer(tmp_path / "tiny")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelFileCorrupt, match="cannot be loaded"):
        SentenceTransformersEmbedder.open(str(folder))


@installed
def test_the_models_own_prompts_are_used(tmp_path: Path) -> None:
    prompted = write_sentence_transformer(tmp_path / "prompted", prompts={"query": "query: ", "passage": "passage: "})
    plain = write_sentence_transformer(tmp_path / "plain")
    with_prompts = SentenceTransformersEmbedder.open(str(prompted))
    without = SentenceTransformersEmbedder.open(str(plain))
    np.testing.assert_allclose(
        with_prompts.embed_query("les congés"), without.embed_query("query: les congés"), atol=1e-6
    )
    np.testing.assert_allclose(
        with_prompts.embed_passages(["les congés"]), without.embed_passages(["passage: les congés"]), atol=1e-6
    )
    assert not np.allclose(with_prompts.embed_query("les congés"), without.embed_query("les congés"), atol=1e-3)
    assert with_prompts.identity.fingerprint != without.identity.fingerprint


@installed
def test_an_e5_model_without_prompts_gets_its_customary_ones(tmp_path: Path) -> None:
    e5 = SentenceTransformersEmbedder.open(str(write_sentence_transformer(tmp_path / "multilingual-e5-small")))
    plain = SentenceTransformersEmbedder.open(str(write_sentence_transformer(tmp_path / "plain")))
    np.testing.assert_allclose(e5.embed_query("la prime"), plain.embed_query("query: la prime"), atol=1e-6)
    np.testing.assert_allclose(e5.embed_passages(["la prime"]), plain.embed_passages(["passage: la prime"]), atol=1e-6)


@installed
def test_the_identity_follows_the_files_and_not_their_place(tmp_path: Path) -> None:
    first = SentenceTransformersEmbedder.open(str(write_sentence_transformer(tmp_path / "a" / "model")))
    moved = SentenceTransformersEmbedder.open(str(write_sentence_transformer(tmp_path / "b" / "model")))
    other = SentenceTransformersEmbedder.open(str(write_sentence_transformer(tmp_path / "c" / "model", seed=1)))
    assert first.identity == moved.identity
    assert first.identity != other.identity
    assert first.identity.name == "model"
    assert first.identity.dimension == 32
