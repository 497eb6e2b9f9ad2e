import numpy as np
import pytest

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.made_up_points import MadeUpPoints
from sourcier_evaluation.search_latency import administrator_scope, latency_report, measure_search_latency, member_scope


def directions(count: int) -> np.ndarray:
    return np.random.default_rng(5).standard_normal((count, 16), dtype=np.float32)


def test_both_states_are_measured_against_the_exact_nearest() -> None:
    found = measure_search_latency(600, dimension=16, fresh=100, queries=10)
    assert (found.settled.points, found.settled.graph_points) == (600, 600)
    assert found.fresh is not None
    assert (found.fresh.points, found.fresh.graph_points) == (700, 600)
    assert 0 < found.open_share < 0.5
    for one in (found.settled, found.fresh):
        assert one.filtered_recall_at_10 > 0.9
        assert one.recall_at_100 > 0.9
        assert all(0 < timing.p50 <= timing.p95 <= timing.longest for timing in one.timings)
    report = latency_report(found)
    assert report.count("both, access filter") == 2
    assert "16 dimensions" in report


def test_real_vectors_take_the_place_of_made_up_ones() -> None:
    points = MadeUpPoints(50, 16, vectors=directions(60))
    assert np.allclose(np.linalg.norm(points.dense, axis=1), 1, atol=1e-5)
    held_out = {tuple(query.dense) for query in points.queries(30)}
    assert not held_out & {tuple(row) for row in points.dense}
    with pytest.raises(InvalidRequest, match="60 vectors"):
        MadeUpPoints(60, 16, vectors=directions(60))
    with pytest.raises(InvalidRequest):
        measure_search_latency(100, dimension=16, fresh=100, queries=1)


def test_a_scope_opens_what_its_points_say() -> None:
    made_up = MadeUpPoints(400, 16)
    for scope in (member_scope(), administrator_scope()):
        readable = [
            point.corpus_id in scope.corpora and bool(scope.is_administrator or point.groups & scope.groups)
            for point in made_up.points(0, 400)
        ]
        assert list(made_up.open_to(scope)) == readable
