"""Checks an office archive (ZIP of XML parts) before any library opens it."""

import zlib
from collections.abc import Collection
from zipfile import BadZipFile, ZipFile, ZipInfo

from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentHostile, DocumentTooLarge
from sourcier_ingest.parsing.extraction import ParseLimits, SourceFile

_ALWAYS_HARMLESS_BYTES = 1 << 20
_READ_BYTES = 1 << 20
_XML_SUFFIXES = (".xml", ".rels", ".vml")
_ENCRYPTED_FLAG = 1
_OVERLAP = 16


def check_archive(source: SourceFile, parts: Collection[str] | None = None) -> None:
    """Refuse what no office document holds.

    `parts` names the members whose declarations are looked at: those that are going to be parsed; None: all XML.

    Raises:
        DocumentHostile: an archive bomb, a path outside the archive, or an XML entity declaration.
        DocumentTooLarge: it expands beyond the limit.
        DocumentEncrypted: a member is encrypted.
        DocumentCorrupt: the archive cannot be read.
    """
    try:
        with ZipFile(source.path) as archive:
            members = archive.infolist()
            _check_members(members, source.limits)
            for member in members:
                if member.filename in parts if parts is not None else _is_xml(member):
                    _check_declarations(archive, member)
    except (BadZipFile, OSError, EOFError, NotImplementedError, ValueError, zlib.error) as error:
        raise DocumentCorrupt("The archive inside this file is damaged.") from error


def _is_xml(member: ZipInfo) -> bool:
    return member.filename.lower().endswith(_XML_SUFFIXES)


def _check_members(members: list[ZipInfo], limits: ParseLimits) -> None:
    if len(members) > limits.max_archive_members:
        raise DocumentHostile("The archive holds far too many parts.")
    total = 0
    for member in members:
        total += member.file_size
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > _ALWAYS_HARMLESS_BYTES and ratio > limits.max_archive_ratio:
            raise DocumentHostile("The archive is a bomb: a part expands to more than a document ever does.")
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise DocumentHostile("The archive holds a path that leads outside of it.")
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise DocumentEncrypted("Members of this archive are protected by a password; none is tried on those.")
    if total > limits.max_expanded_bytes:
        raise DocumentTooLarge(f"The archive expands to more than {limits.max_expanded_bytes >> 20} MB.")


def _check_declarations(archive: ZipFile, member: ZipInfo) -> None:
    """Office XML has no document type; one is only there to declare entities."""
    tail = b""
    with archive.open(member) as stream:
        while part := stream.read(_READ_BYTES):
            window = tail + part.replace(b"\x00", b"")  # UTF-16 too
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise DocumentHostile("An XML part declares a document type or entities.")
            tail = window[-_OVERLAP:]
