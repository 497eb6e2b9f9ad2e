"""What a format's parser is given, and what it hands back for assembly."""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile, ZipFile

from olefile import OleFileIO
from unstructured.documents.elements import Element

from sourcier_core.domain.documents import ChildFile, ConcealedText
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords

SAMPLE_BYTES = 16 << 10
COMPOUND_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an OLE compound file begins."""

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x85", "\n"))
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def clean_text(text: str) -> str:
    """The text without what no store accepts (NUL, control characters, halves of surrogates) and without blank lines.

    Line ends become ``\\n``. Blank lines would look like the border between two elements.
    """
    text = text.replace("\r\n", "\n").translate(_LINE_ENDS)
    return _BLANK_LINES.sub("\n", _UNSTORABLE.sub("", text)).strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseLimits:
    """What a document may ask for, beyond the limits of the child that reads it."""

    max_file_bytes: int = 200 << 20
    max_pages: int = 5000
    max_expanded_bytes: int = 1 << 30
    max_archive_members: int = 20_000
    max_archive_ratio: int = 200
    max_mail_depth: int = 8
    max_children: int = 5000
    max_child_bytes: int = 256 << 20
    """Of all the files inside one file together."""
    max_table_rows: int = 100_000
    max_table_cells: int = 2_000_000
    """Rows and cells that hold anything, in all sheets of one workbook together."""
    max_image_pixels: int = 80_000_000
    converter_time_s: float = 90.0
    picture_time_s: float = 40.0
    """For recognising the pictures of one document that stand beside its text."""
    max_pictures: int = 60
    """Of those inside one Office file, how many are recognised."""
    recognition_data: Path | None = None
    """Folder with tesseract's language data; None: Debian's place."""
    password_time_s: float = 30.0
    """After which no further password is tried on a document."""


@dataclass(frozen=True)
class SourceFile:
    """A file to parse: its bytes on disk, its original name, the limits, and the passwords it may be opened with."""

    path: Path
    name: str
    limits: ParseLimits
    passwords: DocumentPasswords = NO_PASSWORDS

    @cached_property
    def sample(self) -> bytes:
        """The first bytes of the file."""
        with self.path.open("rb") as stream:
            return stream.read(SAMPLE_BYTES)

    @cached_property
    def suffix(self) -> str:
        """The original name's extension in lower case, with its dot; empty without one."""
        return Path(self.name).suffix.lower()

    @cached_property
    def stem(self) -> str:
        """The original name without folders and extension."""
        return Path(self.name).stem or self.name

    @cached_property
    def archive_members(self) -> frozenset[str] | None:
        """Names of the members when the file is a readable ZIP archive, else None."""
        if not self.sample.startswith(b"PK"):
            return None
        try:
            with ZipFile(self.path) as archive:
                return frozenset(archive.namelist())
        except (BadZipFile, OSError, ValueError, NotImplementedError):
            return None

    @cached_property
    def archive_media_type(self) -> str | None:
        """What the member `mimetype` of an OpenDocument or EPUB archive says; None without it."""
        if self.archive_members is None or "mimetype" not in self.archive_members:
            return None
        try:
            with ZipFile(self.path) as archive, archive.open("mimetype") as member:
                return member.read(200).decode("ascii", "replace").strip()
        except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error):
            return None

    @cached_property
    def compound_streams(self) -> frozenset[str] | None:
        """Names of the top-level streams when the file is a readable OLE compound file (DOC, XLS, MSG…), else None."""
        if not self.sample.startswith(COMPOUND_SIGNATURE):
            return None
        try:
            with OleFileIO(str(self.path)) as compound:
                return frozenset(str(entry[0]) for entry in compound.listdir())
        except (OSError, ValueError, struct.error, IndexError):
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFrame:
    """A page of the original: its size in points, how well it was recognised, and what a person should know."""

    width: float
    height: float
    recognition_confidence: float | None = None
    note: str | None = None
    unread: bool = False
    """It is a picture that was not read, for want of text recognition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineBox:
    """One line of element number `element`: characters [start, end) of its text; points, origin at the top left."""

    element: int
    start: int
    end: int
    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What a parser found.

    With `lines`, `frames` are the pages of a PDF: the original, or `rendition` where that is given. Without, a
    reading copy is laid out, and `sections` names the parts that start a new page (slides, sheets), to which
    `metadata.page_number` refers from 1; `notes` says by section what a person should know about it. `children` are
    the files inside this one.
    """

    elements: Sequence[Element]
    media_type: str
    parser: str
    title: str | None = None
    frames: Sequence[PageFrame] = ()
    lines: Sequence[LineBox] | None = None
    sections: Sequence[str] = ()
    notes: Mapping[int, str] = field(default_factory=dict[int, str])
    landscape: bool = False
    rendition: bytes | None = None
    concealed: Sequence[ConcealedText] = ()
    children: Sequence[ChildFile] = ()


class FormatParser(Protocol):
    """Reads one format."""

    def bid(self, source: SourceFile) -> float:
        """How sure this parser is that the file is its own: 0 (no) to 1 (certain). The highest bid wins."""
        ...

    def parse(self, source: SourceFile) -> Extraction:
        """Read the file. Raises a DocumentError."""
        ...
