"""PDF: text, boxes and tables without rules from PDFium, ruled ones from pdfplumber, recognition of scanned pages."""

import contextlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_c
from pdfplumber.utils.exceptions import PdfminerException

from sourcier_core.domain.documents import ConcealedText
from sourcier_core.errors import DocumentCorrupt, DocumentEncrypted, DocumentTooLarge, OpticalRecognitionMissing
from sourcier_ingest.parsing.children import Children
from sourcier_ingest.parsing.concealment_pdf import concealed_on_page
from sourcier_ingest.parsing.extraction import Extraction, PageFrame, SourceFile
from sourcier_ingest.parsing.pdf_aligned_tables import aligned_tables
from sourcier_ingest.parsing.pdf_blocks import BlockMaker
from sourcier_ingest.parsing.pdf_lines import Line, Rectangle, page_lines
from sourcier_ingest.parsing.pdf_pictures import RecognitionTime, read_pictures
from sourcier_ingest.parsing.pdf_reading import Reading
from sourcier_ingest.parsing.pdf_remarks import collect_attached, page_remarks
from sourcier_ingest.parsing.protected_files import passwords_in_time, refusal_after

_MOST_DRAWINGS = 1500


def _has_rulings(page: Any) -> bool:
    """A cheap test for a ruled table: thin strokes both ways, or cell rectangles; drawings do not count."""
    across = down = cells = 0
    for number, item in enumerate(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=2)):
        if number > _MOST_DRAWINGS:
            return False
        left, bottom, right, top = item.get_bounds()
        across += top - bottom < 2.5 and right - left > 20
        down += right - left < 2.5 and top - bottom > 5
        cells += right - left > 30 and 7 < top - bottom < 200
    return (across >= 3 and down >= 2) or cells >= 4


@dataclass(frozen=True, kw_only=True, slots=True)
class _PageTable:
    """A table on a page: the lines it takes, how many columns it has, and how it is added to the reading."""

    lines: Sequence[Line]
    columns: int
    add: Callable[[Reading], None]


def _ruled_tables(document: Any, number: int, lines: Sequence[Line]) -> list[_PageTable]:
    """The tables with rules; `lines` are those of the page."""
    page = document.pages[number - 1]
    found: list[_PageTable] = []
    for table in page.find_tables():
        rows = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
        filled = sum(bool(cell) for row in rows for cell in row)
        inside = [line for line in lines if _inside(line, table.bbox)]
        columns = max(map(len, rows), default=0)
        if inside and len(rows) >= 2 and columns >= 2 and filled >= 4:
            add = partial(Reading.add_table, lines=inside, rows=rows)
            found.append(_PageTable(lines=inside, columns=columns, add=add))
    page.close()
    return found


def _with_aligned_tables(ruled: list[_PageTable], lines: Sequence[Line]) -> list[_PageTable]:
    """The page's tables with rules, and those without that do not touch them.

    Rules that part only some of a table's columns give a table of these: the whole one then takes its place.
    """
    tables = ruled
    for found in aligned_tables(lines):
        taken = {id(line) for line in found.taken}
        touched = [table for table in tables if any(id(line) in taken for line in table.lines)]
        if all(table.columns < found.columns and all(id(line) in taken for line in table.lines) for table in touched):
            add = partial(Reading.add_aligned_table, table=found)
            tables = [table for table in tables if table not in touched]
            tables.append(_PageTable(lines=found.taken, columns=found.columns, add=add))
    return tables


def _read_page(reading: Reading, maker: BlockMaker, lines: Sequence[Line], ruled: list[_PageTable]) -> None:
    """Add a page's lines as blocks and tables; those without rules are looked for here."""
    tables = _with_aligned_tables(ruled, [line for line in lines if not maker.is_running(line)])
    taken = {id(line) for table in tables for line in table.lines}
    # A table stands where its first line does in the page's own order; drawn order is reading order.
    places = {id(line): place for place, line in enumerate(lines)}
    waiting = sorted(tables, key=lambda table: places[id(table.lines[0])])
    for block in maker.blocks([line for line in lines if id(line) not in taken]):
        while waiting and places[id(waiting[0].lines[0])] < places[id(block.lines[0])]:
            waiting.pop(0).add(reading)
        reading.add(block)
    for table in waiting:
        table.add(reading)


def _bookmarks(document: Any) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    try:
        for bookmark in document.get_toc(max_depth=6):
            target = bookmark.get_dest()
            page = target.get_index() if target is not None else None
            if page is not None:
                found[page + 1][re.sub(r"\W+", "", bookmark.get_title()).casefold()] = bookmark.level + 1
    except pypdfium2.PdfiumError:
        pass  # damaged bookmarks are only a hint that is missing
    return found


def _inside(line: Line, box: Rectangle) -> bool:
    middle = (line.y0 + line.y1) / 2
    return line.x0 >= box[0] - 3 and line.x1 <= box[2] + 3 and box[1] - 2 <= middle <= box[3] + 2


