"""Numbers in words, scales, quantities and dates are the same however they are written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from number_spelling import in_english, in_french

from sourcier_retrieval.dates import Date, dates_in
from sourcier_retrieval.number_words import worded_numbers
from sourcier_retrieval.quantities import MONTHS, numbers_in, quantities_in, quantity_list

FRENCH_MONTHS, ENGLISH_MONTHS = list(MONTHS)[:12], [name.capitalize() for name in list(MONTHS)[12:24]]
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(st.integers(2, 999_999))
def test_a_number_in_words_is_its_figure(number: int) -> None:
    assert quantities_in(f"soit {in_french(number)} euros") == {(str(number), "€")}
    assert quantities_in(f"that is {in_english(number)} days") == {(str(number), "day")}
    assert numbers_in(f"{in_french(number)} salariés") == numbers_in(f"{number:,} employees")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("entre vingt et trente", [20, 30]),
        ("dix ou quinze", [10, 15]),
        ("deux trois jours", [2, 3]),
        ("cinq pour cent", [5]),
        ("septante-cinq", [75]),
        ("deux millions cinq cent mille", [2_500_000]),
        ("ten and five", [10, 5]),
        ("fifty cents", [50]),
        ("the century", []),
    ],
)
def test_where_a_number_in_words_ends(text: str, numbers: list[int]) -> None:
    assert [number.value for number in worded_numbers(text)] == numbers


@pytest.mark.parametrize(
    ("text", "quantities"),
    [
        ("3,5 millions d'euros", [("3500000", "€")]),
        ("€3.5 million", [("3500000", "€")]),
        ("trois (3) mois", [("3", "month")]),
        ("un an", [("1", "year")]),
        ("l'un des deux", []),
        ("two hundred and fifty km", [("250", "km")]),
        ("20 days, then 20 days", [("20", "day"), ("20", "day")]),
    ],
)
def test_quantities_as_often_as_they_are_written(text: str, quantities: list[tuple[str, str]]) -> None:
    assert quantity_list(text) == quantities


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("the 2018–19 season", {"2018", "2019"}),
        ("2018-03", {"2018", "3"}),
        ("le 12 sept. 2024", {"12", "9", "2024"}),
    ],
)
def test_years_and_short_months(text: str, numbers: set[str]) -> None:
    assert numbers_in(text) == numbers


@given(DAYS)
def test_a_date_is_the_same_in_every_form(day: date) -> None:
    french, english = FRENCH_MONTHS[day.month - 1], ENGLISH_MONTHS[day.month - 1]
    written = [
        f"le {day.day} {french} {day.year}",
        f"on {english} {day.day}, {day.year}",
        f"on {day.day} {english} {day.year}",
        f"{day:%d/%m/%Y}",
        f"{day:%d.%m.%Y}",
        day.isoformat(),
    ]
    same = Date(year=day.year, month=day.month, day=day.day)
    for text in written:
        assert [found.readings for found in dates_in(f"Signé {text}.", month_first=False)] == [(same,)]
        assert numbers_in(text) == numbers_in(written[0])


def test_an_american_date_has_two_readings_where_english_is_spoken() -> None:
    (found,) = dates_in("due 03/12/2024", month_first=True)
    assert {(reading.month, reading.day) for reading in found.readings} == {(12, 3), (3, 12)}
    (certain,) = dates_in("due 03/13/2024", month_first=False)
    assert [(reading.month, reading.day) for reading in certain.readings] == [(3, 13)]
    assert dates_in("version 99/99/2024", month_first=True) == []


def test_what_a_date_leaves_out_contradicts_nothing() -> None:
    whole, month, other = (dates_in(text, month_first=False)[0] for text in ("12 mars 2024", "mars 2024", "le 13 mars"))
    assert whole.agrees_with(month)
    assert month.agrees_with(other)
    assert not whole.agrees_with(other)
