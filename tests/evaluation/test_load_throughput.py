"""A load is timed between two times of the embedder alone, on the very same texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_evaluation.load_throughput import measure_throughput
from sourcier_evaluation.sets import EvaluationDocument

DOCUMENTS = [
    EvaluationDocument(id=str(number), title=f"Note {number}", text=f"Le dossier {number} est clos.", language="fr")
    for number in range(5)
]


class CountingEmbedder(HashingEmbedder):
    """Keeps how many texts it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[list[str]] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.given.append(sorted(texts))
        return super().embed_passages(texts)


def test_each_load_is_between_two_times_of_the_embedder() -> None:
    embedder = CountingEmbedder()
    found = list(measure_throughput(DOCUMENTS, embedder, rounds=1))
    assert [(one.documents, one.passages) for one in found] == [(5, 5)]
    assert all(one.ratio > 0 for one in found)
    assert found[0].load_processor_s > 0.5, "the parsers' start alone takes more than a second of processor time"
    assert 0 < found[0].embedder_processor_s < 0.5
    assert len(embedder.given) == 4, "two loads, the first of which is not counted, and the embedder alone in between"
    assert all(texts == embedder.given[0] for texts in embedder.given), "the same texts every time"
