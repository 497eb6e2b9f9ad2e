"""Numbers, dates and units of a text in one form, whether written the French or the English way."""

import re
import unicodedata
from decimal import Decimal

from sourcier_core.embedding.bm25 import fold
from sourcier_retrieval.number_words import SCALES, worded_numbers

_NUMBER_TEXT = r"\d{1,3}(?:[ \u00a0\u202f.,'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?<![\w.])(?:{_NUMBER_TEXT})")
_HOUR = re.compile(r"(?<=\d)\s?[hH]\s?(?=\d{2}\b)")
MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "aout": 8,
    "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
    "janv": 1, "jan": 1, "fevr": 2, "fev": 2, "feb": 2, "avr": 4, "apr": 4, "juil": 7, "jul": 7, "jun": 6,
    "aug": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_MONTH = re.compile(
    rf"(?:\d(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?P<after_day>{MONTH_NAMES})\b|\b(?P<before>{MONTH_NAMES})\.?\s+\d)"
)
_UNITS = {
    "%": "%", "pour cent": "%", "percent": "%", "per cent": "%",
    "€": "€", "eur": "€", "euro": "€", "euros": "€", "$": "$", "usd": "$", "dollars": "$", "£": "£", "gbp": "£",
    "jour": "day", "jours": "day", "day": "day", "days": "day",
    "semaine": "week", "semaines": "week", "week": "week", "weeks": "week",
    "mois": "month", "month": "month", "months": "month",
    "an": "year", "ans": "year", "annee": "year", "annees": "year", "year": "year", "years": "year",
    "heure": "hour", "heures": "hour", "h": "hour", "hour": "hour", "hours": "hour",
    "minute": "minute", "minutes": "minute", "min": "minute",
    "seconde": "second", "secondes": "second", "second": "second", "seconds": "second",
    "trimestre": "quarter", "trimestres": "quarter", "quarter": "quarter", "quarters": "quarter",
    "nuit": "night", "nuits": "night", "night": "night", "nights": "night",
    "chf": "chf", "centimes": "cent", "cents": "cent", "‰": "‰", "points": "point",
    "mm": "mm", "millimetres": "mm", "cm": "cm", "centimetres": "cm", "m": "m", "metre": "m", "metres": "m",
    "meter": "m", "meters": "m", "km": "km", "kilometre": "km", "kilometres": "km", "kilometers": "km",
    "mg": "mg", "g": "g", "gramme": "g", "grammes": "g", "grams": "g", "kg": "kg", "kilogrammes": "kg", "kilos": "kg",
    "tonne": "t", "tonnes": "t", "ml": "ml", "cl": "cl", "l": "l", "litre": "l", "litres": "l", "liters": "l",
    "w": "w", "kw": "kw", "kwh": "kwh", "v": "v", "bar": "bar", "bars": "bar", "°c": "°c", "°f": "°f", "ha": "ha",
    "ko": "kb", "kb": "kb", "mo": "mb", "mb": "mb", "go": "gb", "gb": "gb", "to": "tb", "tb": "tb",
}  # fmt: skip
_UNIT_NAMES = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<number>{_NUMBER_TEXT})\)?[\s\u00a0\u202f-]?"
    rf"(?:(?:working|calendar|business|full|consecutive)\s|d['’]|de\s)?(?P<unit>{_UNIT_NAMES})(?!\w)"
)
_BEFORE_UNIT = re.compile(rf"[\s\u00a0-](?:{_UNIT_NAMES})(?!\w)")
_SCALED = re.compile(
    rf"(?<![\w.])(?P<number>{_NUMBER_TEXT})[\s\u00a0\u202f-](?P<scale>millions?|milliards?|billions?|thousand|mille)(?!\w)"
)
_YEARS = re.compile(r"(?<!\d)((?:19|20)(\d\d)\s?[-–/]\s?)(\d\d)(?![\d/–-])")
_DOTTED_DATE = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\w.]*\d)")
_SAID_TWICE = re.compile(r"(?<![\w.])(\d+)\s*\(\1\)")
_SEPTEMBER = re.compile(r"(?<=\d )sept\b\.?(?=\s+\d{4}\b)|\bsept\b\.?(?=\s+(?:\d{1,2},?\s+)?\d{4}\b)")
_CURRENCY_FIRST = re.compile(rf"(?P<unit>[€$£])\s?(?P<number>{_NUMBER_TEXT})")


