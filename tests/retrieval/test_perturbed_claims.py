"""A claim whose figure, date, unit, negation or quantifier is not its source's is never supported; the true one is."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st
from number_spelling import in_english, in_french

from sourcier_core.domain.answers import Verdict
from sourcier_retrieval.support import find_support

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
