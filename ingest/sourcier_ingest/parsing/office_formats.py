"""Word, PowerPoint and Excel documents (Office Open XML)."""

import io
from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook
from pptx import Presentation
from unstructured.documents.elements import Element, ElementMetadata, NarrativeText, Table, Title
from unstructured.partition.docx import partition_docx
from unstructured.partition.pptx import partition_pptx

from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentError
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.concealment_word import concealed_in_word
from sourcier_ingest.parsing.docx_normalisation import normalise_docx
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.tables import rows_to_html, rows_to_text

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MEDIA = "application/vnd.openxmlformats-officedocument."
_ROWS_PER_TABLE = 200
_MOST_ROWS = 100_000


def _bid(source: SourceFile, member: str, suffix: str) -> float:
    members = source.archive_members
    if members is not None:
        return 0.95 if member in members else 0.0
    looks_damaged = source.sample.startswith((b"PK", _OLE)) or not source.sample.strip()
    return 0.5 if source.suffix == suffix and looks_damaged else 0.0


def _check(source: SourceFile) -> None:
    if source.sample.startswith(_OLE):
        raise DocumentEncrypted("The document is protected by a password, or in the format of before 2007.")
    check_archive(source)


def _core_title(properties: object) -> str | None:
    title = getattr(properties, "title", None)
    return title if isinstance(title, str) and title.strip() and title.strip() != "PowerPoint Presentation" else None


class WordParser:
    """DOCX: body, tables, content controls, text boxes, notes and comments."""

    def bid(self, source: SourceFile) -> float:
        """By its parts, or by name when damaged."""
        return _bid(source, "word/document.xml", ".docx")

    def parse(self, source: SourceFile) -> Extraction:
        """The document in reading order."""
        _check(source)
        try:
            data, title = normalise_docx(source.path)
            concealed = concealed_in_word(source.path)
            elements = partition_docx(file=io.BytesIO(data), infer_table_structure=True)
        except DocumentError:
            raise
        except Exception as error:  # python-docx and lxml raise many kinds for a damaged file
            raise DocumentCorrupt("The document cannot be read; it may be damaged.") from error
        for element in elements:
            element.metadata.page_number = 1
        return Extraction(
            elements=elements,
            media_type=_MEDIA + "wordprocessingml.document",
            parser="docx/1",
            title=title,
            concealed=concealed,
        )


class PresentationParser:
    """PPTX: each slide with its speaker notes."""

    def bid(self, source: SourceFile) -> float:
        """By its parts, or by name when damaged."""
        return _bid(source, "ppt/presentation.xml", ".pptx")

    def parse(self, source: SourceFile) -> Extraction:
        """Slides in order; `sections` names them."""
        _check(source)
        try:
            deck = Presentation(str(source.path))
            elements = partition_pptx(filename=str(source.path), include_slide_notes=True, infer_table_structure=True)
            count = len(deck.slides)
            title = _core_title(deck.core_properties)
        except Exception as error:  # python-pptx and lxml raise many kinds for a damaged file
            raise DocumentCorrupt("The presentation cannot be read; it may be damaged.") from error
        return Extraction(
            elements=[element for element in elements if element.category != "PageBreak"],
            media_type=_MEDIA + "presentationml.presentation",
            parser="pptx/1",
            title=title,
            sections=[f"Diapositive / slide {number}" for number in range(1, count + 1)],
            landscape=True,
        )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(" 00:00:00", "")


def _tables(rows: Iterator[tuple[object, ...]]) -> Iterator[list[list[str]]]:
    """Blocks of rows; an empty row, or a full block, ends one."""
    block: list[list[str]] = []
    for number, row in enumerate(rows):
        if number > _MOST_ROWS:
            break
        cells = [_cell(value).strip() for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells or len(block) >= _ROWS_PER_TABLE:
            if block:
                yield block
            block = []
        if cells:
            block.append(cells)
    if block:
        yield block


class WorkbookParser:
    """XLSX: every sheet, hidden ones marked; formulas as their last values."""

    def bid(self, source: SourceFile) -> float:
        """By its parts, or by name when damaged."""
        return _bid(source, "xl/workbook.xml", ".xlsx")

    def parse(self, source: SourceFile) -> Extraction:
        """Sheets in order; `sections` names them."""
        _check(source)
        try:
            return self._read(source.path)
        except DocumentError:
            raise
        except Exception as error:  # openpyxl raises many kinds for a damaged file
            raise DocumentCorrupt("The workbook cannot be read; it may be damaged.") from error

    def _read(self, path: Path) -> Extraction:
        # Read from bytes: given a path, openpyxl judges by its extension, which a stored file has not.
        book = load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        elements: list[Element] = []
        sections: list[str] = []
        for sheet in book.worksheets:
            hidden = sheet.sheet_state != "visible"
            name = f"{sheet.title} (feuille masquée / hidden sheet)" if hidden else sheet.title
            sections.append(name)
            metadata = ElementMetadata(page_number=len(sections))
            elements.append(Title(text=name, metadata=metadata))
            for rows in _tables(sheet.iter_rows(values_only=True)):
                width = max(len(row) for row in rows)
                if width == 1 and len(rows) <= 3:
                    text = "\n".join(row[0] for row in rows)
                    elements.append(NarrativeText(text=text, metadata=metadata))
                    continue
                table = ElementMetadata(page_number=len(sections), text_as_html=rows_to_html(rows))
                elements.append(Table(text=rows_to_text(rows), metadata=table))
        title = _core_title(book.properties)
        book.close()
        return Extraction(
            elements=elements,
            media_type=_MEDIA + "spreadsheetml.sheet",
            parser="xlsx/1",
            title=title,
            sections=sections,
            landscape=True,
        )
