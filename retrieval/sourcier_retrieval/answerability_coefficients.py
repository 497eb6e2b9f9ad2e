"""The published coefficients of the answerability estimate. Written by: not yet."""

from collections.abc import Mapping

BY_WORDS_AND_MEANING: Mapping[str, float] = {"bias": 0.0}

BY_MEANING: Mapping[str, float] = {"bias": 0.0}
