"""Where the default embedding model is, when it has been prepared (`make test` does so before the tests)."""

import os
from pathlib import Path

from sourcier_core.embedding.default_model import is_prepared


def find_real_model() -> Path | None:
    """`SOURCIER_TEST_EMBEDDER`, or the model in the data directory; None when neither is there."""
    folder = os.environ.get("SOURCIER_TEST_EMBEDDER")
    if folder is None and "SOURCIER_DATA_DIR" in os.environ:
        folder = f"{os.environ['SOURCIER_DATA_DIR']}/models/multilingual-e5-small-int8"
    return Path(folder) if folder is not None and is_prepared(Path(folder)) else None