def _as_body_text(pages: Sequence[list[Line]], recognised: Sequence[Line]) -> list[list[Line]]:
    """The pages with recognised lines in the size of the other text, so that none looks like a heading."""
    mine = {id(line) for line in recognised}
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[line.size] += 0 if id(line) in mine else len(line.text)
    body = max(sizes, key=lambda size: sizes[size], default=10.0)
    return [[replace(line, size=body) if id(line) in mine else line for line in lines] for lines in pages]


def _open(source: SourceFile) -> tuple[Any, str | None]:
    """The document, and the password that opens it where it asks for one. Raises DocumentEncrypted, DocumentCorrupt."""
    for password in chain([None], passwords_in_time(source)):
        try:
            return pypdfium2.PdfDocument(str(source.path), password=password), password
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium_c.FPDF_ERR_SECURITY:
                raise DocumentEncrypted("The PDF is protected in a way that is not known here.") from error
            if error.err_code != pdfium_c.FPDF_ERR_PASSWORD:
                raise DocumentCorrupt("The PDF cannot be opened; it may be damaged.") from error
    raise refusal_after(source.passwords)


def _open_for_tables(source: SourceFile, password: str | None) -> Any:
    """The document as pdfplumber has it; None when it alone cannot use the password: tables are then read as lines."""
    try:
        return pdfplumber.open(source.path, password=password)
    except (PdfminerException, UnicodeEncodeError):
        if password is None:
            raise
        return None


class PdfParser:
    """Any PDF."""

    def bid(self, source: SourceFile) -> float:
        """By its first bytes, or by name when damaged."""
        if b"%PDF-" in source.sample[:1024]:
            return 1.0
        return 0.55 if source.suffix == ".pdf" and not source.sample.startswith(b"PK") else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The document, page by page.

        Raises:
            DocumentEncrypted, DocumentCorrupt, DocumentTooLarge: it cannot be opened, or has too many pages.
            OpticalRecognitionMissing: it is scanned and no recognition is installed.
        """
        document, password = _open(source)
        try:
            if len(document) > source.limits.max_pages:
                raise DocumentTooLarge(f"{len(document)} pages; the limit is {source.limits.max_pages}.")
            if len(document) == 0:
                raise DocumentCorrupt("The PDF has no page.")
            with contextlib.suppress(pypdfium2.PdfiumError):  # a damaged form: the pages are read without it
                document.init_forms()
            return self._read(document, source, password)
        finally:
            document.close()

    def _read(self, document: Any, source: SourceFile, password: str | None) -> Extraction:
        pages: list[list[Line]] = []
        frames: list[PageFrame] = []
        ruled: list[bool] = []
        remarks: list[list[Line]] = []
        concealed: list[ConcealedText] = []
        recognised: list[Line] = []
        unread = 0
        allowed = RecognitionTime(source.limits.picture_time_s)
        for number in range(1, len(document) + 1):
            page = document[number - 1]
            width, height = page.get_size()
            text = page_lines(page, number)
            read = read_pictures(page, number, text, source.limits.recognition_data, allowed)
            unread += read.unread_scan
            recognised += read.recognised
            ruled.append(bool(text[0]) and _has_rulings(page))
            remarks.append(page_remarks(page, number, document.formenv))
            pages.append(read.lines)
            frames.append(
                PageFrame(
                    width=width,
                    height=height,
                    recognition_confidence=read.confidence,
                    note=read.note,
                    unread=read.unread_scan,
                )
            )
            concealed.extend(concealed_on_page(page, number))
            page.close()
        if unread and not any(pages):
            raise OpticalRecognitionMissing
        pages = _as_body_text(pages, recognised)
        plumber = _open_for_tables(source, password) if any(ruled) else None
        try:
            reading = self._arrange(document, plumber, pages, frames, ruled, remarks)
        finally:
            if plumber is not None:
                plumber.close()
        children = Children(source.limits)
        collect_attached(document, children)
        title = (document.get_metadata_dict() or {}).get("Title") or None
        return Extraction(
            elements=reading.elements,
            media_type="application/pdf",
            parser="pdf/4",
            title=title if title and len(title) > 3 and "untitled" not in title.casefold() else None,
            frames=frames,
            lines=reading.lines,
            concealed=concealed,
            children=children.files,
        )

    def _arrange(
        self,
        document: Any,
        plumber: Any,
        pages: Sequence[list[Line]],
        frames: Sequence[PageFrame],
        ruled: Sequence[bool],
        remarks: Sequence[list[Line]],
    ) -> Reading:
        maker = BlockMaker(pages, [frame.height for frame in frames], _bookmarks(document))
        reading = Reading()
        for number, lines in enumerate(pages, start=1):
            found = _ruled_tables(plumber, number, lines) if plumber is not None and ruled[number - 1] else []
            _read_page(reading, maker, lines, found)
            for remark in remarks[number - 1]:
                reading.add_remark(remark)
        return reading
