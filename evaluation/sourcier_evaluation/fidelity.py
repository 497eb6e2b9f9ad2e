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
from sourcier_core.errors import DocumentError, InvalidRequest
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

_MOST_CHARACTERS = 1_500_000
"""The comparison of characters takes a time that grows with the square: a minute for a million of them."""
_LANGUAGE = re.compile(r"[-._]([a-z]{2})(?:-[a-z]{2})?$")
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
    """What came back of one file, 0 to 1; order is None with too few paragraphs found.

    `bare` is what pdfium itself extracts, page after page; None for a picture.
    """

    name: str
    language: str
    characters: float
    words: float
    order: float | None
    bare_characters: float | None
    bare_words: float | None


def character_similarity(known: str, parsed: str) -> float:
    """1 minus the share of inserted and deleted characters (Indel), spaces and line ends counting as one space.

    Two unrelated texts of one language reach about one half, since letters recur: see `word_similarity`.
    Raises InvalidRequest for texts that are too long to compare so.
    """
    left, right = " ".join(known.split()), " ".join(parsed.split())
    if max(len(left), len(right)) > _MOST_CHARACTERS:
        raise InvalidRequest(f"Texts of more than {_MOST_CHARACTERS} characters cannot be compared by character.")
    return Indel.normalized_similarity(left, right)


def word_similarity(known: str, parsed: str) -> float:
    """1 minus the share of inserted and deleted words: a word with one wrong letter is wrong."""
    return Indel.normalized_similarity(known.split(), parsed.split())


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
    """PDFs that lie beside a plain text of the same name.

    A name that ends in `.fr` or `-fr`, or else a folder named so, is French; one in another language than English is
    left out.
    """
    for pdf in sorted(folder.rglob("*.pdf")):
        plain = pdf.with_suffix(".txt")
        named = _LANGUAGE.search(pdf.stem) or _LANGUAGE.search(f"-{pdf.parent.name}")
        language = named.group(1) if named else "en"
        if plain.is_file() and language in {"fr", "en"}:
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


def _bare_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        pages: list[Any] = list(document)
        return "\n\n".join(page.get_textpage().get_text_range() for page in pages)


def _compared(known: KnownText, parsed: str, *, is_pdf: bool) -> Fidelity:
    bare = _bare_text(known.content) if is_pdf else None
    return Fidelity(
        name=known.name,
        language=known.language,
        characters=character_similarity(known.text, parsed),
        words=word_similarity(known.text, parsed),
        order=reading_order(known.text, parsed),
        bare_characters=None if bare is None else character_similarity(known.text, bare),
        bare_words=None if bare is None else word_similarity(known.text, bare),
    )


def parse_known(contents: Sequence[bytes], folder: Path, suffix: str) -> Iterator[ParsedDocument | DocumentError]:
    """Parse every content (written to `folder`) as the product does; a refusal is a value."""
    parser = IsolatedDocumentParser(wall_time_s=600, cpu_time_s=600, memory_mb=2048, max_file_mb=200, ocr_data_dir=None)
    try:
        for number, content in enumerate(contents):
            path = folder / f"{number:05}{suffix}"
            path.write_bytes(content)
            yield parser.parse_many([(path, path.name)])[0]
    finally:
        parser.close()


def measure_fidelity(files: Sequence[KnownText], folder: Path, suffix: str) -> Iterator[Fidelity]:
    """Parse every file and compare, one after the other.

    Raises InvalidRequest without any, and the parser's error for one it refuses.
    """
    if not files:
        raise InvalidRequest("There is nothing to compare: no file with a known text.")
    outcomes = parse_known([known.content for known in files], folder, suffix)
    for known, outcome in zip(files, outcomes, strict=True):
        if not isinstance(outcome, ParsedDocument):
            raise outcome
        yield _compared(known, outcome.text, is_pdf=suffix == ".pdf")


def _median(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.4f}" if known else "–"


def fidelity_rows(label: str, found: Sequence[Fidelity]) -> str:
    """Markdown rows, one a language: files, median and worst similarity, mean order."""
    rows: list[str] = []
    for language in sorted({one.language for one in found}):
        ours = [one for one in found if one.language == language]
        orders = [one.order for one in ours if one.order is not None]
        order = f"{statistics.mean(orders):.3f} ({len(orders)})" if orders else "–"
        rows.append(
            f"| {label} | {language} | {len(ours)} | {_median([one.characters for one in ours])} "
            f"| {min(one.characters for one in ours):.4f} | {_median([one.bare_characters for one in ours])} "
            f"| {_median([one.words for one in ours])} | {min(one.words for one in ours):.4f} "
            f"| {_median([one.bare_words for one in ours])} | {order} |"
        )
    return "\n".join(rows)


FIDELITY_HEAD = (
    "| files | language | number | characters, median | worst | bare pdfium | words, median | worst | bare pdfium "
    "| order (files with two paragraphs) |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)
