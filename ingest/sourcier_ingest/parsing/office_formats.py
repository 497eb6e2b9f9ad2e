"""Word, PowerPoint and Excel documents (Office Open XML)."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook
from pptx import Presentation
from unstructured.documents.elements import Element, ElementMetadata, NarrativeText
from unstructured.partition.docx import partition_docx
from unstructured.partition.pptx import partition_pptx

from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentError
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.concealment_presentation import concealed_in_presentation
from sourcier_ingest.parsing.concealment_word import concealed_in_word
from sourcier_ingest.parsing.concealment_workbook import concealed_in_workbook
from sourcier_ingest.parsing.docx_normalisation import normalise_docx
from sourcier_ingest.parsing.extraction import COMPOUND_SIGNATURE, Extraction, SourceFile
from sourcier_ingest.parsing.merged_grids import with_merges
from sourcier_ingest.parsing.office_comments import sheet_comments, slide_comments
from sourcier_ingest.parsing.office_pictures import OfficePictures
from sourcier_ingest.parsing.presentation_tables import put_merges_back
from sourcier_ingest.parsing.sheets import SheetBudget, cell_text, sheet_elements, sheet_title
from sourcier_ingest.parsing.unstructured_offline import NO_LANGUAGE_DETECTION
from sourcier_ingest.parsing.workbook_merges import workbook_merges

_UNCOMPUTED = re.compile(rb"</f>(?:<v\s*/>|<v></v>)?</c>")
_MEDIA = "application/vnd.openxmlformats-officedocument."


def _bid(source: SourceFile, member: str, suffix: str) -> float:
    members = source.archive_members
    if members is not None:
        return 0.95 if member in members else 0.0
    if "EncryptedPackage" in (source.compound_streams or ()):
        return 0.6
    looks_damaged = source.sample.startswith((b"PK", COMPOUND_SIGNATURE)) or not source.sample.strip()
    return 0.5 if source.suffix == suffix and looks_damaged else 0.0


def _check(source: SourceFile) -> None:
    if source.sample.startswith(COMPOUND_SIGNATURE):
        raise DocumentEncrypted("The document is protected by a password, or in the format of before 2007.")
    check_archive(source)


def _core_title(properties: object) -> str | None:
    title = getattr(properties, "title", None)
    return title if isinstance(title, str) and title.strip() and title.strip() != "PowerPoint Presentation" else None


def _notes(found: Mapping[int, str | None]) -> dict[int, str]:
    return {number: note for number, note in found.items() if note}


def _slide_pictures(deck: Any, pictures: OfficePictures) -> tuple[list[Element], dict[int, str]]:
    """What is recognised in the slides' pictures, and what to say by slide about those that were not read."""
    found: list[Element] = []
    notes: dict[int, str | None] = {}
    for number, slide in enumerate(deck.slides, start=1):
        for relation in slide.part.rels.values():
            if relation.is_external or not relation.reltype.endswith("/image"):
                continue
            part = relation.target_part
            if words := pictures.read(str(part.partname), part.blob):
                found.append(NarrativeText(text=words, metadata=ElementMetadata(page_number=number)))
        notes[number] = pictures.note
        pictures.forget_note()
    return found, _notes(notes)


