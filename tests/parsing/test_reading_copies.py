"""Reading copies: what is drawn for a line stands in the box that was kept for it."""

import re
from itertools import pairwise

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcier_core.domain.documents import Region, TextElement
from sourcier_ingest.parsing.reading_copy import A4, ASCENT, DESCENT, MARGIN, ReadingCopy, lay_out
from sourcier_ingest.parsing.reading_page import draw_reading_page
from sourcier_ingest.parsing.typefaces import choose_typeface

FRENCH = "L’accord du 3 mai prévoit\u00a0: deux jours de télétravail par semaine – œuvres sociales comprises."
GREEK = "Η συμφωνία προβλέπει δύο ημέρες τηλεργασίας την εβδομάδα."


def laid_out(parts: list[tuple[str, str]], sections: tuple[str, ...] = ()) -> tuple[str, ReadingCopy]:
    text, elements = "", []
    for category, part in parts:
        heading = ("Heading",) if category == "Title" else ()
        elements.append(
            TextElement(category=category, start=len(text), end=len(text) + len(part), page=1, heading_path=heading)
        )
        text += part + "\n\n"
    return text, lay_out(text, elements, sections, {}, landscape=False)


def drawn_texts(text: str, copy: ReadingCopy, page: int) -> list[tuple[Region, str]]:
    """Each line of a page with what stands in its box on the drawn page."""
    regions = [region for region in copy.regions if region.page == page]
    size = copy.pages[page - 1]
    lines = [(text[r.start : r.end], r.start == 0, r.x0, r.y0, r.x1, r.y1) for r in regions]
    document = pypdfium2.PdfDocument(draw_reading_page(lines, size.width, size.height, size.note))
    words = document[0].get_textpage()
    return [
        (r, words.get_text_bounded(r.x0 - 0.5, size.height - r.y1, r.x1 + 0.5, size.height - r.y0).strip())
        for r in regions
    ]


@pytest.mark.parametrize("sentence", [FRENCH, GREEK])
def test_a_line_stands_in_its_box(sentence: str) -> None:
    text, copy = laid_out([("Title", "Télétravail"), ("NarrativeText", " ".join([sentence] * 40))])
    assert len(copy.pages) == 1
    for region, drawn in drawn_texts(text, copy, 1):
        assert drawn.split() == text[region.start : region.end].split()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=1, max_size=60), max_size=30))
def test_every_visible_character_has_a_box_inside_the_page(words: list[str]) -> None:
    body = " ".join(["word", *words])
    _, copy = laid_out([("NarrativeText", body)])
    held = {place for region in copy.regions for place in range(region.start, region.end)}
    assert all(place in held for place in range(len(body)) if not body[place].isspace())
    for region in copy.regions:
        page = copy.pages[region.page - 1]
        assert 0 <= region.x0 <= region.x1 <= page.width
        assert 0 <= region.y0 < region.y1 <= page.height


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "mot", "W" * 40, "x" * 300, "\u00a0", "l’\u00a0été", "\t", "漢", " "]), min_size=1),
    st.integers(1, 400),
)
def test_lines_are_as_full_as_they_can_be(words: list[str], times: int) -> None:
    """However long the line of the text: a break is where the next word found no room, or inside a word too wide."""
    body = " ".join(words * times)[:20_000]
    _, copy = laid_out([("NarrativeText", body)])
    typeface = choose_typeface(body)
    size = (copy.regions[0].y1 - copy.regions[0].y0) / (ASCENT + DESCENT) if copy.regions else 1.0
    room = A4[0] - 2 * MARGIN
    for line, after in pairwise(copy.regions):
        assert body[line.end : after.start].replace("\u00a0", " ").isspace() or line.end == after.start
        both = re.match(r"\s*[^ \t]*", body[line.end : after.end])
        assert both is not None
        wide = typeface.width(body[line.start : line.end] + both.group(), size, bold=False)
        assert wide > room - 0.5 or line.start == copy.regions[0].start
    for line in copy.regions:
        assert line.x1 - line.x0 <= room + 0.01


def test_a_long_text_goes_over_several_pages_in_order() -> None:
    text, copy = laid_out([("NarrativeText", FRENCH)] * 200, sections=("Feuille 1",))
    assert len(copy.pages) > 3
    assert [page.note for page in copy.pages[:2]] == ["Feuille 1", "Feuille 1 (continued)"]
    assert [region.start for region in copy.regions] == sorted(region.start for region in copy.regions)
    assert copy.pages[-1].end == len(text)


def test_a_page_without_lines_shows_its_note() -> None:
    document = pypdfium2.PdfDocument(draw_reading_page([], 595, 842, "Feuille 2 – no text"))
    assert "Feuille 2" in document[0].get_textpage().get_text_range()
