"""Electronic books (EPUB): the chapters in the order of the spine."""

import dataclasses
import posixpath
from urllib.parse import unquote
from zipfile import ZipFile

from unstructured.documents.elements import Element

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentError
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.markup import XmlElement, parse_xml
from sourcier_ingest.parsing.web_formats import decode_markup, read_markup

_MEDIA_TYPE = "application/epub+zip"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS = {"application/xhtml+xml", "text/html", "application/xml", "text/xml"}


def _named(root: XmlElement, name: str) -> list[XmlElement]:
    return [element for element in root.iter() if isinstance(element.tag, str) and element.tag.endswith("}" + name)]


def _path(folder: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, unquote(reference.partition("#")[0])))[1:]


class _Book:
    def __init__(self, archive: ZipFile) -> None:
        roots = _named(parse_xml(archive.read(_CONTAINER)), "rootfile")
        if not roots:
            raise DocumentCorrupt("The book does not say where its contents are.")
        package_path = roots[0].get("full-path", "")
        package = parse_xml(archive.read(package_path))
        folder = posixpath.dirname(package_path)
        titles = _named(package, "title")
        self.title = (titles[0].text or "").strip() or None if titles else None
        items = {
            item.get("id"): _path(folder, item.get("href", ""))
            for item in _named(package, "item")
            if item.get("media-type") in _CHAPTERS
        }
        self.chapters = [
            items[entry.get("idref")] for entry in _named(package, "itemref") if entry.get("idref") in items
        ]
        self.encrypted: set[str] = set()
        if _ENCRYPTION in archive.namelist():
            references = _named(parse_xml(archive.read(_ENCRYPTION)), "CipherReference")
            self.encrypted = {_path("", reference.get("URI", "")) for reference in references}


class ElectronicBookParser:
    """EPUB 2 and 3."""

    def bid(self, source: SourceFile) -> float:
        """By its media type or container, or by name when damaged."""
        members = source.archive_members
        if members is not None:
            is_book = source.archive_media_type == _MEDIA_TYPE or (source.suffix == ".epub" and _CONTAINER in members)
            return 0.95 if is_book else 0.0
        return 0.55 if source.suffix == ".epub" and source.sample.startswith(b"PK") else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The chapters; `sections` names each by its title.

        Raises:
            DocumentEncrypted: the chapters are under digital rights management.
            DocumentCorrupt, DocumentHostile, DocumentTooLarge: it cannot be read.
        """
        check_archive(source, ())
        try:
            return self._read(source)
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # lxml and zipfile raise many kinds for a damaged file
            raise DocumentCorrupt("The book cannot be read; it may be damaged.") from error

    def _read(self, source: SourceFile) -> Extraction:
        elements: list[Element] = []
        sections: list[str] = []
        concealed: list[ConcealedText] = []
        with ZipFile(source.path) as archive:
            book = _Book(archive)
            members = set(archive.namelist())
            for chapter in book.chapters:
                if chapter in book.encrypted:
                    raise DocumentEncrypted("The book is under digital rights management.")
                if chapter not in members:
                    raise DocumentCorrupt("A chapter of the book is missing.")
                text = decode_markup(archive.read(chapter))
                if not text.strip():
                    continue
                page = read_markup(text)
                sections.append(_section_name(page.elements, page.title, len(sections) + 1))
                for element in page.elements:
                    element.metadata.page_number = len(sections)
                elements.extend(page.elements)
                concealed.extend(dataclasses.replace(hidden, page=len(sections)) for hidden in page.concealed)
        if not book.chapters:
            raise DocumentCorrupt("The book names no chapters.")
        return Extraction(
            elements=elements,
            media_type=_MEDIA_TYPE,
            parser="epub/2",
            title=book.title,
            sections=sections,
            concealed=concealed,
        )


def _section_name(elements: list[Element], title: str | None, number: int) -> str:
    heading = next((element.text for element in elements if element.category == "Title" and element.text), None)
    return " ".join((heading or title or f"Partie / part {number}").split())[:80]
