"""The published coefficients of the answerability estimate. Written by `sourcier_evaluation.answerability_fit`."""

from collections.abc import Mapping

COEFFICIENTS: Mapping[str, float] = {
    "bias": -40.0,
    "dense": 20.0,
    "sentence": 20.0,
    "passage_coverage": 2.0,
    "first_coverage": 1.0,
    "span_coverage": 2.0,
    "found_nowhere": -1.0,
    "missing_name": -1.0,
    "no_figure": -0.5,
    "agreement": 0.3,
}
