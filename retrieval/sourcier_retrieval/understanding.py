"""How a question is understood before anything is searched: made to stand alone, and parted if it compares things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel

from sourcier_core.domain.answers import Language
from sourcier_retrieval.follow_up import points_back, standalone_question
from sourcier_retrieval.parting import Parting, may_have_parts, part_question
from sourcier_retrieval.rewriting import LONGEST_QUESTION, Rewriting, rewrite_follow_up


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """What is searched for in place of a question."""

    searched: str
    """The question as it stands alone; the question itself where it does."""
    parts: tuple[str, ...] = ()
    """Questions to search for besides, one for each thing that is compared or joined."""
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For the answer's record: who wrote it, with which prompt, what the model said, and why that was not taken."""


class QuestionReader:
    """Makes follow-ups stand alone and parts comparisons: with a chat model where there is one, else by a rule.

    Without a model nothing is parted.
    """

    def __init__(
        self,
        model: BaseChatModel | None = None,
        *,
        within_s: float = 5.0,
        rewrites: bool = True,
        parts: bool = True,
    ) -> None:
        """`model` writes short texts, without a schema; `within_s` is how long it may take for one.

        `rewrites` and `parts` say what it is asked for.
        """
        self._rewriter = model if rewrites else None
        self._parter = model if parts else None
        self._within_s = within_s

    async def understand(self, question: str, earlier: Sequence[str], language: Language) -> Understood:
        """What to search for. `earlier` are the questions this one may follow, oldest first; they are data.

        A model is asked only where the question cannot be understood alone, and where it has a sign of comparing or
        joining things. Whatever goes wrong with it, the rule (follow_up.py) is used, and nothing is parted.
        """
        searched, follow_up = await self._standing_alone(question, earlier, language)
        if self._parter is None or not may_have_parts(searched, language):
            return Understood(searched=searched, evidence=follow_up)
        found = await part_question(self._parter, searched, language, within_s=self._within_s)
        return Understood(searched=searched, parts=found.parts, evidence={**follow_up, "parts": _told(found)})

    async def _standing_alone(
        self, question: str, earlier: Sequence[str], language: Language
    ) -> tuple[str, dict[str, Any]]:
        """The question as it stands alone, and what to record of that."""
        if not earlier or not points_back(question, language):
            return question, {}
        by_rule = standalone_question(question, earlier, language)
        if self._rewriter is None or len(question) > LONGEST_QUESTION:
            return by_rule, {"follow_up": {"by": "rule"}}
        found = await rewrite_follow_up(self._rewriter, question, earlier, language, within_s=self._within_s)
        by = "rule" if found.question is None else "model"
        return found.question or by_rule, {"follow_up": {"by": by, **_told(found)}}


def _told(found: Rewriting | Parting) -> dict[str, Any]:
    """What the record keeps of a model's part in it."""
    return {
        "prompt": {"name": found.template.name, "sha256": found.template.sha256},
        "said": found.said,
        "reason": found.reason,
    }
