"""Outlook messages (MSG). Attachments, messages among them, are handed on as documents of their own."""

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from olefile import OleFileIO
from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.domain import constants
from oxmsg.properties import Properties
from oxmsg.storage import Storage
from unstructured.documents.elements import Element

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt, DocumentError, DocumentHostile
from sourcier_ingest.parsing.children import Children, extension_of
from sourcier_ingest.parsing.compressed_rich_text import decompress
from sourcier_ingest.parsing.extraction import COMPOUND_SIGNATURE, Extraction, SourceFile
from sourcier_ingest.parsing.mail_format import attachment_lines, mail_elements, paragraphs
from sourcier_ingest.parsing.rich_text_format import read_rich_text
from sourcier_ingest.parsing.web_formats import read_markup

_PROPERTIES = "__properties_version1.0"
_EMBEDDED = "__substg1.0_3701000D"
_EMBEDDED_HEADER_BYTES = 24
_RICH_TEXT_ID = 0x1009
_DISPLAY_NAME_ID, _SHORT_NAME_ID, _SHOWN_TO_ID, _COPIED_TO_ID = 0x3001, 0x3704, 0x0E04, 0x0E03


class _Message:
    """A message at the top of a file, or embedded in another one (whose properties begin elsewhere)."""

    def __init__(self, storage: Storage, *, embedded: bool) -> None:
        self.message = Message(storage)
        if embedded:
            vars(self.message)["_properties"] = Properties(storage, properties_header_offset=_EMBEDDED_HEADER_BYTES)
        self.properties = self.message.properties
        self.storage = storage

    def headers(self) -> list[tuple[str, str]]:
        sent = self.message.sent_date
        found = [
            ("From", self.message.sender or ""),
            ("To", self.properties.str_prop_value(_SHOWN_TO_ID) or ""),
            ("Cc", self.properties.str_prop_value(_COPIED_TO_ID) or ""),
            ("Date", "" if sent is None else format_datetime(sent)),
            ("Subject", self.message.subject),
        ]
        cleaned = ((name, " ".join(value.replace("\x00", "").split())) for name, value in found)
        return [(name, value) for name, value in cleaned if value]

    def body(self) -> tuple[list[Element], tuple[ConcealedText, ...]]:
        """The formatted text, the plain one or the rich one: the first that holds anything."""
        html = self.html()
        if html is not None and html.strip():
            page = read_markup(html)
            if any(element.text.strip() for element in page.elements):
                return page.elements, page.concealed
        plain = self.message.body or ""
        compressed = self.properties.binary_prop_value(_RICH_TEXT_ID)
        if plain.strip() or not compressed:
            return paragraphs(plain), ()
        rich = read_rich_text(decompress(compressed))
        return list(rich.elements), tuple(rich.concealed)

    def html(self) -> str | None:
        """The formatted text, whatever code page it claims."""
        try:
            return self.message.html_body
        except (LookupError, UnicodeError):
            data = self.properties.binary_prop_value(constants.PID_HTML)
            return None if data is None else data.decode("utf-8", "replace")


def _attachment_name(properties: Any) -> str:
    for identifier in (constants.PID_ATTACH_LONG_FILENAME, _SHORT_NAME_ID, _DISPLAY_NAME_ID):
        if name := (properties.str_prop_value(identifier) or "").strip("\x00 "):
            return name
    return ""


def _as_mail(embedded: _Message, depth: int) -> bytes:
    """An embedded message as EML, with its own attachments."""
    if depth <= 0:
        raise DocumentHostile("Messages are nested too deep.")
    mail = EmailMessage()
    for name, value in embedded.headers():
        mail[name] = value
    mail.set_content((embedded.message.body or "").replace("\x00", ""))
    html = embedded.html()
    if html is not None and html.strip():
        mail.add_alternative(html, subtype="html")
    for name, content, media_type in _attached(embedded, depth - 1):
        kind, _, subtype = media_type.partition("/")
        mail.add_attachment(content, maintype=kind or "application", subtype=subtype or "octet-stream", filename=name)
    return mail.as_bytes()


def _attached(message: _Message, depth: int) -> list[tuple[str, bytes, str]]:
    """(name, bytes, media type) of each attachment."""
    found: list[tuple[str, bytes, str]] = []
    for storage in message.storage.iter_attachment_storages():
        attachment = Attachment(storage)
        name = _attachment_name(attachment.properties)
        inner = next((child for child in storage.storages if child.name == _EMBEDDED), None)
        if inner is not None and any(stream.name == _PROPERTIES for stream in inner.streams):
            content = _as_mail(_Message(inner, embedded=True), depth)
            found.append(
                (name if name.lower().endswith(".eml") else f"{name or 'message'}.eml", content, "message/eml")
            )
        elif attachment.file_bytes is not None:
            media_type = attachment.mime_type or "application/octet-stream"
            found.append((name, attachment.file_bytes, media_type))
    return found


class OutlookParser:
    """One message: its headers, its text, and the names of its attachments, which are its children."""

    def bid(self, source: SourceFile) -> float:
        """By its streams, or by name when damaged."""
        streams = source.compound_streams
        if streams is not None:
            return 0.95 if _PROPERTIES in streams else 0.0
        return 0.6 if source.suffix == ".msg" and source.sample.startswith(COMPOUND_SIGNATURE) else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The message.

        Raises:
            DocumentCorrupt, DocumentHostile, DocumentTooLarge: it cannot be read, nests too deep, or holds too much.
        """
        try:
            return self._read(source)
        except (DocumentError, MemoryError):
            raise
        except RecursionError as error:
            raise DocumentHostile("Messages are nested too deep.") from error
        except Exception as error:  # oxmsg and olefile raise many kinds for a damaged file
            raise DocumentCorrupt("The message cannot be read; it may be damaged.") from error

    def _read(self, source: SourceFile) -> Extraction:
        with OleFileIO(str(source.path)) as compound:
            message = _Message(Storage.from_ole(compound), embedded=False)
        subject = " ".join(message.message.subject.replace("\x00", "").split()) or source.stem
        elements = mail_elements(subject, [f"{name}: {value}" for name, value in message.headers()])
        texts, concealed = message.body()
        elements.extend(texts)
        children = Children(source.limits)
        names: list[str] = []
        for name, content, media_type in _attached(message, source.limits.max_mail_depth):
            otherwise = f"attachment-{len(names) + 1}{extension_of(media_type)}"
            names.append(children.add(name, content, otherwise=otherwise))
        elements.extend(attachment_lines(names))
        return Extraction(
            elements=elements,
            media_type="application/vnd.ms-outlook",
            parser="outlook/2",
            title=subject,
            concealed=concealed,
            children=children.files,
        )
