"""HTML pages."""

import re
from dataclasses import dataclass

from lxml import html as lxml_html
from unstructured.documents.elements import Element

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt
from sourcier_ingest.parsing.concealment_web import concealed_in_html
from sourcier_ingest.parsing.encodings import decode
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.web_tables import elements_of_markup

_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_SUFFIXES = {".html", ".htm", ".xhtml"}
_WITHOUT_TEXT = ("script", "style", "noscript", "template", "iframe", "object", "embed")


@dataclass(frozen=True, kw_only=True, slots=True)
class WebPage:
    """What a page's markup holds."""

    elements: list[Element]
    title: str | None
    concealed: tuple[ConcealedText, ...]


def decode_markup(data: bytes) -> str:
    """The text of markup in the encoding it declares, else in the most likely one. Raises DocumentCorrupt."""
    declared = _CHARSET.search(data[:4096])
    if declared is not None:
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def read_markup(text: str) -> WebPage:
    """Headings, lists and tables keep their roles. Nothing the page refers to is fetched.

    Raises:
        DocumentCorrupt: no element can be made out.
    """
    try:
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False)
        tree = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text), parser=parser)
    except (ValueError, lxml_html.etree.ParserError) as error:
        raise DocumentCorrupt("The page's markup cannot be read.") from error
    title = tree.findtext(".//title")
    concealed = concealed_in_html(tree)
    for element in list(tree.iter(*_WITHOUT_TEXT)):
        element.drop_tree()
    return WebPage(elements=elements_of_markup(tree), title=title, concealed=tuple(concealed))


class HtmlParser:
    """An HTML page: what a reader sees of it. Nothing it refers to is fetched."""

    def bid(self, source: SourceFile) -> float:
        """Markup by content, or by name."""
        if _MARKUP.search(source.sample):
            return 0.9
        return 0.7 if source.suffix in _SUFFIXES and b"<" in source.sample else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """Headings, lists and tables keep their roles.

        Raises:
            DocumentCorrupt: no element can be made out.
        """
        page = read_markup(decode_markup(source.path.read_bytes()))
        return Extraction(
            elements=page.elements,
            media_type="text/html",
            parser="html/2",
            title=page.title,
            concealed=page.concealed,
        )
