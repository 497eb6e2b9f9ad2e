"""The commands about fidelity: what they take from a set and print."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sourcier_core.errors import EngineUnavailable
from sourcier_evaluation.fidelity import FIDELITY_HEAD, Fidelity, fidelity_rows, measure_fidelity, pairs_of, rendered
from sourcier_evaluation.made_up_tables import made_up_tables
from sourcier_evaluation.recognition_fidelity import (
    RECOGNITION_HEAD,
    Recognised,
    confidence_lines,
    measure_recognition,
    recognition_rows,
)
from sourcier_evaluation.scans import SCANS
from sourcier_evaluation.sets import EvaluationDocument, load_set
from sourcier_evaluation.table_fidelity import TABLE_HEAD, measure_tables, table_rows
from sourcier_evaluation.table_files import TABLE_FILES
from sourcier_ingest.parsing.recognition_data import recognition_available

_READ = ("en", "fr")


def _few(documents: Sequence[EvaluationDocument], limit: int) -> list[EvaluationDocument]:
    """At most `limit` documents of each language, spread over the set."""
    chosen: list[EvaluationDocument] = []
    for language in sorted({document.language for document in documents}):
        ours = [document for document in documents if document.language == language and len(document.text) > 300]
        chosen += ours[:: max(1, len(ours) // limit)][:limit]
    return chosen


def text_fidelity_lines(folder: Path, limit: int) -> Iterator[str]:
    """PDFs of the folder that lie beside their text, each as soon as it is compared, then all of a language.

    Without any, the documents of the set rendered to PDF here.
    """
    yield FIDELITY_HEAD
    with tempfile.TemporaryDirectory(prefix="sourcier-fidelity-") as place:
        pairs = list(pairs_of(folder))[:limit]
        if pairs:
            found: list[Fidelity] = []
            for one in measure_fidelity(pairs, Path(place), ".pdf"):
                found.append(one)
                yield fidelity_rows(f"`{one.name}`", [one])
            yield fidelity_rows("all PDFs", found)
            return
        documents = _few(load_set(folder).documents, limit)
        for columns in (1, 2):
            pages = list(rendered(documents, columns))
            yield fidelity_rows(f"rendered, {columns} column(s)", list(measure_fidelity(pages, Path(place), ".pdf")))


def recognition_fidelity_lines(folder: Path, limit: int) -> Iterator[str]:
    """Pages rendered from the set's documents and scanned in every way, a part of the report as soon as it is there.

    Raises EngineUnavailable without tesseract's data.
    """
    if not recognition_available(None):
        raise EngineUnavailable("Tesseract's language data (fra, eng) is not installed.")
    documents = _few([document for document in load_set(folder).documents if document.language in _READ], limit)
    yield RECOGNITION_HEAD
    found: list[Recognised] = []
    for scan in SCANS:
        found.append(measure_recognition(documents, scan))
        yield recognition_rows(found[-1])
    yield confidence_lines(found)


def table_fidelity_lines(folder: Path, count: int) -> Iterator[str]:
    """Tables made of the set's words, in every kind of file, a row as soon as it is there."""
    tables = made_up_tables(load_set(folder).documents, count)
    yield TABLE_HEAD
    for name in TABLE_FILES:
        yield from table_rows(name, measure_tables(tables, name))
