"""Property tests: a cut loses nothing, repeats nothing, and every passage is a span of the text."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parsing.described import check_passages_hold_everything
from sourcier_core.domain.documents import ParsedDocument, TextElement
from sourcier_ingest.chunking import DEFAULT_SIZES, cut_passages, cut_span

_WORDS = st.text(st.sampled_from("abé ’.!?;:\n\t|–«»0\u00a0\u200b𝒳"), min_size=1, max_size=60)
_LONG = st.builds(lambda word, count: word * count, _WORDS, st.integers(1, 200))
_TEXTS = st.one_of(_WORDS, _LONG).map(str.strip).filter(bool)
_CATEGORIES = st.sampled_from(["Title", "NarrativeText", "ListItem", "Table", "Text"])
_PARTS = st.lists(st.tuples(_CATEGORIES, _TEXTS, st.lists(_WORDS, max_size=2).map(tuple)), min_size=1, max_size=12)


def _document(parts: list[tuple[str, str, tuple[str, ...]]]) -> tuple[str, list[TextElement]]:
    elements: list[TextElement] = []
    position = 0
    for category, text, path in parts:
        end = position + len(text)
        elements.append(TextElement(category=category, start=position, end=end, page=1, heading_path=path))
        position = end + 2
    return "\n\n".join(text for _, text, _ in parts), elements


def _parsed(text: str, elements: list[TextElement]) -> ParsedDocument:
    empty: dict[str, Any] = {"title": "", "language": "fr", "media_type": "", "parser": "", "chunker": ""}
    return ParsedDocument(
        text=text, elements=tuple(elements), pages=(), regions=(), passages=cut_passages(text, elements), **empty
    )


@settings(max_examples=150, deadline=None)
@given(_PARTS)
def test_passages_hold_every_character_once_and_in_order(parts: list[tuple[str, str, tuple[str, ...]]]) -> None:
    text, elements = _document(parts)
    check_passages_hold_everything(_parsed(text, elements))


@settings(max_examples=150, deadline=None)
@given(_PARTS)
def test_passages_stay_small_enough_for_the_embedder(parts: list[tuple[str, str, tuple[str, ...]]]) -> None:
    text, elements = _document(parts)
    headings = sum(element.end - element.start + 2 for element in elements if element.category == "Title")
    for passage in cut_passages(text, elements):
        shown = " ".join(text[passage.start : passage.end].split())
        assert len(shown) <= DEFAULT_SIZES.most + headings


@settings(max_examples=100, deadline=None)
@given(_PARTS)
def test_the_same_elements_are_cut_the_same_way(parts: list[tuple[str, str, tuple[str, ...]]]) -> None:
    text, elements = _document(parts)
    assert cut_passages(text, elements) == cut_passages(text, elements)


@settings(max_examples=150, deadline=None)
@given(_LONG)
def test_pieces_of_a_long_text_are_spans_that_leave_only_white_space(text: str) -> None:
    position = 0
    for start, end in cut_span(text, 0, len(text)):
        assert not text[position:start].strip()
        assert 0 < end - start <= DEFAULT_SIZES.most
        position = end
    assert not text[position:].strip()


def test_a_word_longer_than_a_passage_is_cut_rather_than_lost() -> None:
    text = "x" * 5000
    pieces = list(cut_span(text, 0, len(text)))
    assert "".join(text[start:end] for start, end in pieces) == text


def test_a_heading_travels_with_the_text_it_announces() -> None:
    body = "Le télétravail est ouvert à tous les salariés. " * 18
    text, elements = _document(
        [("NarrativeText", body.strip(), ()), ("Title", "Durée", ()), ("NarrativeText", body.strip(), ("Durée",))]
    )
    last = cut_passages(text, elements)[-1]
    assert text[last.start : last.end].startswith("Durée\n\n")
    assert last.heading_path == ("Durée",)
