"""OpenDocument files: text (ODT), presentations (ODP) and spreadsheets (ODS), read from their own XML."""

from collections.abc import Callable, Iterator, Sequence
from zipfile import ZipFile

from unstructured.documents.elements import Element

from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentError
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.concealment_open_document import concealed_in_open_document
from sourcier_ingest.parsing.extraction import COMPOUND_SIGNATURE, Extraction, SourceFile
from sourcier_ingest.parsing.markup import XmlElement, parse_xml
from sourcier_ingest.parsing.open_document_text import (
    DRAW,
    OFFICE,
    STYLE,
    TABLE,
    OpenDocumentText,
    all_words,
    qualified,
    table_rows,
)
from sourcier_ingest.parsing.sheets import EmptyRows, SheetBudget, sheet_elements, sheet_title

_MEDIA = "application/vnd.oasis.opendocument."
_KINDS = {".odt": "text", ".ods": "spreadsheet", ".odp": "presentation"}
_PARTS = ("content.xml", "meta.xml", "META-INF/manifest.xml")
_DUBLIN_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_PRESENTATION = "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"


def _content(source: SourceFile) -> tuple[XmlElement, XmlElement, str | None]:
    """The root of the content, its body, and the title its properties give."""
    check_archive(source, _PARTS[:2])
    with ZipFile(source.path) as archive:
        names = set(archive.namelist())
        if _PARTS[2] in names and b"encryption-data" in archive.read(_PARTS[2]):
            raise DocumentEncrypted
        content = parse_xml(archive.read(_PARTS[0]))
        title = parse_xml(archive.read(_PARTS[1])).findtext(f".//{_DUBLIN_TITLE}") if _PARTS[1] in names else None
    body = content.find(qualified(OFFICE, "body"))
    if body is None or len(body) == 0:
        raise DocumentCorrupt("The document has no body.")
    return content, body[0], title


class OpenDocumentParser:
    """One of the three kinds; `suffix` is its usual extension."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._kind = _KINDS[suffix]

    def bid(self, source: SourceFile) -> float:
        """By its media type, or by name when damaged."""
        if source.archive_media_type is not None:
            return 0.95 if source.archive_media_type.startswith(_MEDIA + self._kind) else 0.0
        if source.suffix != self._suffix:
            return 0.0
        if source.archive_members is not None:
            return 0.9 if "content.xml" in source.archive_members else 0.0
        return 0.5 if source.sample.startswith((b"PK", COMPOUND_SIGNATURE)) or not source.sample.strip() else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The document in reading order.

        Raises:
            DocumentEncrypted, DocumentCorrupt, DocumentHostile, DocumentTooLarge: it cannot be read.
        """
        read: dict[str, Callable[[XmlElement, XmlElement, SourceFile], tuple[list[Element], list[str]]]] = {
            "text": _read_text,
            "spreadsheet": _read_sheets,
            "presentation": _read_slides,
        }
        try:
            content, body, title = _content(source)
            concealed = concealed_in_open_document(content, body, slides=self._kind == "presentation")
            elements, sections = read[self._kind](content, body, source)
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # lxml and zipfile raise many kinds for a damaged file
            raise DocumentCorrupt("The document cannot be read; it may be damaged.") from error
        return Extraction(
            elements=elements,
            media_type=_MEDIA + self._kind,
            parser=f"{self._suffix[1:]}/2",
            title=title,
            sections=sections,
            concealed=concealed,
            landscape=self._kind != "text",
        )


def _read_text(content: XmlElement, body: XmlElement, source: SourceFile) -> tuple[list[Element], list[str]]:
    return list(OpenDocumentText(content).elements(body, 1)), []


def _rows(table: XmlElement) -> Iterator[Sequence[str]]:
    for row, repeated in table_rows(table):
        if not any(cell.strip() for cell in row):
            yield EmptyRows(repeated)
            continue
        for _ in range(repeated):
            yield row


def _read_sheets(content: XmlElement, body: XmlElement, source: SourceFile) -> tuple[list[Element], list[str]]:
    budget = SheetBudget(source.limits)
    hidden = {
        style.getparent().get(qualified(STYLE, "name"))
        for style in content.iter(qualified(STYLE, "table-properties"))
        if style.get(qualified(TABLE, "display")) == "false"
    }
    elements: list[Element] = []
    sections: list[str] = []
    for number, table in enumerate(body.iterchildren(qualified(TABLE, "table")), start=1):
        name = table.get(qualified(TABLE, "name")) or f"{number}"
        title = sheet_title(name, number, hidden=table.get(qualified(TABLE, "style-name")) in hidden)
        sections.append(title.text)
        elements.append(title)
        elements.extend(sheet_elements(_rows(table), number, budget))
        elements.extend(OpenDocumentText(content).comments(table, number))
    return elements, sections


def _read_slides(content: XmlElement, body: XmlElement, source: SourceFile) -> tuple[list[Element], list[str]]:
    elements: list[Element] = []
    sections: list[str] = []
    reader = OpenDocumentText(content)
    for number, slide in enumerate(body.iterchildren(qualified(DRAW, "page")), start=1):
        sections.append(f"Diapositive / slide {number}")
        for frame in slide:
            if frame.get(qualified(_PRESENTATION, "class")) == "title" and (text := all_words(frame)):
                elements.append(reader.title(text, 0, number))
            else:
                elements.extend(reader.elements(frame, number))
    return elements, sections
