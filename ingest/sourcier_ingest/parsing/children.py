"""Files inside a file (attachments, members of archives): safe names, bounded number and size."""

import mimetypes
import re
import unicodedata

from sourcier_core.domain.documents import ChildFile
from sourcier_core.errors import DocumentTooLarge
from sourcier_ingest.parsing.extraction import ParseLimits

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_MOST_NAME_BYTES = 200
_EXTENSIONS = {"text/plain": ".txt", "text/html": ".html", "message/rfc822": ".eml", "image/jpeg": ".jpg"}


def _shorten(part: str) -> str:
    """At most 200 bytes of UTF-8, with the extension kept."""
    if len(part.encode()) <= _MOST_NAME_BYTES:
        return part
    stem, dot, suffix = part.rpartition(".")
    suffix = dot + suffix if stem and len(suffix.encode()) <= 16 else ""
    room = _MOST_NAME_BYTES - len(suffix.encode())
    return part.encode()[:room].decode("utf-8", "ignore") + suffix


def safe_name(name: str, *, folders: bool = False) -> str:
    """`name` as a relative path with `/`, composed (NFC), without `..`, drive or control characters.

    Only its last part is kept unless `folders`. Empty when nothing is left.
    """
    cleaned = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", name).replace("\\", "/"))
    parts = [part.strip() for part in cleaned.split("/")]
    parts = [_shorten(part) for part in parts if part not in {"", ".", ".."} and not re.fullmatch("[A-Za-z]:", part)]
    return "/".join(parts if folders else parts[-1:]).replace("!/", "_/")  # "!/" parts a file from what is inside it


def extension_of(media_type: str) -> str:
    """The usual extension of a media type, with its dot; `.bin` when it has none."""
    return _EXTENSIONS.get(media_type) or mimetypes.guess_extension(media_type, strict=False) or ".bin"


class Children:
    """Collects the files inside one file. Equal names are told apart by a number."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._bytes = 0
        self._names: set[str] = set()
        self.files: list[ChildFile] = []

    def add(self, name: str, content: bytes, *, folders: bool = False, otherwise: str = "") -> str:
        """Keep one file and return the name it has now; `otherwise` is its name when its own is unusable.

        Raises:
            DocumentTooLarge: more files, or more bytes in all, than one file may hold.
        """
        self._bytes += len(content)
        if len(self.files) >= self._limits.max_children:
            raise DocumentTooLarge(f"More than {self._limits.max_children} files are inside this file.")
        if self._bytes > self._limits.max_child_bytes:
            raise DocumentTooLarge(
                f"The files inside this file have more than {self._limits.max_child_bytes >> 20} MB together."
            )
        kept = self._unique(safe_name(name, folders=folders) or otherwise or f"file-{len(self.files) + 1}")
        self.files.append(ChildFile(name=kept, content=content))
        return kept

    def _unique(self, name: str) -> str:
        folder, slash, last = name.rpartition("/")
        stem, dot, suffix = last.rpartition(".")
        if not stem:
            stem, dot, suffix = last, "", ""
        candidate, number = name, 1
        while candidate.casefold() in self._names:
            number += 1
            candidate = f"{folder}{slash}{stem} ({number}){dot}{suffix}"
        self._names.add(candidate.casefold())
        return candidate
