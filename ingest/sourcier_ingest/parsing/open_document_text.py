"""The vocabulary of OpenDocument text: paragraphs, headings, lists, tables, notes and comments as elements."""

import re
from collections.abc import Iterator

from unstructured.documents.elements import Element, ElementMetadata, ListItem, NarrativeText, Table, Title

from sourcier_ingest.parsing.markup import XmlElement
from sourcier_ingest.parsing.merged_grids import covered_left_out, without_empty_rows
from sourcier_ingest.parsing.table_spans import ONE_PLACE, Span
from sourcier_ingest.parsing.tables import Row, rows_to_html, rows_to_text

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT = _NAMESPACE + "text:1.0"
TABLE = _NAMESPACE + "table:1.0"
DRAW = _NAMESPACE + "drawing:1.0"
STYLE = _NAMESPACE + "style:1.0"
OFFICE = _NAMESPACE + "office:1.0"
_MOST_COLUMNS = 16_384
_MOST_SPACES = 100
_NUMBER = re.compile(r"[0-9]{1,18}")


def qualified(namespace: str, name: str) -> str:
    """A name as lxml writes it."""
    return f"{{{namespace}}}{name}"


_PARAGRAPH, _HEADING = qualified(TEXT, "p"), qualified(TEXT, "h")
_NOTE, _ANNOTATION = qualified(TEXT, "note"), qualified(OFFICE, "annotation")
_LIST, _TABLE = qualified(TEXT, "list"), qualified(TABLE, "table")
_ROW, _CELL = qualified(TABLE, "table-row"), qualified(TABLE, "table-cell")
COVERED = qualified(TABLE, "covered-table-cell")
_ROW_GROUPS = {qualified(TABLE, name) for name in ("table-header-rows", "table-rows", "table-row-group")}
_APART = {_NOTE, _ANNOTATION, _TABLE, *(qualified(DRAW, name) for name in ("frame", "custom-shape", "g", "text-box"))}
_NOT_TEXT = {qualified(TEXT, "tracked-changes"), qualified(OFFICE, "forms"), qualified(DRAW, "page-thumbnail")}
_DUBLIN_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_SPACES = {qualified(TEXT, "tab"): "\t", qualified(TEXT, "line-break"): "\n"}


def words(node: XmlElement) -> str:
    """The running text of a paragraph, without the notes, comments and frames anchored in it."""
    parts: list[str] = [node.text or ""]
    for child in node:
        if child.tag == qualified(TEXT, "s"):
            count = child.get(qualified(TEXT, "c"), "1")
            parts.append(" " * (min(int(count), _MOST_SPACES) if count.isdigit() else 1))
        elif child.tag in _SPACES:
            parts.append(_SPACES[child.tag])
        elif isinstance(child.tag, str) and child.tag not in _APART and child.tag not in _NOT_TEXT:
            parts.append(words(child))
        parts.append(child.tail or "")
    return "".join(parts)


def all_words(node: XmlElement) -> str:
    """The text of all paragraphs under a node on one line, notes and comments included."""
    found = (" ".join(words(part).split()) for part in node.iter(_PARAGRAPH, _HEADING))
    return " ".join(filter(None, found))


def _repeated(node: XmlElement, name: str) -> int:
    count = node.get(qualified(TABLE, name), "1")
    return max(1, int(count)) if _NUMBER.fullmatch(count) else 1


def _span(cell: XmlElement) -> Span:
    return (_repeated(cell, "number-rows-spanned"), _repeated(cell, "number-columns-spanned"))


def _own_paragraphs(node: XmlElement) -> Iterator[XmlElement]:
    """The paragraphs under a node but those of its notes and comments."""
    for child in node:
        if child.tag in {_PARAGRAPH, _HEADING}:
            yield child
        if child.tag not in {_NOTE, _ANNOTATION}:
            yield from _own_paragraphs(child)


def _cell_words(cell: XmlElement) -> str:
    found = (" ".join(words(part).split()) for part in _own_paragraphs(cell))
    shown = " ".join(filter(None, found))
    return shown or cell.get(qualified(OFFICE, "string-value")) or cell.get(qualified(OFFICE, "value")) or ""


