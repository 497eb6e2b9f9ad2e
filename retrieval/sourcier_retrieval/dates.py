"""Dates of a text, French and English: « 12 mars 2024 », "March 12, 2024", 12/03/2024, 2024-03-12, « mars 2024 »."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sourcier_retrieval.quantities import MONTH_NAMES, MONTHS, as_figures

_DAY = r"(?P<day>\d{1,2})(?:er|st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_MONTH = rf"(?P<month>{MONTH_NAMES})\b\.?"
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w./-]){_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
        rf"(?<!\w){_MONTH}\s+{_DAY}(?!\w)(?:,?\s+{_YEAR})?",
        rf"(?<!\w){_MONTH},?\s+{_YEAR}",
    )
)
_YEAR_FIRST = re.compile(r"(?<![\w./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<![\w./-])(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Date:
    """A month with what is said of its year and day."""

    year: int | None
    month: int
    day: int | None

    def agrees_with(self, other: "Date") -> bool:
        """Whether both can be the same day: what one of them leaves out contradicts nothing."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one is None or two is None or one == two for one, two in pairs)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenDate:
    """A date of a text: its readings (two for 03/12/2024 in English), and where it stands in the folded figures."""

    readings: tuple[Date, ...]
    start: int
    end: int

    def agrees_with(self, other: "WrittenDate") -> bool:
        """Whether some reading of each can be the same day."""
        return any(one.agrees_with(two) for one in self.readings for two in other.readings)


def dates_in(text: str, *, month_first: bool) -> list[WrittenDate]:
    """The dates of a text that exist in some calendar month, in order of their place.

    Args:
        text: any text.
        month_first: 03/12/2024 may also be read the American way.
    """
    figures = as_figures(text)
    found = sorted(_candidates(figures, month_first), key=lambda date: (date.start, -date.end))
    kept: list[WrittenDate] = []
    for date in found:
        if date.readings and (not kept or date.start >= kept[-1].end):
            kept.append(date)
    return kept


def without_dates(text: str, *, month_first: bool) -> str:
    """The folded figures of a text with its dates blanked."""
    figures = as_figures(text)
    for date in dates_in(text, month_first=month_first):
        figures = figures[: date.start] + " " * (date.end - date.start) + figures[date.end :]
    return figures


def _candidates(figures: str, month_first: bool) -> Iterator[WrittenDate]:
    for pattern in _NAMED:
        for match in pattern.finditer(figures):
            parts = match.groupdict()
            year, day = parts.get("year"), parts.get("day")
            yield _written(match, [(int(year) if year else None, MONTHS[parts["month"]], int(day) if day else None)])
    for match in _YEAR_FIRST.finditer(figures):
        yield _written(match, [(int(match["year"]), int(match["month"]), int(match["day"]))])
    for match in _YEAR_LAST.finditer(figures):
        one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
        orders = [(year, two, one)]
        if month_first or two > 12:
            orders.append((year, one, two))
        yield _written(match, orders)


def _written(match: re.Match[str], orders: Sequence[tuple[int | None, int, int | None]]) -> WrittenDate:
    readings = tuple(
        Date(year=year, month=month, day=day)
        for year, month, day in dict.fromkeys(orders)
        if 1 <= month <= 12 and (day is None or 1 <= day <= 31)
    )
    return WrittenDate(readings=readings, start=match.start(), end=match.end())
