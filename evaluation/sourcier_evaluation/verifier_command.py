"""Measures the claim check on human labels (WiCE: sentences of Wikipedia and the pages they cite), beside baselines."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sourcier_core.domain.answers import Language, Source, Verdict
from sourcier_core.domain.search import PassageHit
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.entailing import EntailmentJudge
from sourcier_retrieval.quotes import cut_quote
from sourcier_retrieval.support import find_support

SPLITS = ("dev", "test", "both")
READINGS: Mapping[str, frozenset[str]] = {
    "supported": frozenset({"supported"}),
    "supported or partly": frozenset({"supported", "partially_supported"}),
}
"""What counts as supported under each reading of the labels; the rest counts as not."""
_NORMAL_95 = 1.959963984540054
_TITLE = re.compile(r"\(meta data\) TITLE:\s*")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledClaim:
    """A claim, the text it cites with its title, the human label, and its split (dev or test)."""

    id: str
    split: str
    claim: str
    title: str
    text: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """How well a yes or no agrees with the labels of so many claims; every share is in [0, 1].

    `supported_found` is the share of supported claims that were passed, `unsupported_caught` that of the rest that were
    not; balanced accuracy is their mean, `margin` half its 95 % interval (normal approximation), F1 that of supported.
    """

    claims: int
    supported: int
    balanced_accuracy: float
    margin: float
    f1: float
    supported_found: float
    unsupported_caught: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodResult:
    """A method under one reading of the labels, by split. `threshold` was chosen on dev; None where nothing was."""

    method: str
    reading: str
    threshold: float | None
    scores: Mapping[str, Scores]


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierResults:
    """Every method under every reading, and how often each reason stood against claims of each label."""

    methods: tuple[MethodResult, ...]
    labels: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]

    def of(self, method: str, reading: str) -> MethodResult:
        """One method under one reading; KeyError where there is none."""
        for result in self.methods:
            if (result.method, result.reading) == (method, reading):
                return result
        raise KeyError((method, reading))


class SecondOpinion:
    """The product's check of citations with an entailment model; `embedder` finds sentences worded otherwise."""

    def __init__(self, judge: EntailmentJudge, embedder: Embedder) -> None:
        self._judge = judge
        self._embedder = embedder
        self.method = f"product with {judge.name} ≥ {judge.threshold:g}"

    def passes(self, item: LabelledClaim, language: str) -> bool:
        """Whether the claim, citing its text, is supported."""
        document = EvaluationDocument(id=item.id, title=item.title, text=item.text, language=language)
        reader = EvaluationPassages([document], cut=lambda text: [(0, len(text))])
        hit = PassageHit(passage=reader.passages[0], document=reader.document(reader.passages[0].id), score=1.0)
        quote = cut_quote(hit.passage, 0, len(item.text), reader)
        checker = CitationChecker(
            [Source(number=1, hit=hit, quote=quote)],
            language=Language(language),
            reader=reader,
            embedder=self._embedder,
            judge=self._judge,
        )
        return checker.check(RawClaim(text=item.claim, markers=("1",)), 1).verdict is Verdict.SUPPORTED


