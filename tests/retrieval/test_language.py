"""The language of short questions, without any model download."""

import pytest

from sourcier_core.domain.answers import Language
from sourcier_retrieval.language import detect_language

FRENCH = [
    "Durée du préavis ?",
    "Combien de jours de télétravail par semaine ?",
    "Télétravail",
    "congés payés",
    "Plafond hôtel Paris",
    "PR-042 : qui valide le contrôle à réception ?",
    "mot de passe oublié",
    "Qui contacter en cas d'accident ?",
    "c'est quoi le CET",
    "horaires de la cantine",
    "Remboursement frais kilométriques",
    "prime de vacances 2026",
]
ENGLISH = [
    "Notice period?",
    "How many days of remote work per week?",
    "Remote work",
    "paid leave",
    "Hotel limit in Paris",
    "PR-042: who approves the incoming inspection?",
    "forgotten password",
    "Who do I call after an accident?",
    "what's the CET",
    "canteen opening hours",
    "Mileage reimbursement",
    "holiday bonus 2026",
    "gift policy",
]


@pytest.mark.parametrize("question", FRENCH)
def test_french(question: str) -> None:
    assert detect_language(question) is Language.FRENCH


@pytest.mark.parametrize("question", ENGLISH)
def test_english(question: str) -> None:
    assert detect_language(question) is Language.ENGLISH


@pytest.mark.parametrize("text", ["", "???", "42", "日本語"])
def test_anything_gives_a_language(text: str) -> None:
    assert detect_language(text) in set(Language)
