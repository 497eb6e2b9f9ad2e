"""How much the quarantine detects, and how often it holds back what is harmless."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.domain.documents import ConcealedText, Concealment, ParsedDocument
from sourcier_evaluation.quarantine_floods import flood_lines
from sourcier_evaluation.quarantine_sets import Case
from sourcier_ingest.quarantine.evidence import DEFAULT_THRESHOLD
from sourcier_ingest.quarantine.examination import examine
from sourcier_ingest.quarantine.near_duplicates import FLOOD_FROM, near_duplicate_bands

CURVE = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A case with its score."""

    case: Case
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """`held` of `cases`, with the 95 % interval of the share."""

    held: int
    cases: int
    low: float
    high: float

    def __str__(self) -> str:
        share = self.held / self.cases if self.cases else 0.0
        return f"{self.held}/{self.cases} = {share:.1%} ({self.low:.1%}–{self.high:.1%})"


def wilson_interval(held: int, cases: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927); (0, 1) without cases."""
    if cases == 0:
        return 0.0, 1.0
    share, square = held / cases, _NORMAL_95**2 / cases
    middle = (share + square / 2) / (1 + square)
    half = _NORMAL_95 * math.sqrt(share * (1 - share) / cases + square / (4 * cases)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(judged: Iterable[Judged], threshold: float = DEFAULT_THRESHOLD) -> Rate:
    """The share at or above the threshold."""
    scores = [item.score for item in judged]
    held = sum(score >= threshold for score in scores)
    low, high = wilson_interval(held, len(scores))
    return Rate(held=held, cases=len(scores), low=low, high=high)


def judge(cases: Sequence[Case]) -> list[Judged]:
    """Each case's score as a document that a parser might have read."""
    return [Judged(case=case, score=examine(_parsed(case)).score) for case in cases]


def document_score(text: str) -> float:
    """The score of a text as a document of its own."""
    return examine(_parsed(Case(id="", text=text, group="", attack=False, tuning=False))).score


def _parsed(case: Case) -> ParsedDocument:
    concealed = (ConcealedText(text=case.concealed, manner=Concealment.SAME_COLOUR, page=1),) if case.concealed else ()
    return ParsedDocument(
        text=case.text,
        title="",
        language="other",
        media_type=case.media_type,
        parser="text/1",
        chunker="none",
        elements=(),
        pages=(),
        regions=(),
        passages=(),
        concealed=concealed,
    )


def floods(cases: Sequence[Case]) -> tuple[int, int]:
    """How many targets have at least `FLOOD_FROM` passages that share an index key with another, and all targets."""
    by_target: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.target is not None:
            by_target[case.target].append(case)
    flooded = sum(len(_sharing(members)) >= FLOOD_FROM for members in by_target.values())
    return flooded, len(by_target)


def largest_families(cases: Sequence[Case]) -> Counter[int]:
    """Sizes of the families of harmless documents that share index keys, and how many of each size there are."""
    owner: dict[int, int] = {}
    parent = list(range(len(cases)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, case in enumerate(cases):
        for key in near_duplicate_bands(case.text):
            parent[root(place)] = root(owner.setdefault(key, place))
    sizes = Counter(root(place) for place in range(len(cases)))
    return Counter(size for size in sizes.values() if size > 1)


def _sharing(cases: Sequence[Case]) -> set[str]:
    keys: dict[int, set[str]] = defaultdict(set)
    for case in cases:
        for key in near_duplicate_bands(case.text):
            keys[key].add(case.id)
    return set[str]().union(*(names for names in keys.values() if len(names) > 1))


def quarantine_report(sets: Mapping[str, Sequence[Case]]) -> str:
    """The whole report in Markdown: each set by group, the curve, and the near-duplicates."""
    everything: list[Judged] = []
    lines = [f"Threshold {DEFAULT_THRESHOLD}; held back / all = share (95 % interval)."]
    for name, cases in sets.items():
        judged = judge(cases)
        everything += judged
        lines += ["", *_groups_table(name, judged)]
    lines += [
        "",
        "Instructions in the open in all sets together, and harmless documents, the half for figures:",
        "",
        *_curve_table(everything),
        "",
    ]
    for name, cases in sets.items():
        lines += _near_duplicate_lines(name, cases)
    lines += ["", *flood_lines(sets)]
    return "\n".join(lines)


def _groups_table(name: str, judged: Sequence[Judged]) -> list[str]:
    lines = [f"| {name} | half for rules | half for figures |", "|---|---|---|"]
    for group in dict.fromkeys(item.case.group for item in judged):
        members = [item for item in judged if item.case.group == group]
        halves = [rate(item for item in members if item.case.tuning is tuning) for tuning in (True, False)]
        lines.append(f"| {group} | {halves[0]} | {halves[1]} |")
    return lines


def _curve_table(judged: Sequence[Judged]) -> list[str]:
    unseen = [item for item in judged if not item.case.tuning]
    # Poisoned claims hold no instruction, and what is put in a second time, concealed, is not another attack.
    attacks = [item for item in unseen if item.case.attack and item.case.target is None and not item.case.concealed]
    harmless = [item for item in unseen if not item.case.attack]
    lines = ["| threshold | attacks held back | harmless held back |", "|---|---|---|"]
    lines += [f"| {threshold:.1f} | {rate(attacks, threshold)} | {rate(harmless, threshold)} |" for threshold in CURVE]
    return lines


def _near_duplicate_lines(name: str, cases: Sequence[Case]) -> list[str]:
    flooded, targets = floods(cases)
    if targets:
        return [f"- {name}: {flooded} of {targets} targets have {FLOOD_FROM} or more passages that share an index key"]
    if any(case.attack for case in cases):
        return []
    families = largest_families(cases)
    large = sum(count for size, count in families.items() if size >= FLOOD_FROM)
    largest = max(families, default=1)
    return [
        f"- {name}: {families.total()} families of documents that share index keys, {large} of them of {FLOOD_FROM} or "
        f"more, the largest of {largest}, among {len(cases)} documents"
    ]