def normalise_number(text: str) -> str:
    """One form for `1 234,50`, `1,234.5` and `1.234,50`; a lone separator before exactly three digits groups them."""
    bare = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    separators = re.findall(r"[.,]", bare)
    if len(set(separators)) == 2:
        decimal = separators[-1]
        bare = bare.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif len(separators) > 1 or re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", bare):
        bare = re.sub(r"[.,]", "", bare)
    else:
        bare = bare.replace(",", ".")
    if "." in bare:
        bare = bare.rstrip("0").rstrip(".")
    return re.sub(r"^0+(?=\d)", "", bare)


def as_figures(text: str, *, articles: bool = False) -> str:
    """The text folded, with numbers in words and "3.5 million" as figures; with `articles`, « un » before a unit."""
    folded = _DOTTED_DATE.sub(r"\1/\2/\3", _HOUR.sub(":", fold(text)))
    folded = _SCALED.sub(_scaled, _SEPTEMBER.sub("septembre", _YEARS.sub(_whole_years, folded)))
    pieces: list[str] = []
    done = 0
    for number in worded_numbers(folded):
        if number.alone and (not articles or _BEFORE_UNIT.match(folded, number.end) is None):
            continue
        pieces += [folded[done : number.start], str(number.value)]
        done = number.end
    return "".join([*pieces, folded[done:]])


def _whole_years(match: re.Match[str]) -> str:
    """2018–19 as 2018–2019; 2018-03 stays, for it is no later year."""
    later = int(match[3]) == int(match[2]) + 1
    return f"{match[1]}{match[1][:2]}{match[3]}" if later else match.group()


def _scaled(match: re.Match[str]) -> str:
    whole = Decimal(normalise_number(match["number"])) * SCALES[match["scale"]]
    return normalise_number(f"{whole:f}")


def without_figures(text: str) -> str:
    """The text with its numbers, in figures and in words, and the months beside them blanked; the rest as it was."""
    text = unicodedata.normalize("NFC", text)
    # The same letters at the same places: what folds to several letters is no part of a number.
    folded = "".join(letter if len(letter) == 1 else "x" for letter in map(fold, text))
    spans = [match.span() for match in _NUMBER.finditer(folded)]
    spans += [match.span("after_day" if match["after_day"] else "before") for match in _MONTH.finditer(folded)]
    spans += [(number.start, number.end) for number in worded_numbers(folded) if not number.alone]
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def numbers_in(text: str) -> set[str]:
    """Numbers of a text in one form: figures, number words of both languages, and the months of dates."""
    return set(number_list(text))


def number_list(text: str) -> list[str]:
    """As `numbers_in`, each as often as it is written; « trois (3) » is written once."""
    figures = _SAID_TWICE.sub(r"\1", as_figures(text))
    found = [normalise_number(match) for match in _NUMBER.findall(figures)]
    found += [str(MONTHS[match["after_day"] or match["before"]]) for match in _MONTH.finditer(figures)]
    return found


def quantities_in(text: str) -> set[tuple[str, str]]:
    """(number, unit) pairs such as ("3", "month") for « trois mois », "3 months" and "3-month"."""
    return set(quantity_list(text))


def quantity_list(text: str) -> list[tuple[str, str]]:
    """As `quantities_in`, each as often as it is written; « un an » is one, though « un » is no number elsewhere."""
    figures = as_figures(text, articles=True)
    found = [(normalise_number(match["number"]), _UNITS[match["unit"]]) for match in _QUANTITY.finditer(figures)]
    found += [(normalise_number(match["number"]), _UNITS[match["unit"]]) for match in _CURRENCY_FIRST.finditer(figures)]
    return found
