"""What a text says of a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Entailment:
    """Probabilities that a text entails a sentence, leaves it open, or contradicts it; together 1."""

    entailed: float
    neutral: float
    contradicted: float
