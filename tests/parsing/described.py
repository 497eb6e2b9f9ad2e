"""A parsed document as readable JSON, and the promises every parsed document keeps."""

from typing import Any

from sourcier_core.domain.documents import ParsedDocument


def describe(parsed: ParsedDocument) -> dict[str, Any]:
    """What a person would compare: the text by element with its role, headings and page; the passages by span."""
    return {
        "title": parsed.title,
        "language": parsed.language,
        "media_type": parsed.media_type,
        "parser": parsed.parser,
        "pages": [[page.number, page.start, page.end, page.note] for page in parsed.pages],
        "elements": [
            {
                "category": element.category,
                "page": element.page,
                "heading_path": list(element.heading_path),
                "text": parsed.text[element.start : element.end],
                **({"html": element.html} if element.html else {}),
            }
            for element in parsed.elements
        ],
        "passages": [[passage.start, passage.end, list(passage.heading_path)] for passage in parsed.passages],
    }


def check_promises(parsed: ParsedDocument) -> None:
    """Spans are ordered and inside the text; passages hold all of it; each letter lies in a line's box."""
    position = 0
    for element in parsed.elements:
        assert position <= element.start < element.end <= len(parsed.text)
        position = element.end
    check_passages_hold_everything(parsed)
    sizes = {page.number: page for page in parsed.pages}
    assert list(sizes) == list(range(1, len(parsed.pages) + 1))
    for page in parsed.pages:
        assert 0 <= page.start <= page.end <= len(parsed.text)
    for region in parsed.regions:
        page = sizes[region.page]
        assert 0 <= region.start < region.end <= len(parsed.text)
        assert -1 <= region.x0 < region.x1 <= page.width + 1
        assert -1 <= region.y0 < region.y1 <= page.height + 1
    covered = bytearray(len(parsed.text))
    for region in parsed.regions:
        covered[region.start : region.end] = b"\x01" * (region.end - region.start)
    bare = [place for place, character in enumerate(parsed.text) if character.isalnum() and not covered[place]]
    assert not bare, f"no box shows {parsed.text[bare[0] : bare[0] + 40]!r}"


def check_passages_hold_everything(parsed: ParsedDocument) -> None:
    position = 0
    for passage in parsed.passages:
        assert not parsed.text[position : passage.start].strip()
        assert passage.start < passage.end
        position = passage.end
    assert not parsed.text[position:].strip()
