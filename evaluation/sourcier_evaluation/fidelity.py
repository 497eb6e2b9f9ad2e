"""How faithfully the parsers give back a known text: from PDFs, and from pictures of pages."""

import io
import itertools
import re
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from rapidfuzz.distance import Indel
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

_WORDS_FROM = 50_000
"""Longer texts are compared word by word instead of character by character."""
_LINES = 58
_MARGIN = 50.0
_SIZE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownText:
    """A file whose text is known."""

    name: str
    language: str
    content: bytes
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fidelity:
    """What came back of one file: similarity and order from 0 to 1; order None with too few paragraphs found."""

    name: str
    language: str
    similarity: float
    order: float | None
    bare: float | None
    """The similarity of what pdfium itself extracts, page after page; None for a picture."""


def similarity(known: str, parsed: str) -> float:
    """1 minus the share of insertions and deletions, spaces and line ends aside (words for long texts)."""
    left, right = known.split(), parsed.split()
    if len(known) > _WORDS_FROM:
        return Indel.normalized_similarity(left, right)
    return Indel.normalized_similarity(" ".join(left), " ".join(right))


def reading_order(known: str, parsed: str) -> float | None:
    """The share of neighbouring known paragraphs that come back in their order; None when fewer than two do.

    A paragraph is found by its first 40 characters without spaces, when they stand once in both texts.
    """
    flat = "".join(parsed.split())
    starts = ["".join(part.split())[:40] for part in re.split(r"\n\s*\n", known)]
    whole = "".join(known.split())
    places = [
        flat.index(start) for start in starts if len(start) == 40 and whole.count(start) == 1 and flat.count(start) == 1
    ]
    if len(places) < 2:
        return None
    return sum(left < right for left, right in itertools.pairwise(places)) / (len(places) - 1)


def pairs_of(folder: Path) -> Iterator[KnownText]:
    """PDFs that lie beside a plain text of the same name; the language is told from the name (`-fr`, `.fr`)."""
    for pdf in sorted(folder.rglob("*.pdf")):
        plain = pdf.with_suffix(".txt")
        if plain.is_file():
            language = "fr" if re.search(r"[-._]fr\b", pdf.stem) else "en"
            yield KnownText(
                name=pdf.name, language=language, content=pdf.read_bytes(), text=plain.read_text("utf-8", "replace")
            )


def rendered(documents: Sequence[EvaluationDocument], columns: int) -> Iterator[KnownText]:
    """Each document as a PDF of one page in one or two columns; what does not fit on the page is left out."""
    width = 96 if columns == 1 else 46
    for item in documents:
        paragraphs = [
            " ".join(part.encode("cp1252", "ignore").decode("cp1252").split()) for part in re.split(r"\n+", item.text)
        ]
        lines: list[str] = []
        kept: list[str] = []
        for paragraph in filter(None, paragraphs):
            wrapped = textwrap.wrap(paragraph, width)
            if len(lines) + len(wrapped) > _LINES * columns:
                break
            lines += [*wrapped, ""]
            kept.append(paragraph)
        if len(kept) >= 2:
            content = _page(lines, columns)
            yield KnownText(name=item.id, language=item.language, content=content, text="\n\n".join(kept))


def _page(lines: Sequence[str], columns: int) -> bytes:
    memory = io.BytesIO()
    canvas = Canvas(memory, pagesize=A4)
    canvas.setFont("Helvetica", _SIZE)
    for number, line in enumerate(lines):
        column, row = divmod(number, _LINES)
        across = _MARGIN + column * (A4[0] - _MARGIN) / columns
        canvas.drawString(across, A4[1] - _MARGIN - row * _SIZE * 1.25, line)
    canvas.showPage()
    canvas.save()
    return memory.getvalue()


def scanned(known: KnownText, dots_per_inch: int) -> KnownText:
    """The first page as a grey picture (PNG) with that resolution written into it."""
    with pypdfium2.PdfDocument(known.content) as document:
        page: Any = document[0]
        bitmap = page.render(scale=dots_per_inch / 72, grayscale=True)
        memory = io.BytesIO()
        bitmap.to_pil().save(memory, "PNG", dpi=(dots_per_inch, dots_per_inch))
    return KnownText(name=known.name, language=known.language, content=memory.getvalue(), text=known.text)


def _bare_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        pages: list[Any] = list(document)
        return "\n\n".join(page.get_textpage().get_text_range() for page in pages)


def measure_fidelity(files: Sequence[KnownText], folder: Path, suffix: str) -> list[Fidelity]:
    """Parse every file (written to `folder`) and compare. Raises the parser's error for a file it refuses."""
    if not files:
        raise InvalidRequest("There is nothing to compare: no file with a known text.")
    found: list[Fidelity] = []
    parser = IsolatedDocumentParser(wall_time_s=300, cpu_time_s=300, memory_mb=2048, max_file_mb=200, ocr_data_dir=None)
    try:
        for number, known in enumerate(files):
            path = folder / f"{number:05}{suffix}"
            path.write_bytes(known.content)
            outcome = parser.parse_many([(path, path.name)])[0]
            if not isinstance(outcome, ParsedDocument):
                raise outcome
            found.append(
                Fidelity(
                    name=known.name,
                    language=known.language,
                    similarity=similarity(known.text, outcome.text),
                    order=reading_order(known.text, outcome.text),
                    bare=similarity(known.text, _bare_text(known.content)) if suffix == ".pdf" else None,
                )
            )
    finally:
        parser.close()
    return found


def fidelity_rows(label: str, found: Sequence[Fidelity]) -> str:
    """Markdown rows, one a language: files, median and worst similarity, mean order."""
    rows: list[str] = []
    for language in sorted({one.language for one in found}):
        ours = [one for one in found if one.language == language]
        values = sorted(one.similarity for one in ours)
        bare = [one.bare for one in ours if one.bare is not None]
        orders = [one.order for one in ours if one.order is not None]
        order = f"{statistics.mean(orders):.3f} ({len(orders)})" if orders else "–"
        rows.append(
            f"| {label} | {language} | {len(ours)} | {statistics.median(values):.4f} "
            f"| {values[len(values) // 20]:.4f} | {values[0]:.4f} "
            f"| {f'{statistics.median(bare):.4f}' if bare else '–'} | {order} |"
        )
    return "\n".join(rows)


FIDELITY_HEAD = (
    "| files | language | number | median similarity | 5th percentile | worst | bare pdfium, median "
    "| order (files with two paragraphs) |\n|---|---|--:|--:|--:|--:|--:|--:|"
)
