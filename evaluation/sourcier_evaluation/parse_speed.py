"""Pages per second of the isolated parsers, one child and two, beside the bare libraries on the same files."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import docx
import openpyxl
import pptx
import pypdfium2
from lxml import html

from sourcier_core.domain.documents import ParsedDocument
from sourcier_evaluation.fidelity import rendered
from sourcier_evaluation.memory_sampling import MemorySampler
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

_FILES_A_CHILD = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Pages (files where a format has none) and seconds for them; memory of the children in MiB, one worker."""

    suffix: str
    files: int
    pages: int
    bare_s: float
    one_s: float
    two_s: float
    children_mb: float
    failed: int


def _bare_pdf(path: Path) -> None:
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            page.get_textpage().get_text_range()


def _bare_docx(path: Path) -> None:
    "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def _bare_xlsx(path: Path) -> None:
    for sheet in openpyxl.load_workbook(path, read_only=True).worksheets:
        list(sheet.iter_rows(values_only=True))


def _bare_pptx(path: Path) -> None:
    for slide in pptx.Presentation(str(path)).slides:
        [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]  # pyright: ignore[reportAttributeAccessIssue] - python-pptx's own types say too little


def _bare_html(path: Path) -> None:
    html.fromstring(path.read_bytes()).text_content()


def _bare_text(path: Path) -> None:
    path.read_text("utf-8", "replace")


BARE: dict[str, Callable[[Path], None]] = {
    ".pdf": _bare_pdf,
    ".docx": _bare_docx,
    ".xlsx": _bare_xlsx,
    ".pptx": _bare_pptx,
    ".html": _bare_html,
    ".txt": _bare_text,
}


def render_files(documents: Sequence[EvaluationDocument], folder: Path) -> None:
    """Write every document in every format of `BARE` (PDF: what fits on a page)."""
    for number, item in enumerate(documents):
        stem = folder / f"{number:05}"
        parts = [" ".join(part.split()) for part in item.text.split("\n") if part.strip()]
        stem.with_suffix(".txt").write_text(item.text, "utf-8")
        body = "".join(f"<p>{part.replace('&', '&amp;').replace('<', '&lt;')}</p>" for part in parts)
        stem.with_suffix(".html").write_text(f"<meta charset=utf-8><body>{body}", "utf-8")
        written = docx.Document()
        book = openpyxl.Workbook()
        show = pptx.Presentation()
        for row, part in enumerate(parts, start=1):
            written.add_paragraph(part)
            book.worksheets[0].cell(row, 1, row)
            book.worksheets[0].cell(row, 2, part.lstrip("="))
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.placeholders[1].text = part  # pyright: ignore[reportAttributeAccessIssue] - python-pptx's own types say too little
        written.save(str(stem.with_suffix(".docx")))
        book.save(stem.with_suffix(".xlsx"))
        show.save(str(stem.with_suffix(".pptx")))
    for number, known in enumerate(rendered(documents, 1)):
        (folder / f"{number:05}.pdf").write_bytes(known.content)


def _parse(parser: IsolatedDocumentParser, files: Sequence[Path], workers: int) -> tuple[float, int, int]:
    """Seconds, pages and failures."""
    size = min(_FILES_A_CHILD, -(-len(files) // workers))
    batches = [[(path, path.name) for path in files[start : start + size]] for start in range(0, len(files), size)]
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        outcomes = [outcome for batch in pool.map(parser.parse_many, batches) for outcome in batch]
    took = time.perf_counter() - started
    good = [outcome for outcome in outcomes if isinstance(outcome, ParsedDocument)]
    return took, sum(max(1, len(outcome.pages)) for outcome in good), len(outcomes) - len(good)


def measure_speed(files: Sequence[Path], suffix: str) -> Speed:
    """Time one format; the parsers are started and warm before the clock runs, as are the bare libraries."""
    parser = IsolatedDocumentParser(wall_time_s=600, cpu_time_s=600, memory_mb=2048, max_file_mb=200, ocr_data_dir=None)
    try:
        _parse(parser, files[:2], 1)
        with MemorySampler() as sampler:
            one_s, pages, failed = _parse(parser, files, 1)
        two_s, _, _ = _parse(parser, files, 2)
    finally:
        parser.close()
    BARE[suffix](files[0])
    started = time.perf_counter()
    for path in files:
        BARE[suffix](path)
    bare_s = time.perf_counter() - started
    return Speed(
        suffix=suffix,
        files=len(files),
        pages=pages,
        bare_s=bare_s,
        one_s=one_s,
        two_s=two_s,
        children_mb=sampler.peak.children,
        failed=failed,
    )


def speed_row(found: Speed) -> str:
    """One row of the Markdown table that `SPEED_HEAD` opens."""
    return (
        f"| {found.suffix} | {found.files} | {found.pages} | {found.failed} | {found.pages / found.bare_s:.0f} "
        f"| {found.pages / found.one_s:.0f} | {found.pages / found.two_s:.0f} | {found.bare_s / found.one_s:.3f} "
        f"| {found.one_s / found.two_s:.2f} | {found.children_mb:.0f} |"
    )


SPEED_HEAD = (
    "| format | files | pages | failed | bare library pages/s | one worker | two workers | one ÷ bare | two ÷ one "
    "| children MiB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)
