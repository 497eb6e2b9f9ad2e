"""Parses a file and examines what was found, in the child: what a hostile text does to a pattern stays there."""

from dataclasses import replace
from pathlib import Path

from sourcier_core.domain.documents import ParsedDocument, QuarantineEvidence
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_ingest.parsing import registry
from sourcier_ingest.quarantine.examination import examine
from sourcier_ingest.quarantine.near_duplicates import near_duplicate_bands


def parse_and_examine(
    path: Path,
    name: str,
    max_file_bytes: int,
    recognition_data: str | None,
    passwords: DocumentPasswords = NO_PASSWORDS,
) -> ParsedDocument:
    """The parsed document with its quarantine score and evidence, and its near-duplicate bands.

    Raises:
        DocumentError: it cannot be read.
    """
    parsed = registry.parse(path, name, max_file_bytes, recognition_data, passwords)
    assessment = examine(parsed)
    return replace(
        parsed,
        quarantine_score=round(assessment.score, 4),
        quarantine_evidence=tuple(
            QuarantineEvidence(
                kind=item.kind.value,
                excerpt=item.excerpt,
                weight=round(item.weight, 4),
                start=item.start,
                end=item.end,
                page=item.page,
            )
            for item in assessment.evidence
        ),
        near_duplicate_bands=near_duplicate_bands(parsed.text),
    )
