"""The published coefficients of the answerability estimate. Written by:

python -m sourcier_evaluation.answerability_fit \\
    DATA/fr_piaf DATA/fr_service_public DATA/en_squad2 --model MODEL \\
    --limit 400 --count 120 --sizes 20 150 --seed 1 --write
"""

from collections.abc import Mapping

BY_WORDS_AND_MEANING: Mapping[str, float] = {
    "dense_margin": 19.1472,
    "sentence": 12.6796,
    "first_sentence": 16.0049,
    "first_coverage": 1.0222,
    "span_coverage": 2.5840,
    "found_nowhere": -0.1705,
    "missing_name": -1.2368,
    "no_figure": -0.5076,
    "agreement": 0.5812,
    "bias": -27.0655,
}

BY_MEANING: Mapping[str, float] = {
    "dense_margin": 25.6590,
    "sentence": 13.4883,
    "first_sentence": 29.9641,
    "missing_name": -1.7230,
    "no_figure": -0.5146,
    "bias": -37.6189,
}
