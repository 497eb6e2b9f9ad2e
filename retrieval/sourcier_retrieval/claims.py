"""Splits a model's text into claims with their markers, while it streams or at the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sourcier_retrieval.sentences import split_sentences

_BLANKS = r"[^\S\n]*"
MARKER = re.compile(
    rf"[\[【]{_BLANKS}\^?{_BLANKS}(\d{{1,3}}(?:{_BLANKS}(?:,|;|et|and|-|–){_BLANKS}\^?\d{{1,3}})*){_BLANKS}(?:†[^\]】\n]*)?[\]】]"
)
"""Numbers in brackets, on one line: a line's end ends a sentence."""
_NUMBER = re.compile(r"\d{1,3}")
_LEADINGMARKERS = re.compile(rf"^(?:\s*{MARKER.pattern})+\s*[.,;]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawClaim:
    """A sentence as the model wrote it: its words without markers, and its markers in order."""

    text: str
    markers: tuple[str, ...]


def markers_of(text: str) -> tuple[str, ...]:
    """The numbers a text points at, in order, each once: `[1]`, `[1, 2]`, `[^3]`, `【4】`, `[5-6]`."""
    found: dict[str, None] = {}
    for match in MARKER.finditer(text):
        inside = match.group(1)
        numbers = _NUMBER.findall(inside)
        if re.fullmatch(r"\d+\s*[-–]\s*\d+", inside) and int(numbers[0]) < int(numbers[1]) < int(numbers[0]) + 10:
            numbers = [str(number) for number in range(int(numbers[0]), int(numbers[1]) + 1)]
        found.update(dict.fromkeys(str(int(number)) for number in numbers))
    return tuple(found)


def without_markers(text: str) -> str:
    """The text without its markers and the blanks before them."""
    bare = re.sub(r"[ \t\u00a0\u202f]+([.,;])", r"\1", MARKER.sub("", text))
    return re.sub(r"[ \t]{2,}", " ", bare).strip()


class ClaimSplitter:
    """Collects streamed text and gives each claim once its sentence, and the markers after it, are complete."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> Iterator[RawClaim]:
        """Add text; the claims that are complete now."""
        self._text += piece
        spans = self._joined_spans()
        if len(spans) < 2 or _may_be_marker(self._text[slice(*spans[-1])]):
            return  # what follows may still be markers of the sentence before
        for start, end in spans[:-1]:
            yield from _claim(self._text[start:end])
        self._text = self._text[spans[-1][0] :]

    def finish(self) -> Iterator[RawClaim]:
        """The claims left when the stream has ended."""
        for start, end in self._joined_spans():
            yield from _claim(self._text[start:end])
        self._text = ""

    def _joined_spans(self) -> list[tuple[int, int]]:
        """Sentence spans; markers written after a full stop belong to the sentence before."""
        spans: list[tuple[int, int]] = []
        for start, end in split_sentences(self._text):
            leading = _LEADINGMARKERS.match(self._text[start:end])
            if spans and leading is not None:
                spans[-1] = (spans[-1][0], start + leading.end())
                start += leading.end()
                while start < end and self._text[start].isspace():
                    start += 1
            if start >= end:
                continue
            if spans and not (self._has_words(spans[-1]) and self._has_words((start, end))):
                spans[-1] = (spans[-1][0], end)  # signs alone are no claim, but a marker among them counts
            else:
                spans.append((start, end))
        return spans

    def _has_words(self, span: tuple[int, int]) -> bool:
        return re.search(r"\w", MARKER.sub("", self._text[slice(*span)])) is not None


def _may_be_marker(text: str) -> bool:
    return re.search(r"[^\W\d_]", text) is None or re.fullmatch(r"[\[【][^\]】]{0,20}", text) is not None


def _claim(text: str) -> Iterator[RawClaim]:
    bare = without_markers(text).lstrip("-*•# \t").strip()
    if re.search(r"\w", bare):
        yield RawClaim(text=bare, markers=markers_of(text))