class WordParser:
    """DOCX: body, tables, content controls, text boxes, notes and comments."""

    def bid(self, source: SourceFile) -> float:
        """By its parts, or by name when damaged."""
        return _bid(source, "word/document.xml", ".docx")

    def parse(self, source: SourceFile) -> Extraction:
        """The document in reading order."""
        _check(source)
        pictures = OfficePictures(source.limits)
        try:
            data, title = normalise_docx(source.path, pictures)
            concealed = concealed_in_word(source.path)
            elements = partition_docx(
                file=io.BytesIO(data), infer_table_structure=True, languages=NO_LANGUAGE_DETECTION
            )
        except DocumentError:
            raise
        except Exception as error:  # python-docx and lxml raise many kinds for a damaged file
            raise DocumentCorrupt("The document cannot be read; it may be damaged.") from error
        for element in elements:
            element.metadata.page_number = 1
        return Extraction(
            elements=elements,
            media_type=_MEDIA + "wordprocessingml.document",
            parser="docx/3",
            title=title,
            notes=_notes({1: pictures.note}),
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
            comments = slide_comments(source.path.read_bytes())
            elements = partition_pptx(
                filename=str(source.path),
                include_slide_notes=True,
                infer_table_structure=True,
                languages=NO_LANGUAGE_DETECTION,
            )
            put_merges_back(elements, deck)
            count = len(deck.slides)
            title = _core_title(deck.core_properties)
            concealed = concealed_in_presentation(deck)
            seen, notes = _slide_pictures(deck, OfficePictures(source.limits))
        except Exception as error:  # python-pptx and lxml raise many kinds for a damaged file
            raise DocumentCorrupt("The presentation cannot be read; it may be damaged.") from error
        kept = [element for element in elements if element.category != "PageBreak"] + seen
        kept.extend(
            NarrativeText(text=comment, metadata=ElementMetadata(page_number=number))
            for number, lines in comments.items()
            for comment in lines
        )
        return Extraction(
            elements=sorted(kept, key=lambda element: element.metadata.page_number or 1),
            media_type=_MEDIA + "presentationml.presentation",
            parser="pptx/4",
            notes=notes,
            concealed=concealed,
            title=title,
            sections=[f"Diapositive / slide {number}" for number in range(1, count + 1)],
            landscape=True,
        )


def _lacks_values(data: bytes) -> bool:
    """Whether a formula was never computed, as in workbooks that a program wrote."""
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                tail = b""
                with archive.open(name) as stream:
                    while part := stream.read(1 << 20):
                        if _UNCOMPUTED.search(tail + part):
                            return True
                        tail = part[-64:]
    return False


def _rows(sheet: Any, formulas: Any) -> Iterator[list[str]]:
    """The rows' values; a formula that was never computed is given as it is written."""
    if formulas is None:
        yield from ([cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
        return
    written = formulas[sheet.title].iter_rows(values_only=True)
    for row, formula_row in zip(sheet.iter_rows(values_only=True), written, strict=True):
        pairs = zip(row, formula_row, strict=True)
        yield [cell_text(getattr(formula, "text", formula) if value is None else value) for value, formula in pairs]


class WorkbookParser:
    """XLSX: every sheet, hidden ones marked; formulas as their last values."""

    def bid(self, source: SourceFile) -> float:
        """By its parts, or by name when damaged."""
        return _bid(source, "xl/workbook.xml", ".xlsx")

    def parse(self, source: SourceFile) -> Extraction:
        """Sheets in order; `sections` names them."""
        _check(source)
        try:
            return self._read(source)
        except DocumentError:
            raise
        except Exception as error:  # openpyxl raises many kinds for a damaged file
            raise DocumentCorrupt("The workbook cannot be read; it may be damaged.") from error

    def _read(self, source: SourceFile) -> Extraction:
        # Read from bytes: given a path, openpyxl judges by its extension, which a stored file has not.
        data = source.path.read_bytes()
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(data), read_only=True) if _lacks_values(data) else None
        comments = sheet_comments(data)
        with ZipFile(io.BytesIO(data)) as archive:
            merges = workbook_merges(archive)
        budget = SheetBudget(source.limits)
        elements: list[Element] = []
        sections: list[str] = []
        for number, sheet in enumerate(book.worksheets, start=1):
            title = sheet_title(sheet.title, number, hidden=sheet.sheet_state != "visible")
            sections.append(title.text)
            elements.append(title)
            rows = with_merges(_rows(sheet, formulas), merges.get(sheet.title, {}))
            elements.extend(sheet_elements(rows, number, budget))
            elements.extend(
                NarrativeText(text=comment, metadata=ElementMetadata(page_number=number))
                for comment in comments.get(sheet.title, ())
            )
        title = _core_title(book.properties)
        book.close()
        if formulas is not None:
            formulas.close()
        return Extraction(
            elements=elements,
            media_type=_MEDIA + "spreadsheetml.sheet",
            parser="xlsx/3",
            concealed=concealed_in_workbook(data),
            title=title,
            sections=sections,
            landscape=True,
        )
