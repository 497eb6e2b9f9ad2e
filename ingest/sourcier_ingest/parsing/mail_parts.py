"""The parts of a MIME message, read with the standard library: headers, bodies, attachments."""

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from sourcier_core.errors import DocumentCorrupt, DocumentHostile
from sourcier_ingest.parsing.children import Children, extension_of

_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_LEAST_PICTURE_BYTES = 20_000


def read_message(data: bytes, most_nested: int) -> EmailMessage:
    """The message in these bytes.

    Raises:
        DocumentCorrupt: there is no header.
        DocumentHostile: its parts are nested more than `most_nested` deep.
    """
    try:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(data)
        _check_depth(message, 0, most_nested)
    except RecursionError as error:
        raise DocumentHostile("Messages are nested too deep.") from error
    if not message.keys():
        raise DocumentCorrupt("This is not a mail message.")
    return message


def _check_depth(message: Any, depth: int, most: int) -> None:
    if depth > most:
        raise DocumentHostile(f"Messages are nested more than {most} deep.")
    if message.is_multipart():
        for part in message.iter_parts():
            _check_depth(part, depth + 1, most)


def part_text(part: Any) -> str:
    """The decoded text of a part; a wrong charset never loses it."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        payload = part.get_payload(decode=True)
        return payload.decode("cp1252", "replace") if isinstance(payload, bytes) else ""


def _message_bytes(message: Any) -> bytes:
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError):  # headers that cannot be written as they were read
        return message.as_string(policy=policy.compat32).encode("utf-8", "replace")


def _part_bytes(part: Any) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return _message_bytes(inner[0]) if isinstance(inner, list) and inner else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else part.as_bytes()


def _name(part: Any) -> str:
    if name := part.get_filename():
        return str(name)
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        subject = str(inner[0]["Subject"] or "") if isinstance(inner, list) and inner else ""
        return f"{subject.replace('/', '-') or 'message'}.eml"
    return ""


def _is_decoration(part: Any) -> bool:
    """A signature, or a small picture shown inside the text, such as a logo."""
    if part.get_content_type() in _SIGNATURES:
        return True
    shown_inside = part.get("Content-ID") is not None and part.get_content_disposition() != "attachment"
    if not shown_inside or part.get_content_maintype() != "image":
        return False
    return len(_part_bytes(part)) < _LEAST_PICTURE_BYTES


def is_running_text(part: Any) -> bool:
    """Text to be read with the message rather than a file attached to it."""
    shown = part.get_content_type() in {"text/plain", "text/html"} and part.get_filename() is None
    return shown and part.get_content_disposition() != "attachment"


def walk_leaves(message: Any) -> Iterator[Any]:
    """Every part that is not a container, in order; an attached message is one part."""
    if message.is_multipart() and message.get_content_type() != "message/rfc822":
        for part in message.iter_parts():
            yield from walk_leaves(part)
    else:
        yield message


def collect_attachments(message: EmailMessage, shown: set[int], children: Children) -> list[str]:
    """Keep every part but those whose `id()` is in `shown` as a child; the names to show.

    Signatures and small pictures inside the text are named and not kept: a logo in each message is no document.

    Raises:
        DocumentTooLarge: see `Children.add`.
    """
    names: list[str] = []
    for part in walk_leaves(message):
        if id(part) in shown:
            continue
        name = _name(part)
        if _is_decoration(part):
            names.append(name or part.get_content_type())
            continue
        otherwise = f"attachment-{len(children.files) + 1}{extension_of(part.get_content_type())}"
        if part.get_content_type() == "message/rfc822" and not name.lower().endswith(".eml"):
            name = f"{name}.eml"
        names.append(children.add(name, _part_bytes(part), otherwise=otherwise))
    return names
