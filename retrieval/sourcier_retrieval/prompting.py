"""Makes the prompt: versioned texts, passages fenced as data with short keys, a token budget."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sourcier_core.chat_models.tokens import TokenCounter
from sourcier_core.domain.answers import Language
from sourcier_core.domain.search import PassageHit
from sourcier_retrieval.refusal import REFUSAL_PHRASES

PROMPT_VERSION = "v1"


_FENCE_IMITATION = re.compile(r"</?\s*passage[^>]*>", re.IGNORECASE)
_MARKER_IMITATION = re.compile(r"\[(\d{1,3})\]")


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


def load_template(language: Language) -> PromptTemplate:
    """The current prompt of a language."""
    name = f"answer.{language.value}.{PROMPT_VERSION}"
    text = resources.files("sourcier_retrieval.prompts").joinpath(f"{name}.txt").read_text("utf-8")
    system, user = text.split("===\n", 1)
    return PromptTemplate(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), system=system, user=user)


def _neutralise(text: str) -> str:
    """Passage text that looks like our fences or markers loses that look."""
    return _MARKER_IMITATION.sub(r"(\1)", _FENCE_IMITATION.sub("", text))


def fence(number: int, hit: PassageHit) -> str:
    """One passage as data, under its key."""
    place = " › ".join(dict.fromkeys((hit.document.title, *hit.passage.heading_path)))
    return f'<passage key="[{number}]" document="{_neutralise(place)}">\n{_neutralise(hit.passage.text)}\n</passage>'


def make_prompt(
    question: str, hits: Sequence[PassageHit], language: Language, *, budget: int, count: TokenCounter
) -> Prompt:
    """The prompt with as many of the passages, best first, as fit into `budget` tokens (at least one)."""
    template = load_template(language)
    refusal = REFUSAL_PHRASES[language]
    system = template.system.replace("{refusal}", refusal).strip()
    room = budget - count(system) - count(template.user) - count(question)
    fenced: list[str] = []
    for number, hit in enumerate(hits, start=1):
        text = fence(number, hit)
        room -= count(text)
        if room < 0 and fenced:
            break
        fenced.append(text)
    values = {"passages": "\n".join(fenced), "question": _neutralise(question)}
    user = re.sub(r"\{(passages|question)\}", lambda match: values[match[1]], template.user)
    return Prompt(
        template=template,
        messages=(SystemMessage(system), HumanMessage(user.strip())),
        passages_used=len(fenced),
    )
