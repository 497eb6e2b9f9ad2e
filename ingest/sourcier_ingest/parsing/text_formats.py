"""Plain text and Markdown, in any encoding."""

import re

from lxml import html as lxml_html
from unstructured.documents.elements import Element, ElementMetadata, NarrativeText

from sourcier_ingest.parsing.encodings import decode, is_text
from sourcier_ingest.parsing.extraction import COMPOUND_SIGNATURE, Extraction, SourceFile
from sourcier_ingest.parsing.web_tables import elements_of_markup

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_MARKDOWN_SUFFIXES = {".md", ".markdown"}
_TEXT_SUFFIXES = {".txt", ".text", ".log", ""}


def looks_like_text(sample: bytes) -> bool:
    """Whether a file that begins so is text rather than something binary."""
    if sample.startswith((b"%PDF", b"PK\x03\x04", COMPOUND_SIGNATURE, b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*")):
        return False
    return is_text(sample)


class TextParser:
    """Plain text: paragraphs are what blank lines separate."""

    def bid(self, source: SourceFile) -> float:
        """Any text, surest for `.txt`."""
        if not looks_like_text(source.sample):
            return 0.0
        return 0.6 if source.suffix in _TEXT_SUFFIXES else 0.1

    def parse(self, source: SourceFile) -> Extraction:
        """One element per paragraph; nothing is guessed from the words."""
        text = decode(source.path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
        elements: list[Element] = [
            NarrativeText(text=part, metadata=ElementMetadata(page_number=1))
            for part in _BLANK_LINE.split(text)
            if part.strip()
        ]
        return Extraction(elements=elements, media_type="text/plain", parser="text/1")


class MarkdownParser:
    """Markdown, through HTML."""

    def bid(self, source: SourceFile) -> float:
        """Text named as Markdown."""
        return 0.8 if source.suffix in _MARKDOWN_SUFFIXES and looks_like_text(source.sample) else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """Headings, lists and tables keep their roles, HTML tables their merged cells."""
        from markdown import markdown  # noqa: PLC0415 - only Markdown files pay for it

        html = markdown(decode(source.path.read_bytes()), extensions=["tables", "fenced_code", "sane_lists"])
        if not html.strip():
            return Extraction(elements=[], media_type="text/markdown", parser="markdown/2")
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False)
        tree = lxml_html.document_fromstring(f"<html><body>{html}</body></html>", parser=parser)
        return Extraction(elements=elements_of_markup(tree), media_type="text/markdown", parser="markdown/2")
