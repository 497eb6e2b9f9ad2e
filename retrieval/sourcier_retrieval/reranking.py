"""Puts the best hits of a search in order anew, and leaves them as they are where that fails."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sourcier_core.domain.documents import embedding_text
from sourcier_core.domain.search import PassageHit
from sourcier_core.errors import RerankingFailed
from sourcier_core.ports import Reranker
from sourcier_core.settings import Settings
from sourcier_retrieval.fusion import ScoredList, convex_combination

logger = logging.getLogger(__name__)
_PAUSE_S = 30.0
"""So long a reranker that failed is not asked again: nobody waits for it in each search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RerankingOutcome:
    """What became of one reranking; it is stored with the answer."""

    reranker: str
    candidates: int
    """Hits that were to be read."""
    read: int
    """The first so many were put in order; fewer than `candidates` where the time was over, none where it failed."""
    error: str | None = None
    """Code of what went wrong; while a reranker that failed is left alone, the code of that failure."""


class Reranking:
    """A reranker with how many hits it may read and how long it may take. Thread-safe."""

    def __init__(
        self,
        reranker: Reranker,
        *,
        candidates: int,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.candidates = candidates
        self.timeout_s = timeout_s
        self._reranker = reranker
        self._clock = clock
        self._lock = threading.Lock()
        self._failure: str | None = None
        self._paused_until = float("-inf")

    @property
    def name(self) -> str:
        """The reranker's."""
        return self._reranker.name

    @property
    def failure(self) -> str | None:
        """What went wrong the last time; None where nothing did."""
        return self._failure

    def reorder(self, query: str, hits: Sequence[PassageHit]) -> tuple[list[PassageHit], RerankingOutcome]:
        """The hits with the first `candidates` in their new order, and what became of it. Never raises.

        All of `hits` must be open to whoever asks: their texts may leave this process. Their `score` still falls from
        hit to hit; the other scores stay.
        """
        chosen = list(hits[: self.candidates])
        outcome = RerankingOutcome(reranker=self.name, candidates=len(chosen), read=0)
        if len(chosen) < 2:
            return list(hits), outcome
        if self._clock() < self._paused_until:
            return list(hits), replace(outcome, error=RerankingFailed.code)
        texts = [embedding_text(hit.document.title, hit.passage.heading_path, hit.passage.text) for hit in chosen]
        try:
            scores = self._reranker.score(query, texts, timeout_s=self.timeout_s).tolist()
        except RerankingFailed as error:
            self._note_failure(error)
            return list(hits), replace(outcome, error=error.code)
        self._note_success()
        read = chosen[: len(scores)]
        return [*_joined(read, scores, self._reranker.weight), *hits[len(read) :]], replace(outcome, read=len(read))

    def _note_failure(self, error: RerankingFailed) -> None:
        with self._lock:
            self._failure = error.message
            self._paused_until = self._clock() + _PAUSE_S
        logger.warning(
            "the search keeps its first order for %g s: %s", _PAUSE_S, error.message, extra={"code": error.code}
        )

    def _note_success(self) -> None:
        if self._failure is not None:
            with self._lock:
                self._failure = None
            logger.info("the reranker %s works again", self.name)


def make_reranking(reranker: Reranker | None, settings: Settings) -> Reranking | None:
    """What puts the first hits of a search in order, as the settings say; None without a reranker."""
    if reranker is None:
        return None
    return Reranking(reranker, candidates=settings.reranker_candidates, timeout_s=settings.reranker_timeout_s)


def _joined(hits: Sequence[PassageHit], scores: Sequence[float], weight: float) -> list[PassageHit]:
    """The hits by the joint score, which is laid between the first search's best and worst score of them."""
    if len(hits) < 2:
        return list(hits)
    by_id = {hit.passage.id: hit for hit in hits}
    reread = sorted(zip(by_id, scores, strict=True), key=lambda pair: -pair[1])
    joint = convex_combination(
        [
            ScoredList(hits=[(hit.passage.id, hit.score) for hit in hits], weight=1 - weight),
            ScoredList(hits=reread, weight=weight),
        ]
    )
    best, worst = hits[0].score, hits[-1].score
    return [replace(by_id[passage], score=worst + (best - worst) * share) for passage, share in joint]
