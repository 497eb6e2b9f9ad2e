"""Puts passages into the prompt as data that cannot leave their place: fences, markers, and a model's own signs."""

import re

from sourcier_core.display import displayable
from sourcier_core.domain.search import PassageHit
from sourcier_retrieval.claims import MARKER

_TAG = re.compile(r"[<\uff1c\ufe64](?=\s*/?\s*passage|[^\s\d=<])|[<\uff1c\ufe64](?=<)|[<\uff1c\ufe64]$", re.IGNORECASE)
"""A bracket that could begin a tag. "< 5", "<5" and "<=" stay."""
_MODEL_SIGN = re.compile(r"\[(?=/?(?:[A-Z][A-Z_]+|control_\d+)\])")
"""As in `[INST]`, `[/INST]`, `[SYSTEM_PROMPT]` of Mistral's chat templates."""


def neutralise(text: str) -> str:
    """Text that looks like our fences or markers, or like signs of a chat template, loses that look.

    A server that fills in the chat template reads `<|im_end|>`, `</s>` or `[/INST]` inside a message as the end of
    the turn (llama.cpp and transformers both do); so no bracket is left that could begin one.
    """
    plain = _MODEL_SIGN.sub("(", _TAG.sub("‹", displayable(text)))
    return MARKER.sub(lambda match: f"({match[1]})", plain)


def fence(number: int, hit: PassageHit, text: str) -> str:
    """One passage as data, under its key."""
    place = neutralise(" › ".join(dict.fromkeys((hit.document.title, *hit.passage.heading_path)))).replace('"', "'")
    return f'<passage key="[{number}]" document="{" ".join(place.split())}">\n{neutralise(text)}\n</passage>'
