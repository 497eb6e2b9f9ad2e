"""What a reconciliation says: findings, the balance, and the row of each file."""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sourcier_core.domain.identifiers import CorpusId

_MOST_FINDINGS = 1000


class FindingKind(StrEnum):
    """What does not agree."""

    POINTS_MISSING = "points_missing"
    """The index has fewer points than passages. Repair: they are embedded and put back."""
    POINTS_WITHOUT_PASSAGE = "points_without_passage"
    """The index has points of something PostgreSQL does not know, or that failed. Repair: they are removed."""
    FILE_MISSING = "file_missing"
    """The stored bytes are gone. Repair: taken from the source, or the file it was found in, if they are the same."""
    FILE_UNREFERENCED = "file_unreferenced"
    """Stored bytes that no version refers to; left by a purge or a load that was cut off. They are only reported."""
    PAGES_MISSING = "pages_missing"
    """Fewer pages are stored than the document has. Repair: read again from the stored bytes."""
    PASSAGES_MISSING = "passages_missing"
    """A version has fewer passages than it was published with. Repair: read again, if they are the same passages."""
    CUT_OFF = "cut_off"
    """Work stopped halfway and no load goes on with it. Repair: it is taken up from the stored bytes."""
    NOT_LOADED = "not_loaded"
    """A file of the source that no load has seen, or that came back since: load it."""
    GONE_FROM_SOURCE = "gone_from_source"
    """A document whose source no longer holds its file: a load withdraws it, an unusual share only when confirmed."""
    SOURCE_UNREADABLE = "source_unreadable"
    """The source cannot be listed, so it was not compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that does not agree, and whether it is, or is being, put right."""

    kind: FindingKind
    corpus_id: CorpusId
    path: str
    detail: str
    repaired: bool = False

    def of_file(self) -> dict[str, Any]:
        """As it stands in the row of its file."""
        return {"kind": self.kind.value, "detail": self.detail, "repaired": self.repaired}


@dataclass(slots=True)
class Reconciliation:
    """The balance: files by how they ended, pages, passages and points, and what does not agree."""

    files: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    """Per corpus, every file once, by the state of its newest content; `withdrawn`; failures by their code."""
    pages: int = 0
    pages_without_text: int = 0
    passages: int = 0
    points: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    """At most a thousand of them; `kinds` counts all, and the rows of files have all of theirs."""

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        self.kinds[finding.kind.value] += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)

    @property
    def agrees(self) -> bool:
        """Whether nothing is left that does not agree."""
        return not self.kinds

    def as_json(self) -> dict[str, Any]:
        """The report as it is stored and shown."""
        return {
            "files": {corpus: dict(counts) for corpus, counts in sorted(self.files.items())},
            "pages": self.pages,
            "pages_without_text": self.pages_without_text,
            "passages": self.passages,
            "points": self.points,
            "kinds": dict(self.kinds),
            "findings": [asdict(finding) for finding in self.findings],
        }
