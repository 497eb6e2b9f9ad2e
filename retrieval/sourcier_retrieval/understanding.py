"""How a question is understood before anything is searched: a follow-up is made to stand alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel

from sourcier_core.domain.answers import Language
from sourcier_retrieval.follow_up import points_back, standalone_question
from sourcier_retrieval.rewriting import LONGEST_QUESTION, Rewriting, rewrite_follow_up


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """What is searched for in place of a question."""

    searched: str
    """The question as it stands alone; the question itself where it does."""
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For the answer's record: who wrote it, with which prompt, what the model said, and why that was not taken."""


class QuestionReader:
    """Makes follow-ups stand alone: with a chat model where there is one, else by a rule."""

    def __init__(self, model: BaseChatModel | None = None, *, within_s: float = 5.0) -> None:
        """`model` writes short texts, without a schema; `within_s` is how long it may take for one."""
        self._model = model
        self._within_s = within_s

    async def understand(self, question: str, earlier: Sequence[str], language: Language) -> Understood:
        """What to search for. `earlier` are the questions this one may follow, oldest first; they are data.

        A model is asked only where the question cannot be understood alone. Whatever goes wrong with it, the rule
        (follow_up.py) is used.
        """
        if not earlier or not points_back(question, language):
            return Understood(searched=question)
        by_rule = standalone_question(question, earlier, language)
        if self._model is None or len(question) > LONGEST_QUESTION:
            return Understood(searched=by_rule, evidence={"follow_up": {"by": "rule"}})
        found = await rewrite_follow_up(self._model, question, earlier, language, within_s=self._within_s)
        return Understood(searched=found.question or by_rule, evidence={"follow_up": _told(found)})


def _told(found: Rewriting) -> dict[str, Any]:
    return {
        "by": "rule" if found.question is None else "model",
        "prompt": {"name": found.template.name, "sha256": found.template.sha256},
        "said": found.said,
        "reason": found.reason,
    }
