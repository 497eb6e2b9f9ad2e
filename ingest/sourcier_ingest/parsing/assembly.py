"""Puts what a format's parser found together: canonical text, offsets, heading paths, pages, passages."""

from collections.abc import Mapping, Sequence

from unstructured.documents.elements import Element

from sourcier_core.display import on_one_line
from sourcier_core.domain.documents import Page, PageReading, ParsedDocument, Region, TextElement
from sourcier_core.errors import DocumentWithoutText
from sourcier_ingest.chunking import CHUNKER, cut_passages
from sourcier_ingest.parsing.extraction import Extraction, PageFrame, SourceFile, clean_text
from sourcier_ingest.parsing.language import detect_language
from sourcier_ingest.parsing.reading_copy import lay_out
from sourcier_ingest.parsing.tables import html_to_rows, rows_to_html, with_header_marked

_SEPARATOR = "\n\n"
_DROPPED = frozenset({"Header", "Footer", "PageBreak", "PageNumber"})
_LONGEST_TITLE = 160


def _place_elements(found: Sequence[Element]) -> tuple[str, list[TextElement], dict[int, int]]:
    """The canonical text, its elements, and where each kept element (by its number in `found`) begins."""
    parts: list[str] = []
    placed: list[TextElement] = []
    starts: dict[int, int] = {}
    stack: list[tuple[int, str]] = []
    position = 0
    for number, element in enumerate(found):
        text = clean_text(element.text or "")
        if not text or element.category in _DROPPED:
            continue
        if element.category == "Title":
            depth = element.metadata.category_depth or 0
            stack = [entry for entry in stack if entry[0] < depth]
            path = tuple(title for _, title in stack)
            stack.append((depth, text[:_LONGEST_TITLE]))
        else:
            path = tuple(title for _, title in stack)
        html = element.metadata.text_as_html
        rows = html_to_rows(html) if html else []
        starts[number] = position
        placed.append(
            TextElement(
                category=element.category,
                start=position,
                end=position + len(text),
                page=element.metadata.page_number or 1,
                heading_path=path,
                html=rows_to_html(with_header_marked(rows)) if rows else None,
            )
        )
        parts.append(text)
        position += len(text) + len(_SEPARATOR)
    return _SEPARATOR.join(parts), placed, starts


def _title(extraction: Extraction, text: str, elements: Sequence[TextElement], source: SourceFile) -> str:
    if extraction.title and (given := on_one_line(clean_text(extraction.title))):
        return given[:_LONGEST_TITLE]
    for element in elements[:5]:
        if element.category == "Title":
            return on_one_line(text[element.start : element.end])[:_LONGEST_TITLE]
    return on_one_line(source.stem.replace("_", " ").replace("-", " "))[:_LONGEST_TITLE]


def _reading(frame: PageFrame, *, has_text: bool) -> PageReading:
    if frame.unread:
        return PageReading.UNREAD
    if frame.recognition_confidence is not None:
        return PageReading.RECOGNISED
    if has_text:
        return PageReading.READ
    return PageReading.NOTHING_RECOGNISED if frame.note else PageReading.NOTHING_FOUND


def _pages_of_original(
    extraction: Extraction, elements: Sequence[TextElement], starts: Mapping[int, int]
) -> tuple[Page, ...]:
    pages: list[Page] = []
    with_lines = {line.page for line in extraction.lines or () if line.element in starts}
    position = 0
    for number, frame in enumerate(extraction.frames, start=1):
        spans = [element for element in elements if element.page == number]
        start = min((element.start for element in spans), default=position)
        position = max((element.end for element in spans), default=position)
        has_text = bool(spans) or number in with_lines  # an element may go on from the page before
        note = frame.note or (None if has_text else "no text was found on this page")
        pages.append(
            Page(
                number=number,
                width=frame.width,
                height=frame.height,
                start=start,
                end=max(start, position),
                recognition_confidence=frame.recognition_confidence,
                note=note,
                reading=_reading(frame, has_text=has_text),
            )
        )
    return tuple(pages)


def assemble(extraction: Extraction, source: SourceFile) -> ParsedDocument:
    """The parsed document.

    Raises:
        DocumentWithoutText: nothing readable was found; this is never a success.
    """
    text, elements, starts = _place_elements(extraction.elements)
    if not any(character.isalnum() for character in text):
        raise DocumentWithoutText
    title = _title(extraction, text, elements, source)
    if extraction.lines is None:
        copy = lay_out(text, elements, extraction.sections, extraction.notes, landscape=extraction.landscape)
        pages, regions = tuple(copy.pages), tuple(copy.regions)
    else:
        pages = _pages_of_original(extraction, elements, starts)
        regions = tuple(
            Region(
                start=starts[line.element] + line.start,
                end=starts[line.element] + line.end,
                page=line.page,
                x0=line.x0,
                y0=line.y0,
                x1=line.x1,
                y1=line.y1,
            )
            for line in extraction.lines
            if line.element in starts
        )
    return ParsedDocument(
        text=text,
        title=title,
        language=detect_language(text),
        media_type=extraction.media_type,
        parser=extraction.parser,
        chunker=CHUNKER,
        elements=tuple(elements),
        pages=pages,
        regions=regions,
        passages=cut_passages(text, elements),
        rendition=extraction.rendition,
        is_laid_out=extraction.lines is None,
        concealed=tuple(extraction.concealed),
        children=tuple(extraction.children),
    )