def read_claims(folder: Path) -> list[LabelledClaim]:
    """The claims of a set's `claims.jsonl`.

    Raises:
        InvalidRequest: the folder has no such file, or a line of it is no claim.
    """
    path = folder / "claims.jsonl"
    if not path.is_file():
        raise InvalidRequest(f"{folder} holds no claims.jsonl: it is no set of claims.")
    try:
        return [_labelled(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{path} cannot be read as a set of claims: {error!r}") from error


def _labelled(row: Mapping[str, Any]) -> LabelledClaim:
    sentences: list[str] = row["evidence_sentences"]
    title = next((_TITLE.sub("", line) for line in sentences if _TITLE.match(line)), "")
    return LabelledClaim(
        id=row["id"],
        split=row["split"],
        claim=row["claim"],
        title=title,
        text="\n".join(sentences),
        label=row["label"],
    )


def measure_verifier(
    claims: Sequence[LabelledClaim], language: str = "en", *, second: SecondOpinion | None = None
) -> VerifierResults:
    """Every claim through the product's own check, as a citation of it goes; nothing of it is fitted here.

    With `second` there is another row: the product with its entailment model. The baselines are to pass every claim,
    and the share of the claim's words that its page holds, from the threshold that does best on dev.
    """
    checks = [find_support(item.claim, item.text, (language,), context=item.title)[1] for item in claims]
    passed = [check.verdict is Verdict.SUPPORTED for check in checks]
    judged = None if second is None else [second.passes(item, language) for item in claims]
    overlaps = [word_overlap(item.claim, item.text) for item in claims]
    methods: list[MethodResult] = []
    for reading in READINGS:
        threshold = _best_threshold(claims, overlaps, reading)
        methods += [
            _result("product", reading, None, claims, passed),
            *([] if judged is None or second is None else [_result(second.method, reading, None, claims, judged)]),
            _result("always supported", reading, None, claims, [True] * len(claims)),
            _result("word overlap", reading, threshold, claims, [share >= threshold for share in overlaps]),
        ]
    reasons: dict[str, dict[str, int]] = {}
    for item, check in zip(claims, checks, strict=True):
        for reason in check.reasons:
            by_label = reasons.setdefault(reason, {})
            by_label[item.label] = by_label.get(item.label, 0) + 1
    labels = {label: sum(item.label == label for item in claims) for label in dict.fromkeys(c.label for c in claims)}
    return VerifierResults(methods=tuple(methods), labels=labels, reasons=reasons)


def word_overlap(claim: str, text: str) -> float:
    """The share of a claim's different words, in lower case, that a text holds; 0 for a claim without words."""
    wanted, held = set(_WORD.findall(claim.casefold())), set(_WORD.findall(text.casefold()))
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _is_supported(item: LabelledClaim, reading: str) -> bool:
    return item.label in READINGS[reading]


def _best_threshold(claims: Sequence[LabelledClaim], shares: Sequence[float], reading: str) -> float:
    """The threshold of the best balanced accuracy on dev, the lowest of equals; 0 without dev claims."""
    dev = [(share, _is_supported(item, reading)) for item, share in zip(claims, shares, strict=True) if _is_dev(item)]
    candidates = sorted({share for share, _ in dev})

    def worth(threshold: float) -> float:
        return score([wanted for _, wanted in dev], [share >= threshold for share, _ in dev]).balanced_accuracy

    return max(candidates, key=worth, default=0.0)


def _is_dev(item: LabelledClaim) -> bool:
    return item.split == "dev"


def _result(
    method: str, reading: str, threshold: float | None, claims: Sequence[LabelledClaim], passed: Sequence[bool]
) -> MethodResult:
    belongs: dict[str, Callable[[LabelledClaim], bool]] = {
        "dev": _is_dev,
        "test": lambda item: not _is_dev(item),
        "both": lambda _: True,
    }
    scores: dict[str, Scores] = {}
    for split in SPLITS:
        pairs = [
            (_is_supported(item, reading), yes)
            for item, yes in zip(claims, passed, strict=True)
            if belongs[split](item)
        ]
        scores[split] = score([wanted for wanted, _ in pairs], [yes for _, yes in pairs])
    return MethodResult(method=method, reading=reading, threshold=threshold, scores=scores)


def score(wanted: Sequence[bool], passed: Sequence[bool]) -> Scores:
    """The scores of yes or no against what is wanted; a class without claims counts as wholly missed."""
    true = sum(want and yes for want, yes in zip(wanted, passed, strict=True))
    caught = sum(not want and not yes for want, yes in zip(wanted, passed, strict=True))
    supported, rest = sum(wanted), len(wanted) - sum(wanted)
    found, held = true / supported if supported else 0.0, caught / rest if rest else 0.0
    variance = found * (1 - found) / max(1, supported) + held * (1 - held) / max(1, rest)
    return Scores(
        claims=len(wanted),
        supported=supported,
        balanced_accuracy=(found + held) / 2,
        margin=_NORMAL_95 * math.sqrt(variance) / 2,
        f1=2 * true / (supported + sum(passed)) if supported + sum(passed) else 0.0,
        supported_found=found,
        unsupported_caught=held,
    )


def verifier_report(name: str, results: VerifierResults) -> str:
    """The results in Markdown: a table of each reading, then the reasons by label."""
    lines: list[str] = []
    for reading in READINGS:
        lines += [
            f"{name}, {reading} against the rest (95 % margin of the balanced accuracy)",
            "",
            "| method | split | claims | balanced accuracy | F1 | supported found | rest caught |",
            "|---|---|--:|--:|--:|--:|--:|",
        ]
        for result in results.methods:
            if result.reading == reading:
                lines += [_row(result, split) for split in SPLITS]
        lines.append("")
    lines += [f"| reason | {' | '.join(results.labels)} |", "|---|" + "--:|" * len(results.labels)]
    for reason in sorted(results.reasons):
        shares = [results.reasons[reason].get(label, 0) / count for label, count in results.labels.items()]
        lines.append(f"| {reason} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    return "\n".join(lines)


def _row(result: MethodResult, split: str) -> str:
    found = result.scores[split]
    method = result.method if result.threshold is None else f"{result.method} ≥ {result.threshold:.2f} (dev)"
    return (
        f"| {method} | {split} | {found.claims} | {found.balanced_accuracy:.3f} ± {found.margin:.3f} | {found.f1:.3f} "
        f"| {found.supported_found:.3f} | {found.unsupported_caught:.3f} |"
    )
