"""Rewrites a follow-up with a chat model so that it stands alone; what the model writes is checked before it is used.

docs/decisions/0012-questions-written-by-a-model.md says what is checked and why.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sourcier_core.chat_models.streaming import short_text
from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import analyse
from sourcier_core.errors import ChatModelError
from sourcier_retrieval.follow_up import MOST_EARLIER
from sourcier_retrieval.language import detect_language
from sourcier_retrieval.model_questions import MOST_ADDED, is_plain, repeats, what_is_lost, what_is_new
from sourcier_retrieval.prompting import PromptTemplate, load_template

LONGEST_QUESTION = 500
"""Characters; a longer question is not rewritten."""
_LONGEST_EARLIER = 400
"""Characters of an earlier question that the model is shown."""
_FENCE_IMITATION = re.compile(r"<(?=\s*/?\s*(?:earlier|question))", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{(earlier|question)\}")
_LABEL = re.compile(
    r"^(?:(?:the\s+)?(?:rewritten|stand-?alone|last)\s+question|question(?:\s+(?:réécrite|autonome))?)\s*:\s*",
    re.IGNORECASE,
)
_QUOTES = "\"'“”«»  \u202f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rewriting:
    """What came of it. `question` is None where it was not taken; `reason` then says why."""

    question: str | None
    template: PromptTemplate
    said: str = ""
    """What the model wrote."""
    reason: str | None = None


async def rewrite_follow_up(
    model: BaseChatModel, question: str, earlier: Sequence[str], language: Language, *, within_s: float
) -> Rewriting:
    """Ask `model` for the question as it stands alone after the `earlier` ones (oldest first).

    A model that fails, is slower than `within_s`, or writes something else than a question of the person's own words
    gives no question; nothing is raised.

    Reasons: those of `fault_of`, and the code of the model's failure.
    """
    template = load_template(language, "follow_up")
    try:
        said = await short_text(
            model,
            follow_up_messages(template, question, earlier),
            within_s=within_s,
            most_characters=2 * (len(question) + MOST_ADDED),
            most_lines=1,
        )
    except ChatModelError as error:
        return Rewriting(question=None, template=template, reason=error.code)
    written = bare_question(said)
    reason = fault_of(written, question, earlier, language, template)
    return Rewriting(question=written if reason is None else None, template=template, said=said, reason=reason)


def follow_up_messages(template: PromptTemplate, question: str, earlier: Sequence[str]) -> list[BaseMessage]:
    """The prompt: the newest earlier questions, one a line and cut to 400 characters, and the question, as data."""
    lines = [f"- {as_data(asked)[:_LONGEST_EARLIER]}" for asked in earlier[-MOST_EARLIER:]]
    values = {"earlier": "\n".join(lines), "question": as_data(question)}
    user = _PLACEHOLDER.sub(lambda match: values[match[1]], template.user)
    return [SystemMessage(template.system.strip()), HumanMessage(user.strip())]


def as_data(text: str) -> str:
    """A person's words on one line, without what looks like the prompt's fences."""
    return " ".join(_FENCE_IMITATION.sub("(", text).split())


def bare_question(said: str) -> str:
    """The model's text without a label before it and quotation marks around it."""
    bare = _LABEL.sub("", said.strip(), count=1)
    return bare.strip(_QUOTES) if bare[:1] in _QUOTES else bare.strip()


def fault_of(
    written: str, question: str, earlier: Sequence[str], language: Language, template: PromptTemplate
) -> str | None:
    """Why a written question may not stand for the question; None when it may.

    Reasons, in this order: `empty`, `several_lines`, `too_long`, `not_plain`, `repeats_instructions`,
    `new_name_or_figure`, `new_words`, `lost_name_or_figure`, `lost_words`, `other_negation`, `other_language`,
    `nothing_added` (it has no word of the earlier questions, though the question points at them).
    """
    if not written:
        return "empty"
    if "\n" in written:
        return "several_lines"
    if len(written) > len(question) + MOST_ADDED:
        return "too_long"
    if not is_plain(written):
        return "not_plain"
    if repeats(written, template.system):
        return "repeats_instructions"
    known = [question, *earlier[-MOST_EARLIER:]]
    fault = what_is_new(written, known, language) or what_is_lost(written, question, language)
    if fault is not None:
        return fault
    if detect_language(written) not in (language, detect_language(question)):
        return "other_language"
    own = set(analyse(question, language.value))
    return None if set(analyse(written, language.value)) - own else "nothing_added"
