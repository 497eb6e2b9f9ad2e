"""Parts a question that compares or joins things into one question for each; a chat model decides, and is checked.

After the idea of query decomposition (Press et al., "Measuring and Narrowing the Compositionality Gap in Language
Models", Findings of EMNLP 2023), without its chain of answers. docs/decisions/0012-questions-written-by-a-model.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sourcier_core.chat_models.streaming import short_text
from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import analyse, fold
from sourcier_core.errors import ChatModelError
from sourcier_retrieval.model_questions import is_plain, lost_names, repeats, what_is_new
from sourcier_retrieval.polarity import is_negated
from sourcier_retrieval.prompting import PromptTemplate, load_template
from sourcier_retrieval.rewriting import as_data, bare_question

MOST_PARTS = 3
LONGEST_PARTED = 500
"""Characters; a longer question is searched as it is."""
_LONGEST_PART = 250
_LEAST_HELD = 0.6
"""Share of the question's words that its parts must hold together: « comparer » and « différence » need not stay."""
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}\s?[.)]|[a-c]\))\s+")
_ONE = frozenset({"one", "une"})
_ASKING = {
    Language.ENGLISH: "what|which|who|whom|whose|when|where|why|how|is|are|does|do|can|may|must|should",
    Language.FRENCH: "quelle?s?|qui|que|quoi|quand|combien|comment|pourquoi|ou|est-ce|faut-il|peut-on|doit-on|a-t-on|"
    "lequel|laquelle",
}
_SIGNS_WRITTEN = {
    Language.ENGLISH: (
        r"\bcompar",
        r"\b(?:differences?|differs?|different from|versus|vs|distinguish|both|respectively|as well as|in common)\b",
        r"\bbetween\b(?!\s\d).+\band\b",
        r"\b(?:more|less|fewer|rather|other|better|worse|\w{3,}er)\s(?:\w+\s){0,4}than\b",
        r"\b(?:same|similar)\b.+\b(?:as|and|for)\b",
        rf"\band\s(?:also\s)?(?:{_ASKING[Language.ENGLISH]})\b",
        r"\?.+\?",
    ),
    Language.FRENCH: (
        r"\bcompar|\bdistingu",
        r"\b(?:differences?|differe|versus|vs|a la fois|respectivement|ainsi que|en commun)\b",
        r"\bdifferente?s? (?:de|des|du|d['’])",
        r"\bpar rapport (?:a|au|aux)\b",
        r"\bentre\b(?!\s\d).+\bet\b",
        r"\b(?:plus|moins|mieux|aussi|autant|plutot)\b.+\bqu[e'’]",
        r"\b(?:memes?|semblables?)\b.+\b(?:que|et|pour)\b",
        rf"\bet\s(?:aussi\s|a\s|de\s|dans\s|pour\s)?(?:{_ASKING[Language.FRENCH]})\b",
        r"\?.+\?",
    ),
}
_SIGNS = {language: re.compile("|".join(signs)) for language, signs in _SIGNS_WRITTEN.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parting:
    """What came of it. `parts` are empty where the question is searched as it is; `reason` then says why."""

    parts: tuple[str, ...]
    template: PromptTemplate
    said: str = ""
    """What the model wrote."""
    reason: str | None = None


def may_have_parts(question: str, language: Language) -> bool:
    """Whether a question has a sign of comparing or joining things, so that it is worth asking a model."""
    return len(question) <= LONGEST_PARTED and _SIGNS[language].search(fold(question)) is not None


async def part_question(model: BaseChatModel, question: str, language: Language, *, within_s: float) -> Parting:
    """Ask `model` for the questions that `question` is made of: none, two or three.

    A model that fails, is slower than `within_s`, or writes something else than questions of the person's own words
    gives none; nothing is raised.

    Reasons: `one_thing` (the model says so), those of `fault_of_parts`, and the code of the model's failure.
    """
    template = load_template(language, "parts")
    messages: list[BaseMessage] = [
        SystemMessage(template.system.strip()),
        HumanMessage(template.user.replace("{question}", as_data(question)).strip()),
    ]
    try:
        said = await short_text(
            model,
            messages,
            within_s=within_s,
            most_characters=(MOST_PARTS + 1) * _LONGEST_PART,
            most_lines=MOST_PARTS,
        )
    except ChatModelError as error:
        return Parting(parts=(), template=template, reason=error.code)
    parts = read_parts(said)
    is_one = len(parts) == 1 and fold(parts[0]).rstrip(". ") in _ONE
    reason = "one_thing" if is_one else fault_of_parts(parts, question, language, template)
    return Parting(parts=parts if reason is None else (), template=template, said=said, reason=reason)


def read_parts(said: str) -> tuple[str, ...]:
    """The lines of a model's text without bullets, numbers, labels and quotation marks."""
    lines = (bare_question(_BULLET.sub("", line)) for line in said.splitlines())
    return tuple(line for line in lines if line)


def fault_of_parts(parts: Sequence[str], question: str, language: Language, template: PromptTemplate) -> str | None:
    """Why these may not be searched for the question; None when they may.

    Reasons, in this order: `too_few`, `too_many`, `too_long`, `not_plain`, `repeats_instructions`,
    `new_name_or_figure`, `new_words`, `other_negation`, `same_parts` (one says all that another says),
    `lost_name_or_figure`, `lost_words`.
    """
    if not 2 <= len(parts) <= MOST_PARTS:
        return "too_few" if len(parts) < 2 else "too_many"
    if any(len(part) > _LONGEST_PART for part in parts):
        return "too_long"
    if not all(is_plain(part) for part in parts):
        return "not_plain"
    if any(repeats(part, template.system) for part in parts):
        return "repeats_instructions"
    for part in parts:
        fault = what_is_new(part, [question], language)
        if fault is not None:
            return fault
    if any(is_negated(part) for part in parts) and not is_negated(question):
        return "other_negation"
    terms = [frozenset(analyse(part, language.value)) for part in parts]
    if any(one <= other or other <= one for one, other in combinations(terms, 2)):
        return "same_parts"
    if lost_names("\n".join(parts), question):
        return "lost_name_or_figure"
    asked = set(analyse(question, language.value))
    held = asked & frozenset[str]().union(*terms)
    return "lost_words" if len(held) < _LEAST_HELD * len(asked) else None
