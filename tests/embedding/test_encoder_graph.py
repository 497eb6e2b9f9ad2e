"""The graph against transformers' BertModel with the same weights."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from embedding.model_samples import SHAPE, weights_file
from sourcier_core.embedding.e5_weights import E5Weights
from sourcier_core.embedding.encoder_graph import build_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> E5Weights:
    path = tmp_path_factory.mktemp("weights") / "weights.bin"
    path.write_bytes(weights_file(seed=3))
    return E5Weights(path)


def reference(weights: E5Weights) -> Any:
    config = transformers.BertConfig(
        vocab_size=SHAPE.vocabulary, hidden_size=SHAPE.hidden, num_hidden_layers=SHAPE.layers,
        num_attention_heads=SHAPE.heads, intermediate_size=SHAPE.feed_forward, type_vocab_size=SHAPE.token_types,
        max_position_embeddings=SHAPE.positions, layer_norm_eps=SHAPE.epsilon, hidden_act="gelu",
    )  # fmt: skip
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    state: dict[str, np.ndarray] = {}
    h, inner = SHAPE.hidden, SHAPE.feed_forward

    def norm(name: str, source: str) -> None:
        state[f"{name}.LayerNorm.weight"] = weights.vector(f"{source}.w", h)
        state[f"{name}.LayerNorm.bias"] = weights.vector(f"{source}.b", h)

    state["embeddings.word_embeddings.weight"] = weights.matrix("emb.word", SHAPE.vocabulary, h)
    state["embeddings.position_embeddings.weight"] = weights.vector("emb.pos", SHAPE.positions, h)
    state["embeddings.token_type_embeddings.weight"] = weights.vector("emb.type", SHAPE.token_types, h)
    norm("embeddings", "emb.ln")
    for layer in range(SHAPE.layers):
        prefix = f"encoder.layer.{layer}"
        for target, part, rows, columns in (
            ("attention.self.query", "q", h, h), ("attention.self.key", "k", h, h),
            ("attention.self.value", "v", h, h), ("attention.output.dense", "ao", h, h),
            ("intermediate.dense", "fi", inner, h), ("output.dense", "fo", h, inner),
        ):  # fmt: skip
            state[f"{prefix}.{target}.weight"] = weights.matrix(f"l{layer}.{part}.w", rows, columns)
            state[f"{prefix}.{target}.bias"] = weights.vector(f"l{layer}.{part}.b", rows)
        norm(f"{prefix}.attention.output", f"l{layer}.aln")
        norm(f"{prefix}.output", f"l{layer}.oln")
    model.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, strict=True)
    return model


def test_token_states_equal_those_of_bert(weights: E5Weights) -> None:
    model = build_encoder(weights)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.random.default_rng(1).integers(0, SHAPE.vocabulary, (3, SHAPE.positions))
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    mask[2, 1:] = 0
    found = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    with torch.no_grad():
        outputs = reference(weights)(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
    expected = outputs.last_hidden_state.numpy()
    real = mask.astype(bool)
    np.testing.assert_allclose(found[real], expected[real], atol=2e-5)


def test_a_masked_token_changes_nothing(weights: E5Weights) -> None:
    session = onnxruntime.InferenceSession(
        build_encoder(weights).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    alone = np.array([[0, 7, 9, 2]])
    padded = np.array([[0, 7, 9, 2, 11, 12]])
    short = session.run(None, {"input_ids": alone, "attention_mask": np.ones_like(alone)})[0]
    long = session.run(None, {"input_ids": padded, "attention_mask": np.array([[1, 1, 1, 1, 0, 0]])})[0]
    np.testing.assert_allclose(long[0, :4], short[0], atol=1e-5)
