"""Any sentence-transformers cross-encoder, from a folder or from the hub's local cache. Needs `transformers`.

Nogueira & Cho, "Passage Re-ranking with BERT" (2019).
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcier_core.cross_encoders import load_cross_encoder, shown_name
from sourcier_core.display import encodable
from sourcier_core.errors import ConfigurationError, RerankingFailed
from sourcier_core.reranking.scores import finite_scores

_BATCH = 8
"""Pairs read between two looks at the clock."""


class CrossEncoderReranker:
    """`Reranker` on a sentence-transformers cross-encoder with one output; its order counts alone. Thread-safe."""

    weight = 1.0

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self._name = name
        self._lock = threading.Lock()  # fast tokenizers fail when two threads use one ("Already borrowed")

    @classmethod
    def open(cls, name: str) -> "CrossEncoderReranker":
        """Load a model. Nothing is downloaded.

        Args:
            name: a folder, or a model's name when it was downloaded to the hub's cache before.

        Raises:
            ExtraMissing: sentence-transformers is not installed.
            ConfigurationError: the model is not on this machine, cannot be loaded, or gives no single score.
        """
        model = load_cross_encoder(name, purpose="reranker")
        if model.num_labels != 1:
            raise ConfigurationError(f"The reranker {name!r} gives {model.num_labels} numbers, not one score.")
        return cls(model, shown_name(name))

    @property
    def name(self) -> str:
        """The folder's or the model's name."""
        return self._name

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> NDArray[np.float32]:
        """See Reranker. The clock is looked at after every few texts, so the first few are always read."""
        deadline = time.monotonic() + timeout_s
        scores: list[float] = []
        for start in range(0, len(texts), _BATCH):
            if start and time.monotonic() >= deadline:
                break
            pairs = [(encodable(query), encodable(text)) for text in texts[start : start + _BATCH]]
            try:
                with self._lock:
                    scores.extend(self._model.predict(pairs, show_progress_bar=False, convert_to_numpy=True).tolist())
            except Exception as error:  # torch raises RuntimeError and its own kinds, out of memory among them
                raise RerankingFailed(f"The reranker {self._name} failed: {error}") from error
        return finite_scores(scores, self._name)

    def close(self) -> None:
        """Nothing to release."""
