"""Joining scored lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_retrieval.fusion import ScoredList, across_languages, convex_combination


def test_scores_are_scaled_and_weighed() -> None:
    dense = ScoredList(hits=[("a", 0.9), ("b", 0.85), ("c", 0.8)], weight=0.6)
    sparse = ScoredList(hits=[("b", 12.0), ("d", 6.0)], weight=0.4, lowest=0.0)
    assert [(passage, pytest.approx(score)) for passage, score in convex_combination([dense, sparse])] == [
        ("b", 0.6 * 0.5 + 0.4),
        ("a", 0.6),
        ("d", 0.2),
        ("c", 0.0),
    ]


def test_equal_scores_all_count_as_best() -> None:
    flat = ScoredList(hits=[("a", 0.7), ("b", 0.7)], weight=1.0)
    assert convex_combination([flat]) == [("a", 1.0), ("b", 1.0)]
    turned = ScoredList(hits=flat.hits[::-1], weight=1.0)
    assert convex_combination([turned]) == convex_combination([flat]), "an engine gives equal scores in any order"
    assert convex_combination([]) == convex_combination([ScoredList(hits=[], weight=1.0)]) == []


_SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.1, 100.0), max_size=8)


def scored(scores: dict[str, float], weight: float, lowest: float | None) -> ScoredList:
    return ScoredList(hits=sorted(scores.items(), key=lambda item: -item[1]), weight=weight, lowest=lowest)


@given(_SCORES, _SCORES, st.floats(0.0, 1.0))
def test_every_id_once_best_first_and_within_one(
    dense: dict[str, float], sparse: dict[str, float], share: float
) -> None:
    fused = convex_combination([scored(dense, share, None), scored(sparse, 1 - share, 0.0)])
    assert sorted(name for name, _ in fused) == sorted(dense.keys() | sparse.keys())
    found = [score for _, score in fused]
    assert found == sorted(found, reverse=True)
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in found)


@given(_SCORES.filter(lambda scores: len(set(scores.values())) == len(scores)))
def test_one_list_keeps_its_order(scores: dict[str, float]) -> None:
    expected = sorted(scores, key=lambda name: -scores[name])
    assert [name for name, _ in convex_combination([scored(scores, 1.0, 0.0)])] == expected


@given(_SCORES, _SCORES, st.floats(0.5, 2.0), st.floats(-5.0, 5.0))
def test_the_scale_of_a_model_does_not_matter(
    dense: dict[str, float], sparse: dict[str, float], factor: float, shift: float
) -> None:
    moved = {name: factor * value + shift for name, value in dense.items()}
    before = dict(convex_combination([scored(dense, 0.6, None), scored(sparse, 0.4, 0.0)]))
    after = dict(convex_combination([scored(moved, 0.6, None), scored(sparse, 0.4, 0.0)]))
    if len(set(dense.values())) == len(set(moved.values())):
        assert after == pytest.approx(before, abs=1e-6)


def _ranked(scores: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


@given(_SCORES)
def test_without_the_other_language_the_list_is_as_it_was(dense: dict[str, float]) -> None:
    (found,) = across_languages(_ranked(dense), [], weight=0.5, lift=0.025, foreign_weight=0.1)
    assert (list(found.hits), found.weight) == (_ranked(dense), 0.5)


_CLEAR_SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 100).map(float), max_size=8)
"""Equal, or so far apart that scaling keeps them apart."""


@given(_CLEAR_SCORES, st.sets(st.sampled_from("abcdefgh")), st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_the_other_language_rises_and_nothing_else_moves(
    dense: dict[str, float], foreign: set[str], lift: float, weight: float
) -> None:
    others = {name: score for name, score in dense.items() if name in foreign}
    lists = across_languages(_ranked(dense), _ranked(others), weight=0.5, lift=lift, foreign_weight=weight)
    order = [name for name, _ in convex_combination(lists)]
    before = [name for name, _ in _ranked(dense)]
    assert sorted(order) == sorted(before)
    for kind in (foreign, set(dense) - foreign):
        assert [name for name in order if name in kind] == [name for name in before if name in kind]
    for name in foreign & dense.keys():
        assert order.index(name) <= before.index(name)


def test_what_the_first_list_was_too_short_for_is_joined() -> None:
    dense, foreign = [("a", 0.9), ("b", 0.88)], [("x", 0.87), ("y", 0.80)]
    lists = across_languages(dense, foreign, weight=0.5, lift=0.025, foreign_weight=0.1)
    assert [name for name, _ in lists[0].hits] == ["a", "x"]
    assert dict(convex_combination(lists))["x"] == pytest.approx(0.0), "the last of the list counts as nothing"
