"""A claim's words as they may be delivered: plain text without markup, without addresses that no source holds."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sourcier_core.display import displayable
from sourcier_core.domain.answers import Claim, Language, Source, Verdict
from sourcier_core.embedding.bm25 import fold
from sourcier_retrieval.addresses import addresses_in, replace_addresses
from sourcier_retrieval.phrases import removed_address

PROMPT_REPEATED = "prompt_repeated"
"""The reason of a claim that repeats the prompt's instructions: it is withheld, whatever the check of claims."""
_LONGEST_RUN = 6
"""Words of the instructions in a row that no answer needs."""
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?[^()\n]*\)")
_REFERENCE = re.compile(r"!\[([^\[\]\n]*)\]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_FENCE = re.compile(r"[<‹]\s*/?\s*passage\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def plain_words(text: str) -> str:
    """A model's words with Markdown links and pictures unfolded to words and address, and HTML's brackets made signs.

    Nothing of ours reads an answer as Markdown or HTML; a program that does, downstream, finds no link or picture in
    it but a bare address.
    """
    unfolded = _LINK.sub(lambda match: f"{match[1]} ({match[2]})".strip(), displayable(text))
    return _TAG.sub("‹", _REFERENCE.sub(r"\1", unfolded))


class Screen:
    """Looks at the checked claims of one answer before they are delivered."""

    def __init__(self, system: str, sources: Sequence[Source], *, question: str, language: Language) -> None:
        """`system`: the prompt's instructions; `sources`: what the model was given."""
        known = "\n".join(
            "\n".join((hit.document.title, hit.document.path, *hit.passage.heading_path, hit.passage.text))
            for hit in (source.hit for source in sources)
        )
        self._known = addresses_in(displayable(f"{known}\n{question}"))
        self._has_fences = _FENCE.search(known) is not None
        self._instructions = _runs(system) - _runs(f"{known}\n{question}")
        self._language = language

    def screened(self, claim: Claim) -> Claim:
        """The claim as it may be delivered.

        An address that is in no source, nor in the question, is replaced by a word that says so, in every mode: a
        document can make a model write one, and its path would carry text away. A claim that repeats the
        instructions, or the signs around passages, is unsupported, with the reason `prompt_repeated`.
        """
        shown = replace(claim, text=replace_addresses(claim.text, self._known_or_removed))
        is_fence = not self._has_fences and _FENCE.search(claim.text) is not None
        if is_fence or _runs(claim.text) & self._instructions:
            return replace(shown, verdict=Verdict.UNSUPPORTED, reasons=(*claim.reasons, PROMPT_REPEATED))
        return shown

    def _known_or_removed(self, address: str) -> str:
        return address if address in self._known else removed_address(self._language)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(fold(displayable(text)))
    return {tuple(words[start : start + _LONGEST_RUN]) for start in range(len(words) - _LONGEST_RUN + 1)}
