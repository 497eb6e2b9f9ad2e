"""Cuts a document's elements into passages by spans of its canonical text; nothing is lost, nothing is rewritten.

unstructured's `chunk_by_title` decides which elements belong together. Elements that are too long for a passage are
cut beforehand (table rows, lines, sentences, words, in that order of preference), so it never splits text itself and
each passage is exactly the span from its first original element to its last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unstructured.chunking.title import chunk_by_title
from unstructured.documents.elements import Element, Text, Title

from sourcier_core.domain.documents import PassageSpan, TextElement
from sourcier_ingest.parsing.tables import header_text, html_to_rows

CHUNKER = "by-title-1"
"""Part of every passage's id: change it when the same elements would be cut differently."""

HEADING_CHARACTERS = 200
"""A longer title is cut and packed as ordinary text."""

_CUTS = (
    re.compile(r"\n+"),
    re.compile(r"(?<=[.!?…])(?:\s?[»”\")\]])*\s+(?=[«“\"(\[]?\s?[A-ZÀ-ÖØ-Þ0-9•–—-])"),
    re.compile(r"(?<=[;:])\s+"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageSizes:
    """How long passages are, in characters.

    `most` is what a cut never exceeds (headings moved to their text may, a little); a passage is closed after
    `full_after`, and goes on over a heading while it has less than `combine_under`.
    """

    most: int = 1200
    full_after: int = 900
    combine_under: int = 400


DEFAULT_SIZES = PassageSizes()
"""About 250 words at most, well inside the embedder's 512 tokens (docs/decisions/0016-around-a-passage.md)."""


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    heading_path: tuple[str, ...]
    is_heading: bool
    table_header: str | None = None
    """Of a table's later cuts: what names its columns. It is context, never part of the passage."""


def cut_passages(
    text: str, elements: Sequence[TextElement], sizes: PassageSizes = DEFAULT_SIZES
) -> tuple[PassageSpan, ...]:
    """Spans of `text` in order, without overlap, that together hold every character but white space between them.

    `elements` are in order and do not overlap; text outside of every element is not cited.
    """
    units = [unit for element in elements for unit in _cut_element(text, element, sizes)]
    groups = _keep_headings_with_text(_group(text, units, sizes))
    return tuple(_span(group) for group in groups)


def _cut_element(text: str, element: TextElement, sizes: PassageSizes) -> Iterator[_Unit]:
    is_heading = element.category == "Title" and element.end - element.start <= HEADING_CHARACTERS
    pieces = list(cut_span(text, element.start, element.end, sizes))
    header = header_text(html_to_rows(element.html)) if element.html and len(pieces) > 1 else None
    for number, (start, end) in enumerate(pieces):
        yield _Unit(start, end, element.heading_path, is_heading, header if number else None)


def cut_span(text: str, start: int, end: int, sizes: PassageSizes = DEFAULT_SIZES) -> Iterator[tuple[int, int]]:
    """Pieces of [start, end) of at most `sizes.most` characters, cut at the best places.

    White space at cuts belongs to none.
    """
    start, end = _trim(text, start, end)
    if start >= end:
        return
    if end - start <= sizes.most:
        yield start, end
        return
    pieces = next((pieces for cut in _CUTS if len(pieces := _split(text, start, end, cut)) > 1), None)
    if pieces is None:
        for place in range(start, end, sizes.full_after):
            yield place, min(place + sizes.full_after, end)
        return
    yield from _pack(text, pieces, sizes)


def _pack(text: str, pieces: Sequence[tuple[int, int]], sizes: PassageSizes) -> Iterator[tuple[int, int]]:
    """Join small pieces up to `sizes.full_after`; cut further what is still too long."""
    first, last = pieces[0]
    for start, end in pieces[1:]:
        if end - first <= sizes.full_after:
            last = end
            continue
        yield from cut_span(text, first, last, sizes)
        first, last = start, end
    yield from cut_span(text, first, last, sizes)


def _split(text: str, start: int, end: int, cut: re.Pattern[str]) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    place = start
    for match in cut.finditer(text, start, end):
        if match.start() > place:
            pieces.append(_trim(text, place, match.end()))
            place = match.end()
    if place < end:
        pieces.append(_trim(text, place, end))
    return [(first, last) for first, last in pieces if first < last]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _group(text: str, units: Sequence[_Unit], sizes: PassageSizes) -> list[list[_Unit]]:
    """Let unstructured decide what belongs together; units are told apart by their element ids."""
    elements: list[Element] = [
        (Title if unit.is_heading else Text)(text=text[unit.start : unit.end], element_id=str(number))
        for number, unit in enumerate(units)
    ]
    chunks = chunk_by_title(
        elements,
        max_characters=sizes.most,
        new_after_n_chars=sizes.full_after,
        combine_text_under_n_chars=sizes.combine_under,
        include_orig_elements=True,
    )
    return [[units[int(element.id)] for element in chunk.metadata.orig_elements or ()] for chunk in chunks]


def _keep_headings_with_text(groups: Sequence[list[_Unit]]) -> list[list[_Unit]]:
    """Move headings that end a passage to the next one, whose text they announce."""
    kept: list[list[_Unit]] = []
    carried: list[_Unit] = []
    for group in groups:
        units = carried + group
        body = len(units)
        while body and units[body - 1].is_heading:
            body -= 1
        carried = units[body:]
        if body:
            kept.append(units[:body])
    if carried:
        kept[-1:] = [kept[-1] + carried] if kept else [carried]
    return kept


def _span(group: Sequence[_Unit]) -> PassageSpan:
    """The heading path is what the passage's texts have in common; a passage of headings only shows theirs.

    The header of a table comes last where the passage holds rows of it and not the header itself.
    """
    paths = [unit.heading_path for unit in group if not unit.is_heading] or [group[0].heading_path]
    shared = paths[0]
    for path in paths[1:]:
        length = next((n for n, (a, b) in enumerate(zip(shared, path, strict=False)) if a != b), len(path))
        shared = shared[:length]
    header = next((unit.table_header for unit in group if unit.table_header is not None), None)
    path = shared if header is None else (*shared, header)
    return PassageSpan(start=group[0].start, end=group[-1].end, heading_path=path)
