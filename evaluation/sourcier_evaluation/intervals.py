"""Means and areas under the curve with bootstrap confidence intervals, and the shares of wrong refusals and answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000
_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A value with its 95 % percentile bootstrap interval (Efron & Tibshirani, 1993, chapter 13)."""

    value: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.low > 0


def mean_interval(values: Sequence[float], *, rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """The mean of at least one value. The same values give the same interval. Raises ValueError for none."""
    if not values:
        raise ValueError("a mean needs a value")
    data = np.asarray(values, np.float64)
    draw = np.random.default_rng(seed)
    means = np.array([data[draw.integers(0, len(data), len(data))].mean() for _ in range(rounds)])
    return _interval(float(data.mean()), means)


def area_under_curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The chance that a score of the first kind is above one of the second; ties count half (Mann-Whitney).

    Raises ValueError when one kind is empty.
    """
    if not answerable or not unanswerable:
        raise ValueError("an area needs scores of both kinds")
    return _area(np.asarray(answerable, np.float64), np.asarray(unanswerable, np.float64))


def area_interval(
    answerable: Sequence[float], unanswerable: Sequence[float], *, rounds: int = ROUNDS, seed: int = 0
) -> Interval:
    """The area with its interval; both kinds are drawn anew in each round."""
    return _two_kinds(answerable, unanswerable, area_under_curve(answerable, unanswerable), _area, rounds, seed)


def area_difference(
    first: tuple[Sequence[float], Sequence[float]],
    second: tuple[Sequence[float], Sequence[float]],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Interval:
    """How much larger the first score's area is than the second's, on the same questions in the same order."""
    left, right = (tuple(np.asarray(kind, np.float64) for kind in score) for score in (first, second))
    draw = np.random.default_rng(seed)
    found: list[float] = []
    for _ in range(rounds):
        with_answer = draw.integers(0, len(left[0]), len(left[0]))
        without = draw.integers(0, len(left[1]), len(left[1]))
        found.append(_area(left[0][with_answer], left[1][without]) - _area(right[0][with_answer], right[1][without]))
    return _interval(_area(*left) - _area(*right), np.array(found))


def false_answers_at(answerable: Sequence[float], unanswerable: Sequence[float], false_refusals: float) -> float:
    """The share of unanswerable questions answered when the threshold refuses that share of the answerable ones.

    Raises ValueError when one kind is empty.
    """
    if not answerable or not unanswerable:
        raise ValueError("a share needs scores of both kinds")
    threshold = float(np.quantile(np.asarray(answerable, np.float64), false_refusals))
    return float((np.asarray(unanswerable, np.float64) >= threshold).mean())


def refusal_curve(
    answerable: Sequence[float], unanswerable: Sequence[float], points: int = 41
) -> list[tuple[float, float]]:
    """Pairs (false refusals, false answers) for evenly spaced shares of false refusals from 0 to 1."""
    shares = np.linspace(0.0, 1.0, points).tolist()
    return [(share, false_answers_at(answerable, unanswerable, share)) for share in shares]


def _two_kinds(
    answerable: Sequence[float],
    unanswerable: Sequence[float],
    value: float,
    measure: Callable[[NDArray[np.float64], NDArray[np.float64]], float],
    rounds: int,
    seed: int,
) -> Interval:
    one, other = np.asarray(answerable, np.float64), np.asarray(unanswerable, np.float64)
    draw = np.random.default_rng(seed)
    found = [
        measure(one[draw.integers(0, len(one), len(one))], other[draw.integers(0, len(other), len(other))])
        for _ in range(rounds)
    ]
    return _interval(value, np.array(found))


def _area(answerable: NDArray[np.float64], unanswerable: NDArray[np.float64]) -> float:
    ordered = np.sort(unanswerable)
    below = np.searchsorted(ordered, answerable, side="left")
    up_to = np.searchsorted(ordered, answerable, side="right")
    return float((below + up_to).mean() / (2 * len(ordered)))


def _interval(value: float, drawn: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return Interval(value=value, low=low, high=high)
