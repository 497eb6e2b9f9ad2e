"""ZIP archives: every member is handed on as a document of its own; the archive's own text is their list."""

import stat
import zlib
from pathlib import PurePosixPath
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from unstructured.documents.elements import Element, ElementMetadata, ListItem, Title

from sourcier_core.errors import DocumentCorrupt
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.children import Children
from sourcier_ingest.parsing.extraction import Extraction, SourceFile

_UTF8_FLAG = 0x800
_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
_OTHERS = {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"}


def member_name(member: ZipInfo) -> str:
    """The member's name as the person who made the archive wrote it.

    Without the flag for UTF-8 the standard says code page 437; Windows in French writes 850, and macOS UTF-8.
    """
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp850")


def _left_out(member: ZipInfo, name: str) -> str | None:
    """Why a member is no document; None when it may be one."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "lien symbolique, non suivi / symbolic link, not followed"
    path = PurePosixPath(name.replace("\\", "/"))
    if "__MACOSX" in path.parts or path.name.casefold() in _SYSTEM_FILES:
        return "fichier du système / system file"
    return None


class ArchiveParser:
    """ZIP. Members that are archives are children too; who loads them bounds the depth."""

    def bid(self, source: SourceFile) -> float:
        """By its signature, unless it is named as a document that is made of an archive."""
        if source.archive_members is not None:
            return 0.9 if source.suffix == ".zip" else 0.4 if source.suffix not in _OTHERS else 0.0
        return 0.55 if source.suffix == ".zip" and source.sample.startswith(b"PK") else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The list of members, and the members.

        Raises:
            DocumentHostile: a bomb, or a path that leads outside.
            DocumentEncrypted, DocumentTooLarge, DocumentCorrupt: it cannot be unpacked.
        """
        check_archive(source, ())
        children = Children(source.limits)
        metadata = ElementMetadata(page_number=1)
        elements: list[Element] = [Title(text=source.name.rpartition("/")[2], metadata=metadata)]
        try:
            with ZipFile(source.path) as archive:
                for member in archive.infolist():
                    if member.is_dir():
                        continue
                    name = member_name(member)
                    reason = _left_out(member, name)
                    if reason is None:
                        name = children.add(name, archive.read(member), folders=True)
                    line = name if reason is None else f"{name} ({reason})"
                    elements.append(ListItem(text=line, metadata=metadata))
        except (BadZipFile, LargeZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
            raise DocumentCorrupt("A member of the archive is damaged.") from error
        if len(elements) == 1:
            elements.append(ListItem(text="Archive vide / empty archive", metadata=metadata))
        return Extraction(elements=elements, media_type="application/zip", parser="zip/1", children=children.files)
