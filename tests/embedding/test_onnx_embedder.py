import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sourcier_core.embedding.manifest import MANIFEST_NAME, MODEL_NAME, file_sha256, read_manifest
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.errors import EmbeddingModelMissing, ModelFileCorrupt


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_model, tmp_path / "model")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelMissing, match="sourcier setup"):
        OnnxEmbedder.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "tiny"}', '{"unknown": 1}'])
def test_a_manifest_that_makes_no_sense(copy: Path, text: str) -> None:
    (copy / MANIFEST_NAME).write_text(text)
    with pytest.raises(ModelFileCorrupt, match="sourcier setup"):
        OnnxEmbedder.open(copy)


def test_a_manifest_without_hashes_vouches_for_nothing(copy: Path) -> None:
    fields = json.loads((copy / MANIFEST_NAME).read_text())
    (copy / MANIFEST_NAME).write_text(json.dumps(fields | {"files": {}}))
    with pytest.raises(ModelFileCorrupt):
        OnnxEmbedder.open(copy)


def test_a_file_that_is_gone(copy: Path) -> None:
    (copy / MODEL_NAME).unlink()
    with pytest.raises(ModelFileCorrupt, match="cannot be read"):
        OnnxEmbedder.open(copy)


def test_a_file_onnxruntime_cannot_load(copy: Path) -> None:
    (copy / MODEL_NAME).write_bytes(b"not a model")
    manifest = read_manifest(copy)
    replace(manifest, files={MODEL_NAME: file_sha256(copy / MODEL_NAME)}).write(copy)
    with pytest.raises(ModelFileCorrupt, match="cannot be loaded"):
        OnnxEmbedder.open(copy)


def test_queries_and_passages_have_their_own_prefix(tiny_model: Path) -> None:
    embedder = OnnxEmbedder.open(tiny_model, threads=1)

    def mean_of(text: str) -> np.ndarray:
        mean = embedder.token_states(text).mean(axis=0)
        return mean / np.linalg.norm(mean)

    np.testing.assert_allclose(embedder.embed_query("les congés"), mean_of("query: les congés"), atol=1e-6)
    np.testing.assert_allclose(embedder.embed_passages(["les congés"])[0], mean_of("passage: les congés"), atol=1e-6)
    assert not np.allclose(mean_of("query: les congés"), mean_of("passage: les congés"), atol=1e-3)
    embedder.close()


def test_a_vector_does_not_depend_on_its_neighbours(tiny_model: Path) -> None:
    embedder = OnnxEmbedder.open(tiny_model, threads=2)
    texts = ["les congés", "remote work is limited to two days a week", "prime"]
    together = embedder.embed_passages(texts)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)
    embedder.close()


def test_a_long_text_is_cut_at_the_models_limit(tiny_model: Path) -> None:
    embedder = OnnxEmbedder.open(tiny_model, threads=1)
    limit = read_manifest(tiny_model).max_tokens
    assert embedder.token_states("congés " * 1000).shape[0] == limit
    embedder.close()


def test_int8_stays_close_to_full_precision(tiny_model: Path, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    from embedding.model_samples import tokenizer, weights_file
    from sourcier_core.embedding.e5_weights import E5Weights
    from sourcier_core.embedding.encoder_graph import build_encoder

    (tmp_path / "weights.bin").write_bytes(weights_file())
    plain = build_encoder(E5Weights(tmp_path / "weights.bin"))
    onnx.checker.check_model(onnx.load(tiny_model / MODEL_NAME), full_check=True)
    session = onnxruntime.InferenceSession(plain.SerializeToString(), providers=["CPUExecutionProvider"])
    embedder = OnnxEmbedder.open(tiny_model, threads=1)
    for text in ("les congés sont limités à deux jours", "remote work for the staff"):
        ids = np.array([tokenizer().encode(f"passage: {text}").ids])
        mean = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0].mean(axis=0)
        assert embedder.embed_passages([text])[0] @ (mean / np.linalg.norm(mean)) > 0.99
    embedder.close()
