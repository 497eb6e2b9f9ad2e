"""The published coefficients of the answerability estimate. Written by:

python -m sourcier_evaluation.answerability_fit \\
    DATA/fr_fiches_travail DATA/fr_piaf DATA/en_squad2 DATA/fr_service_public --model MODEL \\
    --limit 1000 --count 60 --sizes 12 20 --questions 250 --seed 1 --write
"""

from collections.abc import Mapping

MANY_BY_WORDS_AND_MEANING: Mapping[str, float] = {
    "dense_best": 9.1833,
    "dense_gap": 28.5539,
    "sentence": 7.4364,
    "first_coverage": 1.0102,
    "missing_name": -1.0944,
    "no_figure": -0.6607,
    "bias": -15.8909,
}

MANY_BY_MEANING: Mapping[str, float] = {
    "dense_best": 9.7068,
    "dense_gap": 30.0792,
    "sentence": 10.2790,
    "missing_name": -1.2926,
    "no_figure": -0.6186,
    "bias": -18.2304,
}

FEW_BY_WORDS_AND_MEANING: Mapping[str, float] = {
    "dense_gap": 13.9957,
    "sentence": 0.4778,
    "first_sentence": 17.8945,
    "first_coverage": 2.0091,
    "span_coverage": 1.7090,
    "agreement": 0.4077,
    "missing_name": -0.3837,
    "no_figure": -0.5044,
    "bias": -18.8613,
}

FEW_BY_MEANING: Mapping[str, float] = {
    "dense_gap": 18.9022,
    "sentence": 8.5605,
    "first_sentence": 25.0675,
    "missing_name": -0.8725,
    "no_figure": -0.4733,
    "bias": -30.3195,
}
