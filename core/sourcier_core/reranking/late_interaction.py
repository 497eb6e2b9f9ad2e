"""Late interaction over the states of an embedder's tokens, without another model.

Khattab & Zaharia, "ColBERT" (SIGIR 2020): each word of the question looks for the word of the passage nearest to it.
The encoder was not trained for it; docs/decisions/0011-reranking.md says what it gains all the same.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimedOut

import numpy as np
from numpy.typing import NDArray

from sourcier_core.errors import RerankingFailed
from sourcier_core.ports import TokenStateEncoder
from sourcier_core.reranking.scores import finite_scores

WEIGHT = 0.7
"""Share of this score in the joint one (docs/decisions/0011-reranking.md)."""
_REMEMBERED_BYTES = 64 << 20
"""About four hundred passages of 150 words."""


class LateInteractionReranker:
    """`Reranker` by the mean, over a question's tokens, of the largest cosine to a token of the text. Thread-safe.

    The time ends the waiting, not only the next beginning: a text still being read then is finished in the
    background, and remembered. So the answer comes when it must, and the same question finds more read the next time.
    """

    def __init__(
        self, encoder: TokenStateEncoder, *, name: str, threads: int | None = None, remembered: int = _REMEMBERED_BYTES
    ) -> None:
        """`threads`: texts read side by side; None: one per core. `remembered`: bytes of states kept in memory."""
        self._encoder = encoder
        self._name = name
        # Its own threads: behind a load's thousands of texts in the embedder's no question would ever be in time.
        self._threads = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)), thread_name_prefix="rerank")
        self._states = _RecentStates(remembered)

    @property
    def name(self) -> str:
        """What it does, and on which model."""
        return f"late interaction, {self._name}"

    @property
    def weight(self) -> float:
        """Its share of the joint score."""
        return WEIGHT

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> NDArray[np.float32]:
        """See Reranker."""
        deadline = time.monotonic() + timeout_s
        if not texts:
            return np.empty(0, np.float32)
        try:
            scores = self._read_all(query, texts, deadline)
        except Exception as error:  # onnxruntime raises bare exceptions, and ended threads a RuntimeError
            raise RerankingFailed(f"{self.name} failed: {error}") from error
        return finite_scores(scores, self.name)

    def close(self) -> None:
        """End the threads; texts being read are finished first."""
        self._threads.shutdown(cancel_futures=True)

    def _read_all(self, query: str, texts: Sequence[str], deadline: float) -> list[float]:
        """The scores of the first texts, as many as are read before `deadline`."""
        pending = [self._threads.submit(self._read, text) for text in texts]
        scores: list[float] = []
        try:
            wanted = self._encoder.query_token_states(query)
            for reading in pending:
                states = _in_time(reading, deadline)
                if states is None:
                    break
                scores.append(float((wanted @ states.T.astype(np.float32)).max(axis=1).mean()))
        finally:
            for reading in pending:
                reading.cancel()
        return scores

    def _read(self, text: str) -> NDArray[np.float16]:
        key = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        states = self._states.get(key)
        if states is None:
            states = self._encoder.passage_token_states(text).astype(np.float16)
            self._states.put(key, states)
        return states


def _in_time(reading: "Future[NDArray[np.float16]]", deadline: float) -> NDArray[np.float16] | None:
    try:
        return reading.result(timeout=max(0.0, deadline - time.monotonic()))
    except (FutureTimedOut, CancelledError):
        return None


class _RecentStates:
    """The states of texts read lately, by the text's hash, up to a number of bytes. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._states: OrderedDict[bytes, NDArray[np.float16]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> NDArray[np.float16] | None:
        with self._lock:
            if key in self._states:
                self._states.move_to_end(key)
            return self._states.get(key)

    def put(self, key: bytes, states: NDArray[np.float16]) -> None:
        with self._lock:
            if key in self._states:
                return
            self._states[key] = states
            self._held += states.nbytes
            while self._held > self._most:
                _, oldest = self._states.popitem(last=False)
                self._held -= oldest.nbytes
