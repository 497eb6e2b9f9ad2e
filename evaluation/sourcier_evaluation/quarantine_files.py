"""Which of some real files the quarantine would set aside: read by the product's own parsers, layout and all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentError
from sourcier_core.ports import DocumentParser
from sourcier_evaluation.quarantine_command import wilson_interval
from sourcier_ingest.quarantine.evidence import DEFAULT_THRESHOLD


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadFile:
    """A file as it was read; `score` is None where it could not be, and `shown` says why or what spoke against it."""

    path: str
    suffix: str
    score: float | None
    shown: str = ""

    @property
    def is_held(self) -> bool:
        """Whether it would be set aside at the default threshold."""
        return self.score is not None and self.score >= DEFAULT_THRESHOLD


def read_files(paths: Sequence[Path], parser: DocumentParser) -> Iterator[ReadFile]:
    """Each file, parsed alone, with its quarantine score."""
    for path in paths:
        (outcome,) = parser.parse_many([(path, path.name)])
        suffix = path.suffix.lower()
        if isinstance(outcome, DocumentError):
            yield ReadFile(path=str(path), suffix=suffix, score=None, shown=outcome.code)
            continue
        yield ReadFile(path=str(path), suffix=suffix, score=outcome.quarantine_score, shown=_strongest(outcome))


def _strongest(parsed: ParsedDocument) -> str:
    found = max(parsed.quarantine_evidence, key=lambda item: item.weight, default=None)
    return "" if found is None else f"{found.kind}: {found.excerpt}"


def files_report(files: Sequence[ReadFile]) -> str:
    """Markdown: by suffix how many were read and how many would be set aside, and each that would be or failed."""
    lines = ["| files | read | failed | set aside |", "|---|--:|--:|---|"]
    for suffix in [*sorted({file.suffix for file in files}), None]:
        chosen = [file for file in files if suffix is None or file.suffix == suffix]
        read = [file for file in chosen if file.score is not None]
        held = sum(file.is_held for file in read)
        low, high = wilson_interval(held, len(read))
        lines.append(f"| {suffix or 'all'} | {len(read)} | {len(chosen) - len(read)} | {held} ({low:.1%}–{high:.1%}) |")
    lines += [f"- {file.path}: {file.score}: {file.shown}" for file in files if file.is_held]
    lines += [f"- {file.path}: {file.shown}" for file in files if file.score is None]
    return "\n".join(lines)
