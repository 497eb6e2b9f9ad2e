"""A claim whose figure, date, unit, negation or quantifier is not its source's is never supported; the true one is."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from number_spelling import in_english, in_french

from sourcier_core.domain.answers import Verdict
from sourcier_retrieval.support import find_support
from sourcier_retrieval.verification import check_claim

LANGUAGES = st.sampled_from(["fr", "en"])
COUNTS = st.integers(2, 9_999)
ELSEWHERE = {
    "fr": ["Le comité se réunit au siège.", "La direction publie un rapport.", "Les congés maladie suivent la loi."],
    "en": ["The committee meets at the head office.", "The board publishes a report.", "Sick leave follows the law."],
}
FIGURES = {
    "fr": [
        "Le préavis de démission est de {} pour un cadre de la société.",
        "La facture est réglée sous {} après la livraison du matériel.",
        "L'entretien de la chaudière prend {} à chaque passage.",
    ],
    "en": [
        "The notice period is {} for a manager of the company.",
        "The invoice is settled within {} after the delivery of the goods.",
        "Maintenance of the boiler takes {} at every visit.",
    ],
}
UNITS = {
    "fr": ["jours", "semaines", "mois", "ans", "heures", "minutes", "euros", "dollars", "%", "km", "kg"],
    "en": ["days", "weeks", "months", "years", "hours", "minutes", "euros", "dollars", "%", "km", "kg"],
}
_MONTHS_TEXT = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
MONTHS = {language: text.split() for language, text in _MONTHS_TEXT.items()}


def is_supported(claim: str, text: str, language: str) -> bool:
    _, check = find_support(claim, text, (language,))
    return check.verdict is Verdict.SUPPORTED


def write_number(number: int, language: str, style: str) -> str:
    if style == "words":
        return in_french(number) if language == "fr" else in_english(number)
    if style == "grouped":
        return f"{number:,}".replace(",", "\u202f") if language == "fr" else f"{number:,}"
    return str(number)


def surround(source: str, language: str, places: list[int]) -> str:
    """The source among other sentences."""
    others = [ELSEWHERE[language][place] for place in places]
    return " ".join([*others[:1], source, *others[1:]])


STYLES = st.sampled_from(["figures", "grouped", "words"])
PLACES = st.lists(st.integers(0, 2), max_size=3, unique=True)


@given(st.data(), LANGUAGES, COUNTS, COUNTS, STYLES, STYLES, PLACES)
def test_another_number(
    data: st.DataObject, language: str, true: int, claimed: int, style: str, other_style: str, places: list[int]
) -> None:
    assume(true != claimed)
    template, unit = data.draw(st.sampled_from(FIGURES[language])), data.draw(st.sampled_from(UNITS[language]))
    source = template.format(f"{write_number(true, language, style)} {unit}")
    text = surround(source, language, places)
    assert is_supported(template.format(f"{write_number(true, language, other_style)} {unit}"), text, language)
    assert not is_supported(template.format(f"{write_number(claimed, language, other_style)} {unit}"), text, language)


@given(st.data(), LANGUAGES, COUNTS, STYLES, PLACES)
def test_another_unit(data: st.DataObject, language: str, number: int, style: str, places: list[int]) -> None:
    template = data.draw(st.sampled_from(FIGURES[language]))
    true, claimed = data.draw(st.lists(st.sampled_from(UNITS[language]), min_size=2, max_size=2, unique=True))
    source, changed = (template.format(f"{write_number(number, language, style)} {unit}") for unit in (true, claimed))
    assert is_supported(source, surround(source, language, places), language)
    assert not is_supported(changed, surround(source, language, places), language)


@given(st.data(), LANGUAGES, COUNTS, COUNTS)
def test_the_figure_of_the_next_sentence(data: st.DataObject, language: str, true: int, other: int) -> None:
    assume(true != other)
    template, unit = data.draw(st.sampled_from(FIGURES[language])), data.draw(st.sampled_from(UNITS[language]))
    further = {"fr": "Un délai de {} vaut pour les stages.", "en": "A delay of {} is for trainees."}[language]
    text = " ".join([template.format(f"{true} {unit}"), further.format(f"{other} {unit}")])
    assert is_supported(template.format(f"{true} {unit}"), text, language)
    assert not is_supported(template.format(f"{other} {unit}"), text, language)


@given(LANGUAGES, COUNTS, COUNTS)
def test_one_of_two_figures_said_twice(language: str, low: int, high: int) -> None:
    assume(low != high)
    template = {
        "fr": "Le plafond est de {} euros à Lyon et de {} euros à Paris.",
        "en": "The limit is {} euros in Lyon and {} euros in Paris.",
    }[language]
    assert is_supported(template.format(low, high), template.format(low, high), language)
    assert not is_supported(template.format(high, high), template.format(low, high), language)


@pytest.mark.parametrize(("language", "one", "two"), [("fr", "un jour", "deux jours"), ("en", "one day", "two days")])
def test_one_is_a_figure_before_a_unit(language: str, one: str, two: str) -> None:
    for template in FIGURES[language]:
        for true, claimed in ((one, two), (two, one)):
            assert is_supported(template.format(true), template.format(true), language)
            assert not is_supported(template.format(claimed), template.format(true), language)


def test_one_is_an_article_elsewhere() -> None:
    assert is_supported("Il faut une heure correcte.", "Il faut l'heure correcte.", "fr")


def test_between_languages_only_words_that_share_nothing_differ() -> None:
    source = "Tous les salariés doivent porter un badge."
    for claim, verdict in (
        ("All employees must wear a badge.", Verdict.SUPPORTED),
        ("Only employees must wear a badge.", Verdict.UNSUPPORTED),
        ("All employees may wear a badge.", Verdict.UNSUPPORTED),
        ("Employees wear a badge.", Verdict.SUPPORTED),
    ):
        assert check_claim(claim, source, ("en", "fr"), likeness=1.05).verdict is verdict


def write_date(day: date, language: str, style: str) -> str:
    name = MONTHS[language][day.month - 1]
    if style == "iso":
        return day.isoformat()
    if style == "slashes" and language == "fr":
        return f"{day:%d/%m/%Y}"
    return f"{day.day} {name} {day.year}" if language == "fr" or style == "slashes" else f"{name} {day.day}, {day.year}"


DATE_STYLES = st.sampled_from(["named", "slashes", "iso"])
SHIFTS = st.integers(-400, 400).filter(bool)


@given(LANGUAGES, st.dates(date(1950, 1, 1), date(2090, 12, 31)), SHIFTS, DATE_STYLES, DATE_STYLES)
def test_another_date(language: str, day: date, shift: int, style: str, other_style: str) -> None:
    template = {
        "fr": "La convention collective est entrée en vigueur le {} dans toute la société.",
        "en": "The collective agreement came into force on {} in the whole company.",
    }[language]
    source = template.format(write_date(day, language, style))
    assert is_supported(template.format(write_date(day, language, other_style)), source, language)
    moved = template.format(write_date(day + timedelta(days=shift), language, other_style))
    assert not is_supported(moved, source, language)


@given(LANGUAGES, st.dates(date(1950, 1, 1), date(2090, 12, 31)), SHIFTS, DATE_STYLES)
def test_the_date_of_the_next_sentence(language: str, day: date, shift: int, style: str) -> None:
    template, further = {
        "fr": ("La convention est entrée en vigueur le {} dans la société.", "Un avenant date du {}."),
        "en": ("The agreement came into force on {} in the company.", "An amendment dates from {}."),
    }[language]
    true, other = (write_date(moment, language, style) for moment in (day, day + timedelta(days=shift)))
    text = " ".join([template.format(true), further.format(other)])
    assert is_supported(template.format(true), text, language)
    assert not is_supported(template.format(other), text, language)


def test_two_dates_of_one_year_that_the_source_says_once() -> None:
    claim = "The series aired on March 4, 2019 in Australia and on March 6, 2019 worldwide."
    assert is_supported(claim, "The series aired in Australia on March 4 and worldwide on March 6, 2019.", "en")


def test_a_day_said_twice() -> None:
    source = "Les élections des 23 et 30 novembre 1958 sont les premières."
    assert is_supported(source, source, "fr")
    assert not is_supported(source.replace("23", "30"), source, "fr")


TURNED = {
    "fr": [
        ("Le salarié doit porter son badge sur le site.", "Le salarié ne doit pas porter son badge sur le site."),
        ("Les frais de taxi sont remboursés la nuit.", "Les frais de taxi ne sont pas remboursés la nuit."),
        ("Les frais de taxi sont remboursés la nuit.", "Les frais de taxi ne sont jamais remboursés la nuit."),
        ("Un stagiaire peut entrer dans le laboratoire.", "Aucun stagiaire ne peut entrer dans le laboratoire."),
        ("Le départ se fait avec une autorisation écrite.", "Le départ se fait sans une autorisation écrite."),
        ("Il est possible de fumer dans la cour.", "Il est interdit de fumer dans la cour."),
        ("Tous les salariés reçoivent une prime annuelle.", "Certains salariés reçoivent une prime annuelle."),
        ("Tous les salariés reçoivent une prime annuelle.", "Seuls les salariés reçoivent une prime annuelle."),
        ("Chaque salarié reçoit une prime annuelle.", "Quelques salariés reçoivent une prime annuelle."),
        ("Les réunions ont toujours lieu le lundi.", "Les réunions ont parfois lieu le lundi."),
        ("Seuls les cadres signent le contrat.", "Tous les cadres signent le contrat."),
        ("Le salarié doit porter son badge sur le site.", "Le salarié peut porter son badge sur le site."),
        ("Le salarié devrait porter son badge sur le site.", "Le salarié doit porter son badge sur le site."),
        ("Le congé dure au moins dix jours.", "Le congé dure au plus dix jours."),
        ("La demande est faite avant le départ.", "La demande est faite après le départ."),
        ("Le parking du site est gratuit.", "Le parking du site est payant."),
        ("Le port du casque est obligatoire.", "Le port du casque est facultatif."),
    ],
    "en": [
        ("Employees must wear a badge on site.", "Employees must not wear a badge on site."),
        ("Taxi fares are reimbursed at night.", "Taxi fares are not reimbursed at night."),
        ("Taxi fares are reimbursed at night.", "Taxi fares are never reimbursed at night."),
        ("Trainees can enter the laboratory.", "Trainees can't enter the laboratory."),
        ("Leaving is possible with a written permit.", "Leaving is possible without a written permit."),
        ("All employees receive a yearly bonus.", "Some employees receive a yearly bonus."),
        ("All employees receive a yearly bonus.", "No employees receive a yearly bonus."),
        ("All employees receive a yearly bonus.", "Only employees receive a yearly bonus."),
        ("Every employee receives a yearly bonus.", "Most employees receive a yearly bonus."),
        ("Meetings always take place on Monday.", "Meetings sometimes take place on Monday."),
        ("Only managers sign the contract.", "All managers sign the contract."),
        ("Employees must wear a badge on site.", "Employees may wear a badge on site."),
        ("Employees should wear a badge on site.", "Employees must wear a badge on site."),
        ("The leave lasts at least ten days.", "The leave lasts at most ten days."),
        ("The request is made before departure.", "The request is made after departure."),
        ("Prices increased during the year.", "Prices decreased during the year."),
        ("Wearing a helmet is mandatory.", "Wearing a helmet is optional."),
    ],
}
PAIRS = [(language, *order) for language, pairs in TURNED.items() for pair in pairs for order in (pair, pair[::-1])]


@pytest.mark.parametrize(("language", "source", "claim"), PAIRS)
@pytest.mark.parametrize("places", [[], [0], [1, 2], [2, 0, 1]])
def test_a_meaning_turned_round(language: str, source: str, claim: str, places: list[int]) -> None:
    text = surround(source, language, places)
    assert is_supported(source, text, language)
    assert not is_supported(claim, text, language)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Le badge est remis le 13 mars 2024 à tous les salariés.", "date_differs"),
        ("Le badge est remis le 12 mars 2024 à certains salariés.", "quantifier_differs"),
        ("Le badge peut être remis le 12 mars 2024.", "modality_differs"),
        ("Le badge est remis après le 12 mars 2024.", "opposite_in_source"),
    ],
)
def test_each_new_reason(claim: str, reason: str) -> None:
    evidence = "Le badge doit être remis avant le 12 mars 2024 à tous les salariés."
    check = check_claim(claim, evidence, ("fr",))
    assert check.verdict is Verdict.UNSUPPORTED
    assert reason in check.reasons
