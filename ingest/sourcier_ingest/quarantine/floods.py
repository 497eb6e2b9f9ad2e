"""Sees that a load floods one target: many new documents that say nearly the same, where few did before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Connection

from sourcier_core.db import duplicates
from sourcier_core.db.loads import Load
from sourcier_core.domain.documents import ParsedDocument, QuarantineEvidence
from sourcier_core.domain.identifiers import DocumentId
from sourcier_ingest.parse_ahead import Outcome
from sourcier_ingest.quarantine.evidence import Assessment, Evidence, EvidenceKind, with_evidence
from sourcier_ingest.quarantine.near_duplicates import flood_evidence
from sourcier_ingest.registering import PendingFile

NEW_FOR = timedelta(hours=24)
"""Documents of earlier loads count as new for so long: a flood in small loads is one too."""


@dataclass(slots=True)
class Neighbours:
    """The contents behind each band: documents by the hash of their bytes, new or known from before."""

    new: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set[str]))
    known: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set[str]))
    titles: dict[str, str] = field(default_factory=dict[str, str])
    documents: dict[str, DocumentId] = field(default_factory=dict[str, DocumentId])

    def add(self, bands: Iterable[int], document: DocumentId, content: str, title: str, *, is_new: bool) -> None:
        """Note a content by the hash of its bytes; `is_new`: of a document that was not published before."""
        self.titles.setdefault(content, title)
        self.documents.setdefault(content, document)
        for band in bands:
            (self.new if is_new else self.known)[band].add(content)

    def around(self, bands: Iterable[int], content: str) -> tuple[int, set[str]]:
        """How many new documents (this one included), and which known contents, share a band with these.

        Identical bytes count once, as do several new contents of one document; those of a known content not at all.
        """
        new, known = {content}, set[str]()
        for band in bands:
            new |= self.new.get(band, set())
            known |= self.known.get(band, set())
        return len({self.documents[one] for one in new - known}), known


def sudden(new: int, known: int) -> int:
    """How many of `new` near-duplicates come suddenly, where `known` were published before.

    A text of which many versions are known, such as a form letter, is expected to have more: only what goes beyond
    them is sudden. One known text is the target itself.
    """
    return new - max(0, known - 1)


def with_floods(
    connection: Connection, load: Load, outcomes: Sequence[tuple[PendingFile, Outcome]]
) -> list[tuple[PendingFile, Outcome]]:
    """The outcomes, those of a flood with a higher score and the evidence for it.

    Counted are the new documents of these outcomes, of this load so far and of the corpus's loads of the last 24 hours;
    new contents of documents that were published before replace something and are not judged.
    A corpus's first load is not judged: families of forms come together in it.
    """
    files = {file.document_id: (file, parsed) for file, parsed in outcomes if isinstance(parsed, ParsedDocument)}
    bands = sorted({band for _, parsed in files.values() for band in parsed.near_duplicate_bands})
    settled = duplicates.first_publication_before(connection, load.corpus_id, load.started_at) if bands else None
    if settled is None:
        return list(outcomes)
    since = max(settled, load.started_at - NEW_FOR)
    seen = Neighbours()
    for relative in duplicates.find_relatives(connection, load.corpus_id, bands, since=since):
        seen.add(relative.bands, relative.document_id, relative.content_sha256, relative.title, is_new=relative.is_new)
    updated = duplicates.published_before(connection, list(files), load.started_at)
    for document, (file, parsed) in files.items():
        if document not in updated:
            title = parsed.title or file.path
            seen.add(parsed.near_duplicate_bands, document, file.content_sha256, title, is_new=True)
    found = {
        document: _flood(seen, file, parsed) for document, (file, parsed) in files.items() if document not in updated
    }
    return [(file, _judged(outcome, found.get(file.document_id))) for file, outcome in outcomes]


def _flood(seen: Neighbours, file: PendingFile, parsed: ParsedDocument) -> Evidence | None:
    new, known = seen.around(parsed.near_duplicate_bands, file.content_sha256)
    target = min((seen.titles[content] for content in known), default=parsed.title or file.path)
    return flood_evidence(sudden(new, len(known)), target)


def _judged(outcome: Outcome, evidence: Evidence | None) -> Outcome:
    if not isinstance(outcome, ParsedDocument) or evidence is None:
        return outcome
    before = Assessment(score=outcome.quarantine_score, evidence=tuple(map(_evidence, outcome.quarantine_evidence)))
    after = with_evidence(before, evidence)
    shown = tuple(
        QuarantineEvidence(
            kind=item.kind.value,
            excerpt=item.excerpt,
            weight=item.weight,
            start=item.start,
            end=item.end,
            page=item.page,
        )
        for item in after.evidence
    )
    return replace(outcome, quarantine_score=after.score, quarantine_evidence=shown)


def _evidence(item: QuarantineEvidence) -> Evidence:
    return Evidence(
        kind=EvidenceKind(item.kind),
        excerpt=item.excerpt,
        weight=item.weight,
        start=item.start,
        end=item.end,
        page=item.page,
    )
