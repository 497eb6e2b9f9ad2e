"""A reranker without a model: the twin of the real ones, for fast tests."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.embedding.bm25 import analyse


class WordReranker:
    """`Reranker` by the share of the query's words, stemmed as French, that a text holds. Its order counts alone."""

    name = "words"
    weight = 1.0

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> NDArray[np.float32]:
        """See Reranker. It is never late."""
        wanted = frozenset(analyse(query, "fr"))
        shares = [len(wanted & frozenset(analyse(text, "fr"))) / max(1, len(wanted)) for text in texts]
        return np.asarray(shares, np.float32)

    def close(self) -> None:
        """Nothing to release."""
