"""What the refusal threshold does, as measured without a model (docs/measurements.md): an error traded for another."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusalEffect:
    """Shares in [0, 1] at one threshold on one public question set, cross-validated."""

    threshold: float
    question_set: str
    language: str
    false_refusals: float
    """Of the questions that the documents answer."""
    false_answers: float
    """Of the questions that they do not answer."""


_SETS = (("fr_fiches_travail", "fr"), ("fr_service_public", "fr"), ("fr_piaf", "fr"), ("en_squad2", "en"))
_MEASURED = {
    0.45: ((0.00, 0.89), (0.01, 0.79), (0.16, 0.14), (0.06, 0.85)),
    0.55: ((0.00, 0.74), (0.08, 0.57), (0.27, 0.06), (0.10, 0.77)),
    0.65: ((0.01, 0.45), (0.21, 0.28), (0.41, 0.02), (0.15, 0.64)),
    0.75: ((0.09, 0.19), (0.43, 0.17), (0.52, 0.01), (0.28, 0.52)),
}
REFUSAL_EFFECTS = tuple(
    RefusalEffect(
        threshold=threshold,
        question_set=name,
        language=language,
        false_refusals=refusals,
        false_answers=answers,
    )
    for threshold, shares in _MEASURED.items()
    for (name, language), (refusals, answers) in zip(_SETS, shares, strict=True)
)
