import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_retrieval.fusion import reciprocal_rank_fusion

ids = st.sampled_from([f"p{number}" for number in range(12)])
rankings = st.lists(st.lists(ids, unique=True, max_size=12), min_size=1, max_size=4)
constants = st.integers(min_value=1, max_value=100)


def test_scores_by_hand() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]], weights=[1.0, 0.5], k=10)
    assert [passage for passage, _ in fused] == ["b", "a", "c"]
    assert dict(fused) == pytest.approx({"b": 1 / 12 + 0.5 / 11, "a": 1 / 11, "c": 0.5 / 12})


def test_ties_keep_the_order_of_the_lists() -> None:
    assert [passage for passage, _ in reciprocal_rank_fusion([["a"], ["b"]], weights=[1, 1], k=60)] == ["a", "b"]


def test_every_list_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="shorter"):
        reciprocal_rank_fusion([["a"], ["b"]], weights=[1.0], k=60)


@given(rankings, constants)
def test_it_gives_each_passage_once_best_first(lists: list[list[str]], k: int) -> None:
    fused = reciprocal_rank_fusion(lists, weights=[1.0] * len(lists), k=k)
    assert sorted(passage for passage, _ in fused) == sorted({passage for ranking in lists for passage in ranking})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= len(lists) / (k + 1) + 1e-12 for score in scores)


@given(st.lists(ids, unique=True), constants, st.floats(min_value=0.1, max_value=10))
def test_one_list_keeps_its_order(ranking: list[str], k: int, weight: float) -> None:
    assert [passage for passage, _ in reciprocal_rank_fusion([ranking], weights=[weight], k=k)] == ranking


@given(rankings, constants)
def test_the_order_of_the_lists_does_not_change_the_scores(lists: list[list[str]], k: int) -> None:
    weights = [1.0 + number for number in range(len(lists))]
    forth = dict(reciprocal_rank_fusion(lists, weights=weights, k=k))
    back = dict(reciprocal_rank_fusion(lists[::-1], weights=weights[::-1], k=k))
    assert forth == pytest.approx(back)


@given(rankings, constants, st.data())
def test_moving_up_in_one_list_never_lowers_a_passage(lists: list[list[str]], k: int, data: st.DataObject) -> None:
    ranking = data.draw(st.sampled_from(lists))
    if len(ranking) < 2:
        return
    place = data.draw(st.integers(min_value=1, max_value=len(ranking) - 1))
    moved = ranking[:]
    moved[place - 1], moved[place] = moved[place], moved[place - 1]
    changed = [moved if other is ranking else other for other in lists]
    weights = [1.0] * len(lists)
    before, after = (dict(reciprocal_rank_fusion(each, weights=weights, k=k)) for each in (lists, changed))
    assert after[ranking[place]] >= before[ranking[place]]
