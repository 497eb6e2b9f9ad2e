"""The indexes of these tests live in memory where there is room."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index_samples import memory_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=memory_folder(), prefix="sourcier-index-") as folder:
        yield Path(folder)
