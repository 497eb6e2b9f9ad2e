"""How long the index engine takes for a search, and how much of the exact answer its graph finds."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import EmbeddingModelIdentity, SearchFilter
from sourcier_core.errors import EngineUnavailable, InvalidRequest
from sourcier_core.index.edge import EdgePassageIndex, open_edge_index
from sourcier_core.ports import Embedder
from sourcier_evaluation.made_up_points import CORPORA, GROUPS, MadeUpPoints, Query

DENSE_FETCHED = 100
SPARSE_FETCHED = 100
OTHER_LANGUAGE_FETCHED = 20
"""How many points the product asks each list for (sourcier_retrieval.search)."""
RANKED = 100
"""How many of the nearest take part in the joint ranking."""
Item = TypeVar("Item")
_BATCH = 5_000
_WARM_UP = 20
_GRAPH_PATIENCE_S = 3_600.0
_QUESTIONS = (
    "Combien de jours de télétravail par semaine un salarié à temps plein peut-il prendre ?",
    "What is the reimbursement limit for a hotel night in Paris?",
    "Quel est le délai de préavis d'un cadre qui démissionne pendant sa période d'essai ?",
    "Who has to be told when a laptop with customer data is lost, and within how many hours?",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Milliseconds of one kind of search."""

    name: str
    p50: float
    p95: float
    longest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchLatency:
    """What was measured with `graph_points` of `points` in the graph; recalls are shares of the exact nearest."""

    points: int
    graph_points: int
    timings: tuple[Timing, ...]
    recall_at_10: float
    recall_at_100: float
    filtered_recall_at_10: float
    filtered_recall_at_100: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyReport:
    """All of a run; `fresh` has further points beside the graph, as a running installation does."""

    dimension: int
    queries: int
    open_share: float
    fill_s: float
    graph_s: float
    settled: SearchLatency
    fresh: SearchLatency | None
    embedder: Timing | None


def measure_search_latency(
    passages: int,
    *,
    dimension: int,
    fresh: int,
    queries: int,
    embedder: Embedder | None = None,
    vectors: NDArray[np.float32] | None = None,
) -> LatencyReport:
    """Fill an Edge index, wait for its graph, search it; then again with `fresh` more points beside the graph.

    Raises:
        InvalidRequest: there are not fewer fresh points than passages, or too few `vectors` for both.
        EngineUnavailable: no graph was built within an hour.
    """
    if fresh >= passages:
        raise InvalidRequest("There have to be more passages in the graph than beside it.")
    if vectors is not None:
        dimension = vectors.shape[1]
    made_up = MadeUpPoints(passages + fresh, dimension, vectors=vectors)
    asked = made_up.queries(queries)
    identity = EmbeddingModelIdentity(name="made up", fingerprint="0" * 64, dimension=dimension)
    with tempfile.TemporaryDirectory(prefix="sourcier-latency-") as folder:
        # The graph is built once, when all is there; what comes later stays beside it.
        index = open_edge_index(Path(folder) / "index", identity, optimize_threshold=passages - 1)
        try:
            fill_s = _fill(index, made_up, 0, passages)
            graph_s = _wait_for_graph(index, passages)
            settled = _measure(index, made_up, asked, passages)
            beside = None
            if fresh:
                _fill(index, made_up, passages, passages + fresh)
                beside = _measure(index, made_up, asked, passages + fresh)
        finally:
            index.close()
    return LatencyReport(
        dimension=dimension,
        queries=queries,
        open_share=float(made_up.open_to(member_scope()).mean()),
        fill_s=fill_s,
        graph_s=graph_s,
        settled=settled,
        fresh=beside,
        embedder=None if embedder is None else _time_embedder(embedder, queries),
    )


def member_scope() -> AccessScope:
    """Someone in three of twenty groups who asks two of three corpora."""
    return AccessScope(
        principal_id="member",
        is_administrator=False,
        groups=frozenset(GROUPS[:3]),
        corpora=frozenset(CORPORA[:2]),
        as_of=datetime.now(UTC),
    )


def administrator_scope() -> AccessScope:
    """Someone who reads everything."""
    return AccessScope(
        principal_id="administrator",
        is_administrator=True,
        groups=frozenset(),
        corpora=frozenset(CORPORA),
        as_of=datetime.now(UTC),
    )


def _fill(index: EdgePassageIndex, made_up: MadeUpPoints, start: int, end: int) -> float:
    begun = time.perf_counter()
    for first in range(start, end, _BATCH):
        index.upsert(list(made_up.points(first, min(end, first + _BATCH))))
    index.flush()
    return time.perf_counter() - begun


def _wait_for_graph(index: EdgePassageIndex, points: int) -> float:
    begun = time.perf_counter()
    while index.describe().graph_indexed_points != points:
        if time.perf_counter() - begun > _GRAPH_PATIENCE_S:
            raise EngineUnavailable("The index's graph was not built within an hour.")
        time.sleep(0.1)
    return time.perf_counter() - begun


