"""Measures the verifier on claims whose cited pages people have judged (the layout of WiCE).

Kamoi et al., "WiCE: Real-World Entailment for Claims in Wikipedia" (EMNLP 2023).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sourcier_core.domain.answers import Verdict
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import read_lines
from sourcier_retrieval.support import find_support


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedClaim:
    """A claim, the whole page it cites, and whether people found it fully supported."""

    claim: str
    page: str
    split: str
    is_supported: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierScores:
    """`supported_share` is how many claims the verifier calls supported; the other two as usual, from 0 to 1."""

    f1: float
    balanced_accuracy: float
    supported_share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierReport:
    """Scores by verifier, on one split; `overlap_threshold` was chosen on the other split."""

    set_name: str
    split: str
    claims: int
    scores: Mapping[str, VerifierScores]
    overlap_threshold: float

    def as_json(self) -> dict[str, Any]:
        """Ready for the report."""
        return {
            "set": f"{self.set_name}, {self.split}",
            "claims": self.claims,
            "scores": {name: asdict(found) for name, found in self.scores.items()},
        }


def read_claims(folder: Path) -> list[JudgedClaim]:
    """The claims of a set's `claims.jsonl`. Raises InvalidRequest when there are none, or a line makes no sense."""
    try:
        return [
            JudgedClaim(
                claim=str(fields["claim"]),
                page="\n".join(fields["evidence_sentences"]),
                split=str(fields["split"]),
                is_supported=fields["label"] == "supported",
            )
            for fields in read_lines(folder, "claims")
        ]
    except (KeyError, TypeError) as error:
        raise InvalidRequest(f"A claim in {folder} lacks a field: {error}.") from error


def measure_verifier(name: str, claims: Sequence[JudgedClaim]) -> list[VerifierReport]:
    """The product's verifier beside two baselines, on each split; nothing of the verifier is fitted here.

    A partially supported claim counts as not supported. The baselines: everything is supported; and the share of the
    claim's terms that the page holds, with the threshold that is best on the other splits.
    """
    splits = sorted({claim.split for claim in claims})
    if len(splits) < 2 or len({claim.is_supported for claim in claims}) < 2:
        raise InvalidRequest("Verifying is measured on claims of two splits and of both kinds.")
    checked = np.array([_verify(claim) for claim in claims])
    overlap = np.array([_overlap(claim) for claim in claims])
    truth = np.array([claim.is_supported for claim in claims])
    reports: list[VerifierReport] = []
    for split in splits:
        mine = np.array([claim.split == split for claim in claims])
        threshold = _best_threshold(truth[~mine], overlap[~mine])
        found = {
            "sourcier": _scores(truth[mine], checked[mine]),
            "word overlap": _scores(truth[mine], overlap[mine] >= threshold),
            "always supported": _scores(truth[mine], np.ones(int(mine.sum()), bool)),
        }
        reports.append(
            VerifierReport(
                set_name=name, split=split, claims=int(mine.sum()), scores=found, overlap_threshold=threshold
            )
        )
    return reports


def _verify(claim: JudgedClaim) -> bool:
    _, check = find_support(claim.claim, claim.page, ("en",))
    return check.verdict is Verdict.SUPPORTED


def _overlap(claim: JudgedClaim) -> float:
    wanted = set(analyse(claim.claim, "en"))
    return len(wanted & set(analyse(claim.page, "en"))) / len(wanted) if wanted else 0.0


def _best_threshold(truth: Any, overlap: Any) -> float:
    score: Callable[[float], float] = lambda threshold: _scores(truth, overlap >= threshold).balanced_accuracy  # noqa: E731
    return max(np.linspace(0, 1, 101).tolist(), key=score)


def _scores(truth: Any, said: Any) -> VerifierScores:
    true_positives = int((truth & said).sum())
    precision = true_positives / max(1, int(said.sum()))
    recall = true_positives / max(1, int(truth.sum()))
    specificity = int((~truth & ~said).sum()) / max(1, int((~truth).sum()))
    return VerifierScores(
        f1=2 * precision * recall / (precision + recall) if true_positives else 0.0,
        balanced_accuracy=(recall + specificity) / 2,
        supported_share=float(said.mean()),
    )


def verifier_table(reports: Sequence[VerifierReport]) -> str:
    """A Markdown table."""
    lines = ["| split | verifier | F1 | balanced accuracy | called supported |", "|---|---|--:|--:|--:|"]
    for report in reports:
        lines += [
            f"| {report.split} ({report.claims}) | {name} | {found.f1:.3f} | {found.balanced_accuracy:.3f} "
            f"| {found.supported_share:.2f} |"
            for name, found in report.scores.items()
        ]
    return "\n".join(lines)
