"""Verification: what is in the source passes, a changed figure, unit, name or negation does not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sourcier_core.domain.answers import Verdict
from sourcier_retrieval.quantities import normalise_number, numbers_in, quantities_in
from sourcier_retrieval.verification import check_claim, identifiers_in, is_negated

NUMBERS = st.integers(2, 99_999)


@given(NUMBERS, NUMBERS)
def test_a_changed_number_is_caught(true: int, claimed: int) -> None:
    assume(true != claimed)
    evidence = f"Le remboursement de l'hébergement est plafonné à {true} euros par nuit."
    assert check_claim(evidence, evidence, ("fr",)).verdict is Verdict.SUPPORTED
    check = check_claim(evidence.replace(str(true), str(claimed)), evidence, ("fr",))
    assert check.verdict is Verdict.UNSUPPORTED
    assert "number_not_in_source" in check.reasons


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_french_and_english_numbers_are_the_same_number(whole: int, hundredths: int) -> None:
    english = f"{whole:,}.{hundredths:02d}"
    for space in (" ", "\u00a0", "\u202f"):
        french = english.replace(",", space).replace(".", ",")
        assert numbers_in(f"soit {french} euros") == numbers_in(f"that is {english} euros")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1 234,50", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234", "1234"),
        ("3,5", "3.5"),
        ("007", "7"),
        ("0,5", "0.5"),
        ("0", "0"),
        ("12 000", "12000"),
    ],
)
def test_one_form_of_numbers(text: str, normal: str) -> None:
    assert normalise_number(text) == normal


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("deux jours", {"2"}),
        ("le 12 mars 2024", {"12", "3", "2024"}),
        ("12/03/2024", {"12", "3", "2024"}),
        ("March 12, 2024", {"12", "3", "2024"}),
        ("avant 9h30", {"9", "30"}),
        ("before 9:30", {"9", "30"}),
        ("il faut marcher en mars", set()),
        ("en 2019 100 salariés", {"2019", "100"}),
    ],
)
def test_numbers_of_a_text(text: str, numbers: set[str]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("trois mois", ("3", "month")),
        ("a 3-month notice", ("3", "month")),
        ("10 %", ("10", "%")),
        ("10 pour cent", ("10", "%")),
        ("€1,200 per year", ("1200", "€")),
        ("1 200 €", ("1200", "€")),
        ("five working days", ("5", "day")),
    ],
)
def test_quantities(text: str, quantity: tuple[str, str]) -> None:
    assert quantity in quantities_in(text)


EVIDENCE = "Le préavis de démission est de trois mois pour un cadre de la société Valmorel."


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Le préavis de démission est de quatre mois pour un cadre.", "number_not_in_source"),
        ("Le préavis de démission est de trois semaines pour un cadre.", "unit_differs"),
        ("Le préavis de démission n'est pas de trois mois pour un cadre.", "negation_differs"),
        ("Le préavis de démission est de trois mois pour un cadre de Bertrand.", "name_not_in_source"),
        ("Selon PR-042, le préavis de démission est de trois mois.", "identifier_not_in_source"),
        ("Les salariés reçoivent un ordinateur portable et un téléphone.", "too_few_shared_words"),
        ("De la.", "nothing_to_check"),
    ],
)
def test_each_reason(claim: str, reason: str) -> None:
    check = check_claim(claim, EVIDENCE, ("fr",))
    assert check.verdict is Verdict.UNSUPPORTED
    assert reason in check.reasons


@pytest.mark.parametrize(
    ("claim", "evidence", "language"),
    [
        ("Un cadre a un préavis de démission de 3 mois.", EVIDENCE, "fr"),
        ("Breakfast is not reimbursed.", "Hotel nights are reimbursed up to 130 €. Breakfast is not reimbursed.", "en"),
        ("Hotel nights are reimbursed up to €130.", "Hotel nights are reimbursed up to 130 €. No breakfast.", "en"),
        ("Le badge est obligatoire à partir de 9h30.", "À partir de 9:30, le badge est obligatoire.", "fr"),
        ("Seuls les cadres sont concernés.", "La règle ne concerne que les cadres : eux seuls sont concernés.", "fr"),
        ("La réunion aura lieu le 12/03/2024.", "La réunion aura lieu le 12 mars 2024.", "fr"),
    ],
)
def test_rewording_is_supported(claim: str, evidence: str, language: str) -> None:
    assert check_claim(claim, evidence, (language,)).verdict is Verdict.SUPPORTED


def test_title_and_headings_may_hold_the_words_but_not_the_figures() -> None:
    claim = "La procédure PR-042 prévoit un contrôle sous 5 jours."
    evidence = "Un contrôle est prévu sous 5 jours."
    assert check_claim(claim, evidence, ("fr",)).verdict is Verdict.UNSUPPORTED
    assert check_claim(claim, evidence, ("fr",), context="Procédure PR-042").verdict is Verdict.SUPPORTED
    moved = check_claim(claim, "Un contrôle est prévu.", ("fr",), context="Procédure PR-042 en 5 jours")
    assert "number_not_in_source" in moved.reasons


def test_another_language_is_compared_by_meaning_but_figures_stay_strict() -> None:
    claim = "The notice period for managers is three months."
    check = check_claim(claim, EVIDENCE, ("en", "fr"), likeness=1.02)
    assert (check.verdict, check.reasons) == (Verdict.SUPPORTED, ("compared_by_meaning",))
    assert check_claim(claim, EVIDENCE, ("en", "fr"), likeness=0.9).reasons == ("meaning_differs",)
    wrong = check_claim(claim.replace("three", "four"), EVIDENCE, ("en", "fr"), likeness=1.02)
    assert "number_not_in_source" in wrong.reasons


@pytest.mark.parametrize(
    ("sentence", "negated"),
    [
        ("Il ne faut pas fumer.", True),
        ("Ce n'est pas permis.", True),
        ("You can't smoke here.", True),
        ("Il est interdit de fumer.", True),
        ("Il n'y a que deux jours.", False),
        ("Un bonus annuel est versé.", False),
        ("Notice is given in writing.", False),
    ],
)
def test_negation(sentence: str, negated: bool) -> None:
    assert is_negated(sentence) is negated


def test_identifiers() -> None:
    assert identifiers_in("Voir PR-042, la norme ISO9001 et le lot B12/7.") == {"pr-042", "iso9001", "b12/7"}
    assert identifiers_in("Trois mois en 2024") == set()
