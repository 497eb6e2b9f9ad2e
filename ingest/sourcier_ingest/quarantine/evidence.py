"""What speaks for holding a document back, and how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import prod

DEFAULT_THRESHOLD = 0.4
"""The score from which a document is held back; the reasons and the measured rates are in docs/quarantine.md."""
LONGEST_EXCERPT = 200
_MOST_PER_KIND = 5
_FAINT = 0.2


class EvidenceKind(StrEnum):
    """What was seen."""

    CONCEALED_TEXT = "concealed_text"
    """Text that a reader of the page does not see."""
    CONCEALED_INSTRUCTION = "concealed_instruction"
    """Text that a reader does not see and that speaks to a model."""
    INVISIBLE_CHARACTERS = "invisible_characters"
    """Characters without width inside words, tag characters, overridden writing direction."""
    INSTRUCTION = "instruction"
    """Words that speak to a model, in the open."""
    ENCODED_INSTRUCTION = "encoded_instruction"
    """An instruction behind Base64, hexadecimal digits or percent signs."""
    EXFILTRATION_LINK = "exfiltration_link"
    """A picture whose address would carry text of the answer away."""
    NEAR_DUPLICATES = "near_duplicates"
    """Many new documents that say nearly the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One observation: at most 200 characters of what was seen, and its weight from 0 to 1.

    `start` and `end` count characters of the document's text where the place is known there, `page` where it is known.
    """

    kind: EvidenceKind
    excerpt: str
    weight: float
    start: int | None = None
    end: int | None = None
    page: int | None = None
    cues: tuple[str, ...] = ()
    """Names of the rules that spoke."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """A document's score from 0 (nothing seen) to 1, with its evidence, the strongest first."""

    score: float
    evidence: tuple[Evidence, ...] = ()

    def exceeds(self, threshold: float = DEFAULT_THRESHOLD) -> bool:
        """Whether the document should wait for a person."""
        return self.score >= threshold


def combined_score(evidence: Iterable[Evidence]) -> float:
    """1 − Π (1 − w) over the kinds, w being the strongest weight of each kind.

    Kinds are taken as independent ("noisy or"), so that more evidence never lowers the score. Only the strongest of a
    kind counts, and faint kinds (below 0.2) do not add up, so that a long document does not reach the threshold by
    many faint signs.
    """
    strongest: dict[EvidenceKind, float] = {}
    for item in evidence:
        strongest[item.kind] = max(strongest.get(item.kind, 0.0), item.weight)
    faintest = max((weight for weight in strongest.values() if weight < _FAINT), default=0.0)
    return max(faintest, 1.0 - prod(1.0 - weight for _, weight in sorted(strongest.items()) if weight >= _FAINT))


def assess(evidence: Iterable[Evidence]) -> Assessment:
    """The assessment of this evidence; of each kind only the strongest few are kept to be shown."""
    ordered = sorted(evidence, key=lambda item: (-item.weight, item.kind, item.start or 0, item.excerpt))
    kept: list[Evidence] = []
    for item in ordered:
        if sum(other.kind is item.kind for other in kept) < _MOST_PER_KIND:
            kept.append(item)
    return Assessment(score=combined_score(kept), evidence=tuple(kept))


def with_evidence(assessment: Assessment, *added: Evidence) -> Assessment:
    """The assessment with more evidence, as of a load's near-duplicates; its score is never lower."""
    return assess((*assessment.evidence, *added))


def excerpt(text: str, start: int, end: int) -> str:
    """What stands at [start, end), on one line, shortened to 200 characters."""
    shown = " ".join(text[start : min(end, start + 2 * LONGEST_EXCERPT)].split())
    return shown if len(shown) <= LONGEST_EXCERPT else shown[: LONGEST_EXCERPT - 1] + "…"
