"""Builds the BERT encoder of multilingual-e5-small as an ONNX graph, without torch.

Devlin et al., "BERT" (2019); the token states come out, pooling is the embedder's part. The word embeddings stay in the
4 bits they come in and are unpacked row by row: exact, and a quarter of the memory of 16 bits.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from sourcier_core.embedding.e5_weights import OFFSET, E5Weights

_OPSET = 18
_RUNTIME_DOMAIN = "com.microsoft"
"""onnxruntime's own operators: attention as one of them takes two thirds of the time it takes in pieces."""


class _Graph:
    """Collects nodes and weights; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self._count = 0

    def constant(self, value: NDArray[np.generic], name: str | None = None) -> str:
        self._count += 1
        name = name or f"constant_{self._count}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        self._count += 1
        output = f"{operator.lower()}_{self._count}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def split(self, source: str, sizes: Sequence[int]) -> list[str]:
        """Parts of the last axis."""
        self._count += 1
        outputs = [f"split_{self._count}_{number}" for number in range(len(sizes))]
        self.nodes.append(helper.make_node("Split", [source, self.constant(np.array(sizes))], outputs, axis=-1))
        return outputs

    def linear(self, source: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """source @ weightᵀ + bias, for a weight stored as (out, in)."""
        return self.node("Add", self.node("MatMul", source, self.constant(weight.T)), self.constant(bias))

    def normalise(self, source: str, scale: NDArray[np.float32], shift: NDArray[np.float32], epsilon: float) -> str:
        return self.node(
            "LayerNormalization", source, self.constant(scale), self.constant(shift), axis=-1, epsilon=epsilon
        )

    def gelu(self, source: str) -> str:
        """x · ½ · (1 + erf(x / √2))."""
        scaled = self.node("Div", source, self.scalar(2**0.5))
        raised = self.node("Add", self.node("Erf", scaled), self.scalar(1))
        return self.node("Mul", self.node("Mul", source, raised), self.scalar(0.5))


def _word_embeddings(graph: _Graph, weights: E5Weights) -> str:
    """(nibble − 8) · scale of the rows of `input_ids`, of shape (batch, tokens, hidden)."""
    shape = weights.shape
    packed = weights.packed("emb.word", shape.vocabulary, shape.hidden)
    rows = graph.node("Gather", graph.constant(packed.nibbles, "word_embeddings"), "input_ids")
    low = graph.node("BitwiseAnd", rows, graph.constant(np.array(15, np.uint8)))
    high = graph.node("BitShift", rows, graph.constant(np.array(4, np.uint8)), direction="RIGHT")
    values = graph.node("Cast", graph.node("Concat", low, high, axis=-1), to=TensorProto.FLOAT)
    values = graph.node("Sub", values, graph.scalar(OFFSET))
    scales = graph.node("Gather", graph.constant(packed.scales, "word_embedding_scales"), "input_ids")
    scales = graph.node("Unsqueeze", graph.node("Cast", scales, to=TensorProto.FLOAT), graph.constant(np.array([3])))
    return graph.node("Reshape", graph.node("Mul", values, scales), graph.constant(np.array([0, 0, shape.hidden])))


def _embeddings(graph: _Graph, weights: E5Weights) -> str:
    shape = weights.shape
    positions = graph.constant(weights.vector("emb.pos", shape.positions, shape.hidden), "position_embeddings")
    length = graph.node("Slice", graph.node("Shape", "input_ids"), *(graph.constant(np.array([v])) for v in (1, 2)))
    start = graph.constant(np.array([0]))
    positions = graph.node("Slice", positions, start, length, start)
    total = graph.node("Add", _word_embeddings(graph, weights), positions)
    total = graph.node("Add", total, graph.constant(weights.first_token_type()))
    scale, shift = (weights.vector(f"emb.ln.{part}", shape.hidden) for part in "wb")
    return graph.normalise(total, scale, shift, shape.epsilon)


def _layer(graph: _Graph, source: str, mask: str, weights: E5Weights, number: int) -> str:
    shape, prefix = weights.shape, f"l{number}."
    hidden = shape.hidden

    def project(part: str, source: str, outputs: int, inputs: int) -> str:
        return graph.linear(
            source, weights.matrix(f"{prefix}{part}.w", outputs, inputs), weights.vector(f"{prefix}{part}.b", outputs)
        )

    def normalise(part: str, source: str) -> str:
        scale, shift = (weights.vector(f"{prefix}{part}.{kind}", hidden) for kind in "wb")
        return graph.normalise(source, scale, shift, shape.epsilon)

    # One product for query, key and value: their input is quantised once.
    joined = graph.linear(
        source,
        np.concatenate([weights.matrix(f"{prefix}{part}.w", hidden, hidden) for part in "qkv"]),
        np.concatenate([weights.vector(f"{prefix}{part}.b", hidden) for part in "qkv"]),
    )
    parts = graph.split(joined, [hidden] * 3)
    mixed = graph.node("MultiHeadAttention", *parts, "", mask, num_heads=shape.heads, domain=_RUNTIME_DOMAIN)
    attended = normalise("aln", graph.node("Add", project("ao", mixed, hidden, hidden), source))
    inner = graph.gelu(project("fi", attended, shape.feed_forward, hidden))
    return normalise("oln", graph.node("Add", project("fo", inner, hidden, shape.feed_forward), attended))


def build_encoder(weights: E5Weights) -> ModelProto:
    """The encoder: `input_ids` and `attention_mask`, int64 of shape (batch, tokens), to `last_hidden_state`."""
    graph = _Graph()
    state = _embeddings(graph, weights)
    mask = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
    for number in range(weights.shape.layers):
        state = _layer(graph, state, mask, weights, number)
    graph.nodes.append(helper.make_node("Identity", [state], ["last_hidden_state"]))
    tokens = ["batch", "tokens"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "multilingual-e5-small",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*tokens, weights.shape.hidden])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_RUNTIME_DOMAIN, 1)],
        producer_name="sourcier",
    )
    model.ir_version = 8
    return model
