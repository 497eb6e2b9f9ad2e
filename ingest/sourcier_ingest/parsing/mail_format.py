"""E-mail messages (EML). Attachments are named; they are not read."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from unstructured.documents.elements import Element, ElementMetadata, ListItem, NarrativeText, Title
from unstructured.partition.html import partition_html

from sourcier_core.errors import DocumentCorrupt, DocumentHostile
from sourcier_ingest.parsing.extraction import Extraction, SourceFile

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def _depth(message: Any, depth: int, most: int) -> None:
    if depth > most:
        raise DocumentHostile(f"Messages are nested more than {most} deep.")
    if message.is_multipart():
        for part in message.iter_parts():
            _depth(part, depth + 1, most)


def _content(part: Any) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        payload = part.get_payload(decode=True)
        return payload.decode("cp1252", "replace") if isinstance(payload, bytes) else ""


class MailParser:
    """One message: its headers, its text, and the names of its attachments."""

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
        """
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(source.path.read_bytes())
        if not message.keys():
            raise DocumentCorrupt("This is not a mail message.")
        try:
            _depth(message, 0, source.limits.max_mail_depth * 2)
        except RecursionError as error:
            raise DocumentHostile("Messages are nested too deep.") from error
        lines = [f"{name}: {message[name]}" for name in _HEADERS if message[name]]
        subject = str(message["Subject"] or source.stem)
        metadata = ElementMetadata(page_number=1)
        elements: list[Element] = [Title(text=subject, metadata=metadata)]
        elements.append(NarrativeText(text="\n".join(lines), metadata=metadata))
        body = message.get_body(preferencelist=("html", "plain"))
        if body is not None:
            text = _content(body)
            if body.get_content_subtype() == "html":
                elements.extend(partition_html(text=text) if text.strip() else [])
            else:
                paragraphs = text.replace("\r\n", "\n").split("\n\n")
                elements.extend(NarrativeText(text=part, metadata=metadata) for part in paragraphs if part.strip())
        for part in message.iter_attachments():
            name = part.get_filename() or part.get_content_type()
            elements.append(ListItem(text=f"Pièce jointe / attachment: {name}", metadata=metadata))
        return Extraction(elements=elements, media_type="message/rfc822", parser="mail/1", title=subject)
