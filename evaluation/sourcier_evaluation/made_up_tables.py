"""Tables to measure with, made of real words and sentences; the same for a seed."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import EvaluationDocument

KINDS = ("plain", "numbers", "empty cells", "long cells", "merged cells")
_HEADERS = {
    "en": ("Item", "Department", "Amount", "Due date", "Person in charge", "Remark"),
    "fr": ("Poste", "Service", "Montant", "Échéance", "Responsable", "Remarque"),
}
_EMPTY_SHARE = 0.3
_LONG = (80, 200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """A cell over `rows` rows and `columns` columns, its upper left one at (row, column)."""

    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownTable:
    """A grid of texts, its first row the header. Merged cells hold their text at the upper left, "" elsewhere."""

    language: str
    kind: str
    cells: tuple[tuple[str, ...], ...]
    merged: tuple[Merged, ...] = ()

    def covered(self) -> set[tuple[int, int]]:
        """The places (row, column) that belong to a merged cell, its upper left one aside."""
        return {
            (row, column)
            for span in self.merged
            for row in range(span.row, span.row + span.rows)
            for column in range(span.column, span.column + span.columns)
            if (row, column) != (span.row, span.column)
        }


def _latin(text: str) -> str:
    """What every renderer's fonts can write."""
    return " ".join(text.encode("cp1252", "ignore").decode("cp1252").split())


class _Words:
    """Draws from the words and sentences of documents in one language."""

    def __init__(self, documents: Sequence[EvaluationDocument], chance: random.Random) -> None:
        text = _latin(" ".join(document.text for document in documents))
        self._chance = chance
        self._words = sorted(set(re.findall(r"[^\W\d_]{4,12}", text)))
        sentences = re.split(r"(?<=[.!?])\s+", text)
        self._sentences = [one for one in sentences if _LONG[0] <= len(one) <= _LONG[1]]
        if len(self._words) < 100 or not self._sentences:
            raise InvalidRequest("The documents hold too few words and sentences to make tables of.")

    def short(self) -> str:
        return " ".join(self._chance.sample(self._words, self._chance.randint(1, 3)))

    def long(self) -> str:
        return self._chance.choice(self._sentences)


def _number(chance: random.Random, language: str) -> str:
    if chance.random() < 0.5:
        return str(chance.randint(1, 9999))
    whole, cents = chance.randint(1, 99), chance.randint(0, 99)
    return f"{whole} {chance.randint(100, 999)},{cents:02} €" if language == "fr" else f"€{whole},999.{cents:02}"


def _merged(cells: list[list[str]], words: _Words) -> tuple[Merged, ...]:
    """One cell over two rows of the first column, one over the last row's first columns."""
    last, wide = len(cells) - 1, min(3, len(cells[0]))
    spans = (Merged(row=1, column=0, rows=2, columns=1), Merged(row=last, column=0, rows=1, columns=wide))
    cells[2][0] = ""
    cells[last] = [words.short(), *[""] * (wide - 1), *cells[last][wide:]]
    return spans


def _table(kind: str, language: str, words: _Words, chance: random.Random) -> KnownTable:
    columns, rows = chance.randint(3, 5), chance.randint(4, 8)
    header = list(_HEADERS[language][:columns])
    cells = [header, *([words.short() for _ in range(columns)] for _ in range(rows))]
    for row in cells[1:]:
        for column in range(1, columns):
            if kind == "numbers":
                row[column] = _number(chance, language)
            elif kind == "empty cells" and chance.random() < _EMPTY_SHARE:
                row[column] = ""
        if kind == "long cells":
            row[chance.randrange(1, columns)] = words.long()
    spans = _merged(cells, words) if kind == "merged cells" else ()
    return KnownTable(language=language, kind=kind, cells=tuple(map(tuple, cells)), merged=spans)


def made_up_tables(documents: Sequence[EvaluationDocument], count: int, seed: int = 0) -> list[KnownTable]:
    """So many tables in each language (of French and English) the documents have, the kinds taking turns.

    Raises InvalidRequest without enough words in one of these languages.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret
    made: list[KnownTable] = []
    for language in sorted(_HEADERS.keys() & {document.language for document in documents}):
        words = _Words([document for document in documents if document.language == language], chance)
        made += [_table(KINDS[number % len(KINDS)], language, words, chance) for number in range(count)]
    if not made:
        raise InvalidRequest("The documents are neither French nor English.")
    return made
