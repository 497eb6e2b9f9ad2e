"""Saved web pages (MHTML): one message that holds a page with its pictures and frames."""

from unstructured.documents.elements import Element

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.mail_parts import part_text, read_message, walk_leaves
from sourcier_ingest.parsing.web_formats import read_markup

_SUFFIXES = {".mht", ".mhtml"}


class WebArchiveParser:
    """MHTML: the page, then its frames in the order they are kept. Pictures and styles are not documents."""

    def bid(self, source: SourceFile) -> float:
        """By name and headers, or by a header only browsers write."""
        head = source.sample.lower()
        if b"\nsnapshot-content-location:" in head:
            return 0.97
        return 0.97 if source.suffix in _SUFFIXES and b"content-type:" in head else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The page's text.

        Raises:
            DocumentCorrupt, DocumentHostile: it holds no page, or its parts are nested too deep.
        """
        message = read_message(source.path.read_bytes(), source.limits.max_mail_depth * 2)
        elements: list[Element] = []
        concealed: list[ConcealedText] = []
        title = None
        found = False
        for part in walk_leaves(message):
            if part.get_content_type() not in {"text/html", "application/xhtml+xml"}:
                continue
            found = True
            text = part_text(part)
            if text.strip():
                page = read_markup(text)
                title = title or page.title
                elements.extend(page.elements)
                concealed.extend(page.concealed)
        if not found:
            raise DocumentCorrupt("The saved page holds no page.")
        title = title or (str(message["Subject"]) if message["Subject"] else None)
        return Extraction(
            elements=elements, media_type="multipart/related", parser="mhtml/2", title=title, concealed=concealed
        )
