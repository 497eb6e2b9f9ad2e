"""E-mail messages (EML). Attachments are handed on as documents of their own."""

from email.message import EmailMessage
from typing import Any

from unstructured.documents.elements import Element, ElementMetadata, ListItem, NarrativeText, Title

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt
from sourcier_ingest.parsing.children import Children
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.mail_parts import (
    collect_attachments,
    is_running_text,
    part_text,
    read_message,
    walk_leaves,
)
from sourcier_ingest.parsing.web_formats import read_markup

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_METADATA_PAGE = 1


def mail_elements(subject: str, headers: list[str]) -> list[Element]:
    """How every message begins: its subject and its headers."""
    metadata = ElementMetadata(page_number=_METADATA_PAGE)
    return [Title(text=subject, metadata=metadata), NarrativeText(text="\n".join(headers), metadata=metadata)]


def paragraphs(text: str) -> list[Element]:
    """A plain text body: paragraphs are what blank lines separate."""
    parts = text.replace("\r\n", "\n").split("\n\n")
    return [
        NarrativeText(text=part, metadata=ElementMetadata(page_number=_METADATA_PAGE)) for part in parts if part.strip()
    ]


def attachment_lines(names: list[str]) -> list[Element]:
    """The names of what is attached."""
    metadata = ElementMetadata(page_number=_METADATA_PAGE)
    return [ListItem(text=f"Pièce jointe / attachment: {name}", metadata=metadata) for name in names]


def _body(body: Any) -> tuple[list[Element], tuple[ConcealedText, ...]]:
    text = part_text(body)
    if body.get_content_subtype() != "html":
        return paragraphs(text), ()
    if not text.strip():
        return [], ()
    try:
        page = read_markup(text)
    except DocumentCorrupt:
        return [], ()  # markup without a single element; the message has its headers and perhaps a plain text
    return page.elements, page.concealed


def _texts(message: EmailMessage) -> tuple[list[Element], set[int], list[ConcealedText]]:
    """The message's running text, the `id()` of the parts it is in, and what is concealed in it."""
    elements: list[Element] = []
    concealed: list[ConcealedText] = []
    shown: set[int] = set()
    bodies = [message.get_body(preferencelist=order) for order in (("html", "plain"), ("plain", "html"))]
    for body in bodies:  # the formatted text, or the plain one when that holds nothing
        if body is None:
            continue
        if not any(element.text.strip() for element in elements):
            found, hidden = _body(body)
            elements.extend(found)
            concealed.extend(hidden)
        shown.add(id(body))
    for part in walk_leaves(message):
        if id(part) not in shown and is_running_text(part):
            found, hidden = _body(part)
            elements.extend(found)
            concealed.extend(hidden)
            shown.add(id(part))
    return elements, shown, concealed


class MailParser:
    """One message: its headers, its text, and the names of its attachments, which are its children."""

    def bid(self, source: SourceFile) -> float:
        """By name, or by its first header lines."""
        head = source.sample[:2048].lower()
        looks = sum(name in head for name in (b"\nfrom:", b"\nto:", b"\nsubject:", b"\ndate:", b"mime-version:"))
        if source.suffix == ".eml":
            return 0.95 if looks or head.startswith(b"from:") else 0.0
        return 0.5 if looks >= 3 else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The message.

        Raises:
            DocumentCorrupt: there is no header.
            DocumentHostile: messages nested too deep.
            DocumentTooLarge: too many or too large attachments.
        """
        message = read_message(source.path.read_bytes(), source.limits.max_mail_depth * 2)
        subject = str(message["Subject"] or source.stem)
        elements = mail_elements(subject, [f"{name}: {message[name]}" for name in _HEADERS if message[name]])
        texts, shown, concealed = _texts(message)
        elements.extend(texts)
        children = Children(source.limits)
        elements.extend(attachment_lines(collect_attachments(message, shown, children)))
        return Extraction(
            elements=elements,
            media_type="message/rfc822",
            parser="mail/3",
            title=subject,
            concealed=concealed,
            children=children.files,
        )