def _measure(index: EdgePassageIndex, made_up: MadeUpPoints, asked: Sequence[Query], points: int) -> SearchLatency:
    everything, member = administrator_scope(), member_scope()

    other = replace(member, only=SearchFilter(languages=frozenset({"en"})))

    def both(query: Query) -> None:
        index.search(query.dense, scope=member, limit=DENSE_FETCHED)
        index.search(query.sparse, scope=member, limit=SPARSE_FETCHED)

    def all_three(query: Query) -> None:
        both(query)
        index.search(query.dense, scope=other, limit=OTHER_LANGUAGE_FETCHED)

    searches: dict[str, Callable[[Query], object]] = {
        "dense": lambda query: index.search(query.dense, scope=everything, limit=DENSE_FETCHED),
        "sparse": lambda query: index.search(query.sparse, scope=everything, limit=SPARSE_FETCHED),
        "dense, access filter": lambda query: index.search(query.dense, scope=member, limit=DENSE_FETCHED),
        "sparse, access filter": lambda query: index.search(query.sparse, scope=member, limit=SPARSE_FETCHED),
        "both, access filter": both,
        "other language, access filter": lambda query: index.search(
            query.dense, scope=other, limit=OTHER_LANGUAGE_FETCHED
        ),
        "both and other language, access filter": all_three,
    }
    plain = _recalls(index, made_up, asked, everything, points)
    filtered = _recalls(index, made_up, asked, member, points)
    return SearchLatency(
        points=points,
        graph_points=index.describe().graph_indexed_points or 0,
        timings=tuple(time_calls(name, search, asked) for name, search in searches.items()),
        recall_at_10=plain[0],
        recall_at_100=plain[1],
        filtered_recall_at_10=filtered[0],
        filtered_recall_at_100=filtered[1],
    )


def time_calls(name: str, call: Callable[[Item], object], items: Sequence[Item]) -> Timing:
    """Time a call on each item, after a few to warm up."""
    for item in items[:_WARM_UP]:
        call(item)
    taken: list[float] = []
    for item in items:
        begun = time.perf_counter()
        call(item)
        taken.append((time.perf_counter() - begun) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    return Timing(name=name, p50=float(p50), p95=float(p95), longest=max(taken))


def _recalls(
    index: EdgePassageIndex, made_up: MadeUpPoints, asked: Sequence[Query], scope: AccessScope, points: int
) -> tuple[float, float]:
    """The mean shares of the exact first ten, and hundred, that are the first ten, and hundred, of a search."""
    readable = np.flatnonzero(made_up.open_to(scope)[:points])
    vectors = made_up.dense[readable]
    shares: list[tuple[float, float]] = []
    for query in asked:
        exact = _nearest(vectors, query.dense)
        wanted = [int(readable[place]) + 1 for place in exact]
        # A made-up passage's id is its number, counted from one.
        hits = index.search(query.dense, scope=scope, limit=DENSE_FETCHED)
        found = [int(hit.passage_id.replace("-", ""), 16) for hit in hits]
        shares.append((_share(wanted[:10], found[:10]), _share(wanted, found[:RANKED])))
    first, second = np.mean(shares, axis=0)
    return float(first), float(second)


def _nearest(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.intp]:
    scores = vectors @ query
    candidates = np.argpartition(-scores, min(RANKED, len(scores) - 1))[:RANKED]
    return candidates[np.argsort(-scores[candidates])]


def _share(wanted: Sequence[int], found: Sequence[int]) -> float:
    return len(set(wanted) & set(found)) / len(wanted) if wanted else 1.0


def _time_embedder(embedder: Embedder, count: int) -> Timing:
    questions = [f"{_QUESTIONS[number % len(_QUESTIONS)]} ({number})" for number in range(count)]
    return time_calls("embedder, one question", embedder.embed_query, questions)


def latency_report(found: LatencyReport) -> str:
    """The run as Markdown."""
    lines = [
        f"{found.dimension} dimensions, {found.queries} queries ({DENSE_FETCHED} points by meaning, {SPARSE_FETCHED} "
        f"by words), the access filter leaves {found.open_share:.0%}; "
        f"filled in {found.fill_s:.0f} s, graph after another {found.graph_s:.0f} s.",
        "",
        "| points | in the graph | search | p50 ms | p95 ms | max ms |",
        "|--:|--:|---|--:|--:|--:|",
    ]
    measured = [found.settled] if found.fresh is None else [found.settled, found.fresh]
    for one in measured:
        lines += [f"| {one.points} | {one.graph_points} | {_timing_cells(timing)} |" for timing in one.timings]
    if found.embedder is not None:
        lines.append(f"| | | {_timing_cells(found.embedder)} |")
    lines.append("")
    for one in measured:
        lines.append(
            f"Of the exact nearest, the dense search over {one.points} points finds {one.recall_at_10:.4f} of ten and "
            f"{one.recall_at_100:.4f} of a hundred; with the access filter {one.filtered_recall_at_10:.4f} and "
            f"{one.filtered_recall_at_100:.4f}."
        )
    return "\n".join(lines)


def _timing_cells(timing: Timing) -> str:
    return f"{timing.name} | {timing.p50:.1f} | {timing.p95:.1f} | {timing.longest:.1f}"
