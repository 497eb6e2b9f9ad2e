"""The tables of a page with the cells that reach over several places, which unstructured leaves out of its HTML."""

from collections import defaultdict, deque
from collections.abc import Sequence

from lxml import html as lxml_html
from unstructured.documents.elements import Element
from unstructured.partition.html import partition_html

from sourcier_ingest.parsing.tables import Row, element_to_rows, html_to_rows, rows_to_html
from sourcier_ingest.parsing.unstructured_offline import NO_LANGUAGE_DETECTION

_Words = tuple[tuple[str, ...], ...]


def elements_of_markup(tree: lxml_html.HtmlElement) -> list[Element]:
    """The elements of a page, its tables with their spans."""
    # Asked for beforehand: most pages have no table with a span, and need not have theirs read twice.
    has_spans = bool(tree.xpath("//*[@rowspan or @colspan]"))
    elements = partition_html(text=str(lxml_html.tostring(tree, encoding="unicode")), languages=NO_LANGUAGE_DETECTION)
    if has_spans:
        _put_spans_back(elements, tree)
    return elements


def _put_spans_back(elements: Sequence[Element], tree: lxml_html.HtmlElement) -> None:
    """A table of the page and one of the elements are the same when they hold the same words in the same cells."""
    waiting: defaultdict[_Words, deque[list[Row]]] = defaultdict(deque)
    for table in tree.iter("table"):
        if rows := element_to_rows(table):
            waiting[_words(rows)].append(rows)
    for element in elements:
        if not element.metadata.text_as_html:
            continue
        same = waiting.get(_words(html_to_rows(element.metadata.text_as_html)))
        if same:
            element.metadata.text_as_html = rows_to_html(same.popleft())


def _words(rows: Sequence[Row]) -> _Words:
    """The cells without white space, which each reading sets in its own way; rows without a cell do not count."""
    return tuple(tuple("".join(cell.split()) for cell in row) for row in rows if row)
