"""The real small model behind llama.cpp's server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from small_model import find_small_model
from sourcier_core.chat_models.gguf_server import GgufServer


@pytest.fixture(scope="session")
def small_model() -> Path:
    return find_small_model()


@pytest.fixture(scope="session")
def gguf_server(small_model: Path) -> Iterator[GgufServer]:
    server = GgufServer(small_model, threads=1, context_tokens=2048)
    yield server
    server.close()
