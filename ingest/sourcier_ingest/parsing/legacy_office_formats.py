"""Office files of before 2007: XLS is read here, DOC and PPT are converted by LibreOffice first."""

import dataclasses
import datetime
import tempfile
from pathlib import Path
from typing import Any

import xlrd
from olefile import OleFileIO
from unstructured.documents.elements import Element, ElementMetadata, NarrativeText

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentError
from sourcier_ingest.parsing.concealment_legacy_workbook import concealed_on_sheet
from sourcier_ingest.parsing.extraction import COMPOUND_SIGNATURE, Extraction, SourceFile
from sourcier_ingest.parsing.libre_office import convert
from sourcier_ingest.parsing.merged_grids import with_merges
from sourcier_ingest.parsing.office_formats import PresentationParser, WordParser
from sourcier_ingest.parsing.sheets import SheetBudget, cell_text, sheet_elements, sheet_title
from sourcier_ingest.parsing.table_spans import Span

_LOOKS_DAMAGED = "how its cells look is damaged: whether some of its text is hidden is not known"
_WORD_ENCRYPTED_FLAG = 0x0100
_POWERPOINT_ENCRYPTED_TOKEN = b"\xdf\xc4\xd1\xf3"


def _bid(source: SourceFile, streams: set[str], suffix: str) -> float:
    found = source.compound_streams
    if found is not None:
        return 0.95 if found & streams else 0.0
    return 0.6 if source.suffix == suffix and source.sample.startswith(COMPOUND_SIGNATURE) else 0.0


def _stream_start(path: Path, name: str, size: int) -> bytes:
    try:
        with OleFileIO(str(path)) as compound, compound.openstream(name) as stream:
            return bytes(stream.read(size))
    except (OSError, ValueError, IndexError) as error:
        raise DocumentCorrupt("The file cannot be read; it may be damaged.") from error


def _sheet_cell(book: Any, cell: Any) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (xlrd.XLDateError, OverflowError, ValueError):
            return cell_text(cell.value)
        if 0 <= cell.value < 1:  # a time of day
            return moment.time().isoformat(timespec="minutes" if moment.second == 0 else "seconds")
        return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(" ", "seconds")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return str(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#?"))
    return cell_text(cell.value)


def _merges(sheet: Any) -> dict[int, dict[int, Span]]:
    found: dict[int, dict[int, Span]] = {}
    for top, below, left, beside in sheet.merged_cells:
        if below > top and beside > left:
            found.setdefault(top, {})[left] = (below - top, beside - left)
    return found


def _notes(sheet: Any, section: int) -> list[Element]:
    found: list[Element] = []
    for (row, column), note in sorted(sheet.cell_note_map.items()):
        if words := " ".join(note.text.split()):
            text = f"[commentaire / comment {xlrd.cellname(row, column)}] {words}"
            found.append(NarrativeText(text=text, metadata=ElementMetadata(page_number=section)))
    return found


class LegacyWorkbookParser:
    """XLS: every sheet with its notes, hidden ones marked."""

    def bid(self, source: SourceFile) -> float:
        """By its streams, or by name when damaged."""
        return _bid(source, {"Workbook", "Book"}, ".xls")

    def parse(self, source: SourceFile) -> Extraction:
        """Sheets in order; `sections` names them.

        Raises:
            DocumentEncrypted, DocumentCorrupt, DocumentTooLarge: it cannot be read.
        """
        try:
            return self._read(source, with_looks=True)
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # xlrd raises many kinds for a damaged file
            if "encrypted" in str(error):
                raise DocumentEncrypted from error
        try:  # only the descriptions of how cells look may be damaged
            return self._read(source, with_looks=False)
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # the rest is damaged, too
            raise DocumentCorrupt("The workbook cannot be read; it may be damaged.") from error

    def _read(self, source: SourceFile, *, with_looks: bool) -> Extraction:
        """Without its cells' looks, neither merged cells nor concealed text are known."""
        budget = SheetBudget(source.limits)
        elements: list[Element] = []
        sections: list[str] = []
        concealed: list[ConcealedText] = []
        with Path("/dev/null").open("w") as silence:
            book = xlrd.open_workbook(
                str(source.path), logfile=silence, formatting_info=with_looks, on_demand=True, ragged_rows=True
            )
            for number in range(1, book.nsheets + 1):
                sheet = book.sheet_by_index(number - 1)
                title = sheet_title(sheet.name, number, hidden=bool(sheet.visibility))
                sections.append(title.text)
                elements.append(title)
                rows = ([_sheet_cell(book, cell) for cell in sheet.row(row)] for row in range(sheet.nrows))
                elements.extend(sheet_elements(with_merges(rows, _merges(sheet)), number, budget))
                concealed += concealed_on_sheet(book, sheet, number) if with_looks else []
                elements.extend(_notes(sheet, number))
                book.unload_sheet(number - 1)
        return Extraction(
            elements=elements,
            media_type="application/vnd.ms-excel",
            parser="xls/2",
            concealed=concealed,
            sections=sections,
            notes={} if with_looks else dict.fromkeys(range(1, len(sections) + 1), _LOOKS_DAMAGED),
            landscape=True,
        )


class LegacyWordParser:
    """DOC, through LibreOffice."""

    def bid(self, source: SourceFile) -> float:
        """By its streams, or by name when damaged."""
        return _bid(source, {"WordDocument"}, ".doc")

    def parse(self, source: SourceFile) -> Extraction:
        """The document as its DOCX reads.

        Raises:
            ConverterMissing: LibreOffice is not installed.
            DocumentEncrypted, DocumentCorrupt, ParsingTimedOut: it cannot be read.
        """
        flags = int.from_bytes(_stream_start(source.path, "WordDocument", 12)[10:12], "little")
        if flags & _WORD_ENCRYPTED_FLAG:
            raise DocumentEncrypted
        return _read_converted(source, WordParser(), ".doc", ".docx", "application/msword", "doc/1")


class LegacyPresentationParser:
    """PPT, through LibreOffice."""

    def bid(self, source: SourceFile) -> float:
        """By its streams, or by name when damaged."""
        return _bid(source, {"PowerPoint Document"}, ".ppt")

    def parse(self, source: SourceFile) -> Extraction:
        """The slides as their PPTX reads. Raises as `LegacyWordParser` does."""
        if _stream_start(source.path, "Current User", 16)[12:16] == _POWERPOINT_ENCRYPTED_TOKEN:
            raise DocumentEncrypted
        return _read_converted(source, PresentationParser(), ".ppt", ".pptx", "application/vnd.ms-powerpoint", "ppt/1")


def _read_converted(
    source: SourceFile,
    parser: WordParser | PresentationParser,
    suffix: str,
    target: str,
    media_type: str,
    name: str,
) -> Extraction:
    with tempfile.TemporaryDirectory(prefix="converted-") as folder:
        made = convert(source.path, Path(folder), suffix, target, source.limits.converter_time_s)
        extraction = parser.parse(SourceFile(path=made, name=source.stem + target, limits=source.limits))
    return dataclasses.replace(extraction, media_type=media_type, parser=f"{name}+{extraction.parser}")
