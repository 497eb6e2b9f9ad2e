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
    0.45: ((0.00, 0.89), (0.02, 0.78), (0.17, 0.14), (0.05, 0.84)),
    0.55: ((0.01, 0.71), (0.09, 0.52), (0.30, 0.05), (0.10, 0.76)),
    0.65: ((0.03, 0.44), (0.24, 0.26), (0.41, 0.02), (0.17, 0.63)),
    0.75: ((0.13, 0.17), (0.50, 0.11), (0.53, 0.01), (0.30, 0.48)),
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
