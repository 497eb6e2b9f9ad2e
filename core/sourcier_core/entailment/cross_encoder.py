"""Any sentence-transformers cross-encoder for natural language inference, from this machine. Needs `transformers`.

Williams, Nangia & Bowman, "A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference" (NAACL
2018): a premise entails a hypothesis, contradicts it, or does neither.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sourcier_core.cross_encoders import load_cross_encoder, shown_name
from sourcier_core.display import encodable
from sourcier_core.domain.entailment import Entailment
from sourcier_core.errors import ConfigurationError, EntailmentFailed

_KINDS = ("entailed", "neutral", "contradicted")


class CrossEncoderEntailment:
    """`EntailmentModel` on a cross-encoder whose own labels say which output means what. Thread-safe."""

    def __init__(self, model: Any, name: str, kinds: Sequence[str]) -> None:
        """`kinds` names each output of `model`: `entailed`, `neutral` or `contradicted`."""
        self._model = model
        self._name = name
        self._kinds = tuple(kinds)
        self._lock = threading.Lock()  # fast tokenizers fail when two threads use one ("Already borrowed")

    @classmethod
    def open(cls, name: str) -> "CrossEncoderEntailment":
        """Load a model. Nothing is downloaded.

        Args:
            name: a folder, or a model's name when it was downloaded to the hub's cache before.

        Raises:
            ExtraMissing: sentence-transformers is not installed.
            ConfigurationError: the model is not on this machine, cannot be loaded, or its labels do not say which
                output is entailment.
        """
        model = load_cross_encoder(name, purpose="entailment model")
        labels: Mapping[int, str] = model.config.id2label
        kinds = [_kind_of(str(labels[place])) for place in sorted(labels)]
        if len(kinds) != model.num_labels or None in kinds or kinds.count("entailed") != 1:
            told = ", ".join(str(labels[place]) for place in sorted(labels))
            raise ConfigurationError(
                f"The entailment model {name!r} must have outputs named entailment, neutral and contradiction, or "
                f"entailment and not_entailment; its outputs are: {told}."
            )
        return cls(model, shown_name(name), [kind for kind in kinds if kind is not None])

    @property
    def name(self) -> str:
        """The folder's or the model's name."""
        return self._name

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """See EntailmentModel."""
        if not pairs:
            return []
        sent = [(encodable(premise), encodable(hypothesis)) for premise, hypothesis in pairs]
        try:
            with self._lock:
                outputs = self._model.predict(sent, show_progress_bar=False, convert_to_numpy=True)
        except Exception as error:  # torch raises RuntimeError and its own kinds, out of memory among them
            raise EntailmentFailed(f"The entailment model {self._name} failed: {error}") from error
        raw = np.asarray(outputs, np.float64).reshape(len(pairs), -1)
        if raw.shape[1] != len(self._kinds) or not np.isfinite(raw).all():
            raise EntailmentFailed(f"The entailment model {self._name} gave a score that is no number.")
        weights = np.exp(raw - raw.max(axis=1, keepdims=True))
        shares = weights / weights.sum(axis=1, keepdims=True)
        return [self._named(row.tolist()) for row in shares]

    def close(self) -> None:
        """Nothing to release."""

    def _named(self, row: Sequence[float]) -> Entailment:
        sums: dict[str, float] = dict.fromkeys(_KINDS, 0.0)
        for kind, share in zip(self._kinds, row, strict=True):
            sums[kind] += share
        return Entailment(**sums)


def _kind_of(label: str) -> str | None:
    """What an output's label means; None where it does not say. The order of labels differs from model to model."""
    plain = label.casefold().replace("-", "_").replace(" ", "_")
    if plain.startswith(("not_entail", "non_entail", "neutral")):
        return "neutral"
    if plain.startswith("entail"):
        return "entailed"
    return "contradicted" if plain.startswith("contradict") else None
