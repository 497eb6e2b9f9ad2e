"""The commands about fidelity: what they take from a set and print."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sourcier_core.errors import EngineUnavailable
from sourcier_evaluation.fidelity import FIDELITY_HEAD, fidelity_rows, measure_fidelity, pairs_of, rendered, scanned
from sourcier_evaluation.sets import EvaluationDocument, load_set
from sourcier_ingest.parsing.recognition import recognition_available

RESOLUTIONS = (150, 300)


def _few(documents: Sequence[EvaluationDocument], limit: int) -> list[EvaluationDocument]:
    """At most `limit` documents of each language, spread over the set."""
    chosen: list[EvaluationDocument] = []
    for language in sorted({document.language for document in documents}):
        ours = [document for document in documents if document.language == language and len(document.text) > 300]
        chosen += ours[:: max(1, len(ours) // limit)][:limit]
    return chosen


def text_fidelity_report(folder: Path, limit: int) -> str:
    """PDFs of the set that lie beside their text; without any, its documents rendered to PDF here."""
    with tempfile.TemporaryDirectory(prefix="sourcier-fidelity-") as place:
        pairs = list(pairs_of(folder))[:limit]
        if pairs:
            return f"{FIDELITY_HEAD}\n" + fidelity_rows("PDF", measure_fidelity(pairs, Path(place), ".pdf"))
        documents = _few(load_set(folder).documents, limit)
        rows = [
            fidelity_rows(
                f"rendered, {columns} column(s)",
                measure_fidelity(list(rendered(documents, columns)), Path(place), ".pdf"),
            )
            for columns in (1, 2)
        ]
    return "\n".join([FIDELITY_HEAD, *rows])


def recognition_fidelity_report(folder: Path, limit: int) -> str:
    """Pages rendered from the set's documents, as pictures. Raises EngineUnavailable without tesseract's data."""
    if not recognition_available(None):
        raise EngineUnavailable("Tesseract's language data (fra, eng) is not installed.")
    pages = list(rendered(_few(load_set(folder).documents, limit), 1))
    rows: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sourcier-fidelity-") as place:
        for resolution in RESOLUTIONS:
            pictures = [scanned(page, resolution) for page in pages]
            rows.append(fidelity_rows(f"{resolution} dpi", measure_fidelity(pictures, Path(place), ".png")))
    return "\n".join([FIDELITY_HEAD, *rows])
