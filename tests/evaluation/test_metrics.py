import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_evaluation.metrics import mean_scores, normalised_gain, recall_at, reciprocal_rank

RANKING = ["a", "b", "c", "d"]


def test_recall_by_hand() -> None:
    assert recall_at(RANKING, {"c": 1}, 2) == 0
    assert recall_at(RANKING, {"c": 1}, 3) == 1
    assert recall_at(RANKING, {"a": 1, "d": 1, "z": 1, "b": 1}, 2) == 0.5


def test_reciprocal_rank_by_hand() -> None:
    assert reciprocal_rank(RANKING, {"a": 1}) == 1
    assert reciprocal_rank(RANKING, {"c": 1, "d": 1}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKING, {"z": 1}) == 0
    assert reciprocal_rank([f"x{number}" for number in range(10)] + ["a"], {"a": 1}) == 0  # past the tenth


def test_gain_by_hand() -> None:
    assert normalised_gain(RANKING, {"a": 1}) == 1
    assert normalised_gain(RANKING, {"b": 1}) == pytest.approx(1 / math.log2(3))
    # Found at ranks 1 (grade 1) and 3 (grade 2); ideal: 2 at rank 1, 1 at rank 2.
    assert normalised_gain(RANKING, {"a": 1, "c": 2}) == pytest.approx((1 + 2 / 2) / (2 + 1 / math.log2(3)))
    # A relevant document that was not found still counts in the ideal.
    assert normalised_gain(["a"], {"a": 1, "z": 1}) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert normalised_gain([], {"a": 1}) == 0


def test_means_by_hand() -> None:
    scores = mean_scores({"q1": ["a", "b"], "q2": ["c", "a"]}, {"q1": {"a": 1}, "q2": {"a": 1}, "q3": {"z": 1}})
    assert scores.questions == 2
    assert (scores.recall_at_1, scores.recall_at_5, scores.recall_at_10) == (0.5, 1.0, 1.0)
    assert scores.mrr_at_10 == pytest.approx(0.75)
    assert scores.ndcg_at_10 == pytest.approx((1 + 1 / math.log2(3)) / 2)


@pytest.mark.parametrize(
    "measure", [lambda: recall_at(["a"], {}, 1), lambda: normalised_gain(["a"], {}), lambda: mean_scores({}, {})]
)
def test_nothing_to_measure_is_an_error(measure: object) -> None:
    with pytest.raises(ValueError, match="needs"):
        measure()  # type: ignore[operator]


documents = st.sampled_from([f"d{number}" for number in range(15)])


@given(st.lists(documents, unique=True), st.dictionaries(documents, st.integers(1, 3), min_size=1))
def test_measures_stay_between_zero_and_one(ranking: list[str], relevant: dict[str, int]) -> None:
    for value in (
        recall_at(ranking, relevant, 10),
        reciprocal_rank(ranking, relevant),
        normalised_gain(ranking, relevant),
    ):
        assert 0 <= value <= 1 + 1e-12
    ideal = sorted(relevant, key=lambda document: -relevant[document])
    assert normalised_gain(ideal, relevant) == pytest.approx(1)
    assert recall_at(ranking, relevant, 5) <= recall_at(ranking, relevant, 10)
