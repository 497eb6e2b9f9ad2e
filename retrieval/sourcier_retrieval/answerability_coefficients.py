"""To be fitted."""

from collections.abc import Mapping

BY_WORDS_AND_MEANING: Mapping[str, float] = {
    "dense_best": 8.0,
    "dense_gap": 26.0,
    "sentence": 4.0,
    "first_coverage": 0.85,
    "missing_name": -1.2,
    "no_figure": -0.5,
    "bias": -12.4,
}
BY_MEANING: Mapping[str, float] = {
    "dense_best": 8.0,
    "dense_gap": 26.0,
    "sentence": 4.0,
    "missing_name": -1.2,
    "no_figure": -0.5,
    "bias": -12.0,
}
