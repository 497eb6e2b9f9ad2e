"""What a prepared model folder says about itself, and whether its files are still what was written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.errors import EmbeddingModelMissing, ModelFileCorrupt

MANIFEST_NAME = "sourcier-model.json"
MODEL_NAME = "model.onnx"
TOKENIZER_NAME = "tokenizer.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelManifest:
    """The identity of a model, its two sides, and the sha256 of each of its files."""

    name: str
    fingerprint: str
    dimension: int
    query_prefix: str
    passage_prefix: str
    max_tokens: int
    licence: str
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        return EmbeddingModelIdentity(name=self.name, fingerprint=self.fingerprint, dimension=self.dimension)

    def write(self, folder: Path) -> None:
        """Write the manifest into a model folder."""
        (folder / MANIFEST_NAME).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def read_manifest(folder: Path) -> ModelManifest:
    """The manifest of a model folder.

    Raises:
        EmbeddingModelMissing: the folder holds no prepared model.
        ModelFileCorrupt: the manifest cannot be understood.
    """
    try:
        text = (folder / MANIFEST_NAME).read_text("utf-8")
    except OSError as error:
        raise EmbeddingModelMissing(
            f"There is no embedding model in {folder}; run `sourcier setup`.", folder=str(folder)
        ) from error
    try:
        manifest = ModelManifest(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise ModelFileCorrupt(f"{folder / MANIFEST_NAME} cannot be understood; run `sourcier setup`.") from error
    if type(manifest.dimension) is not int or type(manifest.max_tokens) is not int or not manifest.files:
        raise ModelFileCorrupt(f"{folder / MANIFEST_NAME} is incomplete; run `sourcier setup`.")
    return manifest


def check_files(folder: Path, manifest: ModelManifest) -> None:
    """Compare every file with its sha256 (a tenth of a second for the default model).

    Raises:
        ModelFileCorrupt: a file is gone or has changed.
    """
    for name, expected in manifest.files.items():
        try:
            found = file_sha256(folder / name)
        except OSError as error:
            raise ModelFileCorrupt(f"{folder / name} cannot be read; run `sourcier setup`.") from error
        if found != expected:
            raise ModelFileCorrupt(
                f"{folder / name} has sha256 {found[:12]}…, not {expected[:12]}…; run `sourcier setup`."
            )


def file_sha256(path: Path) -> str:
    """Lower-case hexadecimal sha256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
