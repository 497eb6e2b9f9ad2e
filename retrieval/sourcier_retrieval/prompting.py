"""Makes the prompt: versioned texts, passages fenced as data with short keys, a token budget."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sourcier_core.chat_models.tokens import TokenCounter
from sourcier_core.domain.answers import Language
from sourcier_core.domain.search import PassageHit
from sourcier_core.errors import InvalidRequest
from sourcier_retrieval.fencing import fence, neutralise
from sourcier_retrieval.phrases import REFUSAL_PHRASES

PROMPT_VERSION = "v1"
PromptKind = Literal["answer", "summary", "answer_json", "summary_json", "follow_up", "parts"]
_TURN_TOKENS = 32
"""Room for the tokens a chat template puts around the turns."""
_SHORTEST_CUT = 200
"""A passage cut to fewer characters than this says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptTemplate:
    """A prompt text: its name, its sha256 and its two parts."""

    name: str
    sha256: str
    system: str
    user: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """Messages for a chat model and how many of the passages found room."""

    template: PromptTemplate
    messages: tuple[BaseMessage, ...]
    passages_used: int
    tokens: int
    """What it was counted to take, with the chat template's turns: never less than it does."""
    has_cut: bool = False
    """Whether the last of them is not whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fitted:
    text: str
    is_cut: bool


def load_template(language: Language, kind: PromptKind = "answer") -> PromptTemplate:
    """The current prompt of a kind in a language."""
    name = f"{kind}.{language.value}.{PROMPT_VERSION}"
    text = resources.files("sourcier_retrieval.prompts").joinpath(f"{name}.txt").read_text("utf-8")
    system, user = text.split("===\n", 1)
    return PromptTemplate(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), system=system, user=user)


def make_prompt(
    question: str,
    hits: Sequence[PassageHit],
    language: Language,
    *,
    budget: int,
    count: TokenCounter,
    kind: PromptKind = "answer",
    sentences: int = 0,
) -> Prompt:
    """The prompt with as many of the passages, best first, as fit into `budget` tokens.

    The first passage that does not fit is cut; it is left out when hardly anything of it would remain. A summary, which
    is to have at most `sentences`, leaves nothing out: only a passage that alone is too long is cut.

    Raises:
        InvalidRequest: the question alone leaves no room for any passage.
    """
    template = load_template(language, kind)
    system = (
        template.system.replace("{refusal}", REFUSAL_PHRASES[language]).replace("{sentences}", str(sentences)).strip()
    )
    asked = neutralise(question)
    room = budget - count(system) - count(template.user) - count(asked) - _TURN_TOKENS
    fenced: list[str] = []
    has_cut = False
    for number, hit in enumerate(hits, start=1):
        fitted = _fit(number, hit, room, count)
        if fitted is None or (fitted.is_cut and fenced and kind.startswith("summary")):
            break
        has_cut = has_cut or fitted.is_cut
        room -= count(f"{fitted.text}\n")
        fenced.append(fitted.text)
    if not fenced:
        raise InvalidRequest("The question is too long for the language model's context.")
    values = {"passages": "\n".join(fenced), "question": asked}
    user = re.sub(r"\{(passages|question)\}", lambda match: values[match[1]], template.user)
    return Prompt(
        template=template,
        messages=(SystemMessage(system), HumanMessage(user.strip())),
        passages_used=len(fenced),
        tokens=budget - room,
        has_cut=has_cut,
    )


def _fit(number: int, hit: PassageHit, room: int, count: TokenCounter) -> _Fitted | None:
    """The fenced passage, cut to `room` tokens; None when too little of it would remain."""
    text = hit.passage.text
    while text and len(text) >= min(_SHORTEST_CUT, len(hit.passage.text)):
        fenced = fence(number, hit, text)
        tokens = count(f"{fenced}\n")
        if tokens <= room:
            return _Fitted(text=fenced, is_cut=len(text) < len(hit.passage.text))
        text = text[: max(0, min(len(text) - 1, len(text) * room // tokens))]
    return None
