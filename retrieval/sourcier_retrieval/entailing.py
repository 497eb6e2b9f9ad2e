"""A second opinion on a claim from an entailment model: it can withdraw support, and give it to other words.

What only exact comparison can tell stays as it was found: a figure, date, unit, code, name, address, negation or
quantifier that the source does not have is never made good by a model (docs/decisions/0017-entailment.md).
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sourcier_core.domain.answers import Verdict
from sourcier_core.errors import EntailmentFailed
from sourcier_core.ports import EntailmentModel
from sourcier_core.settings import Settings
from sourcier_retrieval.quotes import Span
from sourcier_retrieval.verification import Check, is_word_for_word

logger = logging.getLogger(__name__)
ENTAILED = "entailed"
CONTRADICTED = "contradicted_by_source"
UNAVAILABLE = "entailment_unavailable"
_WORDING = frozenset({"too_few_shared_words", "meaning_differs"})


def is_about_wording(check: Check) -> bool:
    """Whether all that stands against a claim tells of words and not of facts: only this may a model overrule."""
    return bool(check.reasons) and check.verdict is Verdict.UNSUPPORTED and _WORDING.issuperset(check.reasons)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A span of a source, its words as they are, and the check of a claim against it."""

    span: Span
    evidence: str
    check: Check


class EntailmentJudge:
    """An entailment model and the probability from which its word counts. Thread-safe."""

    def __init__(self, model: EntailmentModel, *, threshold: float) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._failure: str | None = None
        self.threshold = threshold

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    @property
    def failure(self) -> str | None:
        """What went wrong the last time; None where nothing did."""
        return self._failure

    def weigh(self, claim: str, findings: Sequence[Finding], *, context: str = "") -> Finding:
        """The finding to go by. Never raises.

        Support by words is withdrawn (`contradicted_by_source`) where the model says that the evidence contradicts the
        claim. A claim that is only worded otherwise is supported (`entailed`) by the evidence that entails it most.
        A claim that repeats its source needs no opinion. Where the model fails, the check by words stands, and says
        `entailment_unavailable`.

        Args:
            claim: the sentence, without its markers.
            findings: what it may rest on, at least one; the first is what its words rest on.
            context: title and headings of the source.
        """
        first = findings[0]
        if is_word_for_word(claim, [first.evidence]):
            return first
        if first.check.verdict is Verdict.SUPPORTED:
            asked = [first]
        elif is_about_wording(first.check):
            asked = [one for one in findings if is_about_wording(one.check)]
        else:
            return first
        try:
            said = self._model.judge([(f"{context}\n{one.evidence}".strip(), claim) for one in asked])
        except EntailmentFailed as error:
            self._note(error.message)
            return _with(first, first.check.verdict, (*first.check.reasons, UNAVAILABLE))
        self._note(None)
        if first.check.verdict is Verdict.SUPPORTED:
            if said[0].contradicted < self.threshold:
                return first
            return _with(first, Verdict.UNSUPPORTED, (CONTRADICTED,))
        best, opinion = max(zip(asked, said, strict=True), key=lambda pair: pair[1].entailed)
        return _with(best, Verdict.SUPPORTED, (ENTAILED,)) if opinion.entailed >= self.threshold else first

    def _note(self, failure: str | None) -> None:
        with self._lock:
            before, self._failure = self._failure, failure
        if failure is not None:
            logger.warning("claims are judged by their words: %s", failure, extra={"code": EntailmentFailed.code})
        elif before is not None:
            logger.info("the entailment model %s works again", self.name)


def make_judge(model: EntailmentModel | None, settings: Settings) -> EntailmentJudge | None:
    """The judge as the settings say; None without a model."""
    return None if model is None else EntailmentJudge(model, threshold=settings.entailment_threshold)


def _with(finding: Finding, verdict: Verdict, reasons: tuple[str, ...]) -> Finding:
    check = Check(verdict=verdict, coverage=finding.check.coverage, reasons=reasons)
    return Finding(span=finding.span, evidence=finding.evidence, check=check)
