"""Kinds of documents as people name them, and the media types that parsers tell of each."""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

DocumentType = Literal["pdf", "word", "slides", "sheet", "web", "text", "mail", "book", "image"]

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
MEDIA_TYPES: Mapping[DocumentType, frozenset[str]] = {
    "pdf": frozenset({"application/pdf"}),
    "word": frozenset({_OFFICE + "wordprocessingml.document", "application/msword", _OPEN + "text", "application/rtf"}),
    "slides": frozenset(
        {_OFFICE + "presentationml.presentation", "application/vnd.ms-powerpoint", _OPEN + "presentation"}
    ),
    "sheet": frozenset(
        {
            *(_OFFICE + "spreadsheetml.sheet", "application/vnd.ms-excel", _OPEN + "spreadsheet"),
            *("text/csv", "text/tab-separated-values"),
        }
    ),
    "web": frozenset({"text/html", "multipart/related"}),
    "text": frozenset({"text/plain", "text/markdown"}),
    "mail": frozenset({"message/rfc822", "application/vnd.ms-outlook"}),
    "book": frozenset({"application/epub+zip"}),
    "image": frozenset({"image/png", "image/jpeg", "image/tiff"}),
}
"""Each media type is of one kind. An archive is none: what it holds has kinds of its own."""
DOCUMENT_TYPES: tuple[DocumentType, ...] = get_args(DocumentType)


def media_types_of(kinds: Collection[DocumentType]) -> frozenset[str]:
    """All media types of some kinds."""
    return frozenset[str]().union(*(MEDIA_TYPES[kind] for kind in kinds))


def split_media_types(media_types: Collection[str]) -> tuple[list[DocumentType], list[str]]:
    """The kinds that are whole among some media types, and the media types of no such kind, sorted."""
    kinds: list[DocumentType] = [kind for kind in DOCUMENT_TYPES if MEDIA_TYPES[kind] <= frozenset(media_types)]
    return kinds, sorted(frozenset(media_types) - media_types_of(kinds))
