"""How faithfully text is recognised in scans, and whether the recorded confidence tells how faithfully."""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.fidelity import KnownText, parse_known, reading_order, rendered
from sourcier_evaluation.scans import Scan, scanned
from sourcier_evaluation.sets import EvaluationDocument

_GOOD = 0.02
"""A page with fewer wrong characters than this reads well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognisedPage:
    """One page: wrong characters a known character (can exceed 1), order of paragraphs, recorded confidence (0–100)."""

    language: str
    error_rate: float
    order: float | None
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """The pages of one condition."""

    scan: Scan
    pages: tuple[RecognisedPage, ...]
    refused: int
    """Pages that were refused, for instance because nothing was recognised."""


def character_error_rate(known: str, recognised: str) -> float:
    """Inserted, deleted and replaced characters (Levenshtein) over the known ones; spaces and line ends are one space.

    Raises InvalidRequest without a known text.
    """
    wanted, found = " ".join(known.split()), " ".join(recognised.split())
    if not wanted:
        raise InvalidRequest("There is no known text to compare with.")
    return Levenshtein.distance(wanted, found) / len(wanted)


def measure_recognition(documents: Sequence[EvaluationDocument], scan: Scan) -> Recognised:
    """Render, scan, parse and compare the documents' first pages."""
    known = list(rendered(documents, scan.columns))
    pictures = [scanned(page, scan, seed=number).content for number, page in enumerate(known)]
    suffix = ".png" if scan.quality is None else ".jpg"
    pages: list[RecognisedPage] = []
    with tempfile.TemporaryDirectory(prefix="sourcier-recognition-") as place:
        for page, parsed in zip(known, parse_known(pictures, Path(place), suffix), strict=True):
            if isinstance(parsed, ParsedDocument):
                pages.append(_compared(page, parsed))
    return Recognised(scan=scan, pages=tuple(pages), refused=len(known) - len(pages))


def _compared(known: KnownText, parsed: ParsedDocument) -> RecognisedPage:
    return RecognisedPage(
        language=known.language,
        error_rate=character_error_rate(known.text, parsed.text),
        order=reading_order(known.text, parsed.text),
        confidence=parsed.pages[0].recognition_confidence or 0.0,
    )


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's: the correlation of ranks, equal values sharing a rank; not a number when one side never varies."""
    left, right = _ranks(first), _ranks(second)
    if left.std() == 0 or right.std() == 0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def _ranks(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, places, counts = np.unique(np.array(values, np.float64), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2)[places]


def recognition_rows(found: Recognised) -> str:
    """Markdown rows, one a language."""
    rows: list[str] = []
    for language in sorted({page.language for page in found.pages}):
        pages = [page for page in found.pages if page.language == language]
        rates = [page.error_rate for page in pages]
        orders = [page.order for page in pages if page.order is not None]
        order = f"{statistics.mean(orders):.3f}" if orders else "–"
        confidence = [page.confidence for page in pages]
        rows.append(
            f"| {found.scan.name} | {language} | {len(pages)} | {statistics.median(rates):.4f} | {max(rates):.4f} "
            f"| {order} | {statistics.median(confidence):.1f} | {min(confidence):.1f} |"
        )
    return "\n".join(rows)


def confidence_lines(found: Sequence[Recognised]) -> str:
    """Whether the confidence tells: its rank correlation with the error rate, over all pages and within conditions."""
    pages = [page for condition in found for page in condition.pages]
    over_all = rank_correlation([page.error_rate for page in pages], [page.confidence for page in pages])
    within = [
        rank_correlation([page.error_rate for page in one.pages], [page.confidence for page in one.pages])
        for one in found
    ]
    known = [value for value in within if value == value]
    lines = [
        f"{len(pages)} pages, {sum(one.refused for one in found)} refused. Rank correlation of error rate and recorded "
        f"confidence: {over_all:.2f} over all pages"
        + (f", {statistics.median(known):.2f} within a condition (median)." if known else ".")
    ]
    for low, high in ((0.0, 70.0), (70.0, 80.0), (80.0, 90.0), (90.0, 100.1)):
        rates = [page.error_rate for page in pages if low <= page.confidence < high]
        if rates:
            bad = sum(rate > _GOOD for rate in rates)
            lines.append(
                f"confidence {low:.0f} to {min(high, 100):.0f}: {len(rates)} pages, median error rate "
                f"{statistics.median(rates):.4f}, worst {max(rates):.4f}, over {_GOOD}: {bad}"
            )
    return "\n".join(lines)


RECOGNITION_HEAD = (
    "| scan | language | pages | character error rate, median | worst | order | confidence, median | lowest |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|"
)
