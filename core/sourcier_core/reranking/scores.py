"""What every reranker does with its texts and its scores."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.errors import RerankingFailed


def finite_scores(scores: Sequence[float], name: str) -> NDArray[np.float32]:
    """The scores as they are. Raises RerankingFailed for one that is no number: it cannot be put in order."""
    found = np.asarray(scores, np.float64)
    if not np.isfinite(found).all() or np.abs(found).max(initial=0.0) > np.finfo(np.float32).max:
        raise RerankingFailed(f"The reranker {name} gave a score that is no number.")
    return found.astype(np.float32)