def table_rows(table: XmlElement) -> Iterator[tuple[Row, int]]:
    """The rows of a table, each with how many times it stands there one after the other.

    Places that a merged cell covers have a cell of their own, with the words that a file keeps under it.
    """
    for child in table:
        if child.tag in _ROW_GROUPS:
            yield from table_rows(child)
        if child.tag != _ROW:
            continue
        row: list[str] = []
        spans: list[Span] = []
        for cell in child.iterchildren(_CELL, COVERED):
            text = _cell_words(cell)
            count = min(_repeated(cell, "number-columns-repeated"), _MOST_COLUMNS - len(row))
            row.extend([text] * count)
            spans.extend([_span(cell) if cell.tag == _CELL else ONE_PLACE] * count)
        while row and not row[-1]:
            row.pop()
        yield Row(row, spans=spans[: len(row)]), _repeated(child, "number-rows-repeated")


class OpenDocumentText:
    """Reads the elements under a node of a document's content, whose root it is given."""

    def __init__(self, content: XmlElement) -> None:
        self._title_styles = {"Title"}
        for style in content.iter(qualified(STYLE, "style")):
            if style.get(qualified(STYLE, "parent-style-name")) == "Title":
                self._title_styles.add(style.get(qualified(STYLE, "name")))

    def title(self, text: str, depth: int, page: int) -> Title:
        """A heading; depth counts from 0."""
        return Title(text=text, metadata=ElementMetadata(page_number=page, category_depth=depth))

    def elements(self, node: XmlElement, page: int, *, listed: bool = False) -> Iterator[Element]:
        """The elements of a node and of all it holds, in order; `listed`: it is an item of a list."""
        if not isinstance(node.tag, str) or node.tag in _NOT_TEXT:
            return
        if node.tag == _HEADING:
            level = node.get(qualified(TEXT, "outline-level"), "1")
            if (text := words(node)).strip():
                yield self.title(text, max(0, int(level) - 1) if level.isdigit() else 0, page)
            yield from self._anchored(node, page)
        elif node.tag == _PARAGRAPH:
            text = words(node)
            if text.strip() and node.get(qualified(TEXT, "style-name")) in self._title_styles:
                yield self.title(text, 0, page)
            elif text.strip():
                kind = ListItem if listed else NarrativeText
                yield kind(text=text, metadata=ElementMetadata(page_number=page))
            yield from self._anchored(node, page)
        elif node.tag == _TABLE:
            yield from self._table(node, page)
        elif node.tag == _NOTE:
            yield from self._note(node, page)
        elif node.tag == _ANNOTATION:
            yield from self._comment(node, page)
        else:
            for child in node:
                yield from self.elements(child, page, listed=listed or node.tag == _LIST)

    def comments(self, node: XmlElement, page: int) -> Iterator[Element]:
        """The comments under a node, and nothing else."""
        for annotation in node.iter(_ANNOTATION):
            yield from self._comment(annotation, page)

    def _anchored(self, node: XmlElement, page: int) -> Iterator[Element]:
        for child in node:
            if child.tag in _APART:
                yield from self.elements(child, page)
            elif isinstance(child.tag, str) and child.tag not in _NOT_TEXT:
                yield from self._anchored(child, page)

    def _table(self, table: XmlElement, page: int) -> Iterator[Element]:
        rows = covered_left_out(without_empty_rows([row for row, _ in table_rows(table)]))
        if rows:
            metadata = ElementMetadata(page_number=page, text_as_html=rows_to_html(rows))
            yield Table(text=rows_to_text(rows), metadata=metadata)
        for note in table.iter(_NOTE):
            yield from self._note(note, page)
        yield from self.comments(table, page)

    def _note(self, note: XmlElement, page: int) -> Iterator[Element]:
        body = note.find(qualified(TEXT, "note-body"))
        citation = note.findtext(qualified(TEXT, "note-citation")) or ""
        if body is not None and (text := all_words(body)):
            label = "note de fin / endnote" if note.get(qualified(TEXT, "note-class")) == "endnote" else "note"
            yield NarrativeText(text=f"[{label} {citation.strip()}] {text}", metadata=ElementMetadata(page_number=page))

    def _comment(self, annotation: XmlElement, page: int) -> Iterator[Element]:
        author = annotation.findtext(_DUBLIN_CREATOR) or ""
        if text := all_words(annotation):
            label = f"[commentaire / comment {author.strip()}".rstrip()
            yield NarrativeText(text=f"{label}] {text}", metadata=ElementMetadata(page_number=page))
