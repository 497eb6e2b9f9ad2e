"""Numbers, dates and units of a text in one form, whether written the French or the English way."""

import re

from sourcier_core.embedding.bm25 import fold

_NUMBER_TEXT = r"\d{1,3}(?:[ \u00a0\u202f.,'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?<![\w.])(?:{_NUMBER_TEXT})")
_HOUR = re.compile(r"(?<=\d)\s?[hH]\s?(?=\d{2}\b)")
_MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "aout": 8,
    "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_MONTH_NAMES = "|".join(_MONTHS)
_MONTH = re.compile(
    rf"(?:\d(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?P<after_day>{_MONTH_NAMES})\b|\b(?P<before>{_MONTH_NAMES})\s+\d)"
)
_NUMBER_WORDS = {
    "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9",
    "dix": "10", "onze": "11", "douze": "12", "quinze": "15", "vingt": "20", "trente": "30", "quarante": "40",
    "cinquante": "50", "soixante": "60", "cent": "100", "mille": "1000",
    "two": "2", "three": "3", "four": "4", "five": "5", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "hundred": "100", "thousand": "1000",
}  # fmt: skip
_UNITS = {
    "%": "%", "pour cent": "%", "percent": "%", "per cent": "%",
    "€": "€", "eur": "€", "euro": "€", "euros": "€", "$": "$", "usd": "$", "dollars": "$", "£": "£", "gbp": "£",
    "jour": "day", "jours": "day", "day": "day", "days": "day",
    "semaine": "week", "semaines": "week", "week": "week", "weeks": "week",
    "mois": "month", "month": "month", "months": "month",
    "an": "year", "ans": "year", "annee": "year", "annees": "year", "year": "year", "years": "year",
    "heure": "hour", "heures": "hour", "h": "hour", "hour": "hour", "hours": "hour",
    "minute": "minute", "minutes": "minute", "min": "minute",
    "mm": "mm", "cm": "cm", "m": "m", "km": "km", "g": "g", "kg": "kg", "l": "l", "bar": "bar", "°c": "°c",
}  # fmt: skip
_UNIT_NAMES = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_WORDED = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<number>{_NUMBER_TEXT}|\b(?:{_WORDED})\b)[\s\u00a0\u202f-]?"
    rf"(?:(?:working|calendar|business)\s)?(?P<unit>{_UNIT_NAMES})(?!\w)"
)
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


def numbers_in(text: str) -> set[str]:
    """Numbers of a text in one form: figures, number words of both languages, and the months of dates."""
    folded = _HOUR.sub(":", fold(text))
    found = {normalise_number(match) for match in _NUMBER.findall(folded)}
    found |= {_NUMBER_WORDS[word] for word in re.findall(r"[^\W\d_]+", folded) if word in _NUMBER_WORDS}
    found |= {str(_MONTHS[match["after_day"] or match["before"]]) for match in _MONTH.finditer(folded)}
    return found


def quantities_in(text: str) -> set[tuple[str, str]]:
    """(number, unit) pairs such as ("3", "month") for « trois mois », "3 months" and "3-month"."""
    folded = _HOUR.sub(":", fold(text))
    found: set[tuple[str, str]] = set()
    for match in _QUANTITY.finditer(folded):
        number = _NUMBER_WORDS.get(match["number"]) or normalise_number(match["number"])
        found.add((number, _UNITS[match["unit"]]))
    found |= {(normalise_number(match["number"]), _UNITS[match["unit"]]) for match in _CURRENCY_FIRST.finditer(folded)}
    return found
