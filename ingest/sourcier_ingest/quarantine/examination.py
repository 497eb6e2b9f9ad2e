"""Judges one parsed document: what is concealed in it, and whether it speaks to a model."""

import re
from collections import defaultdict
from collections.abc import Iterator

from sourcier_core.domain.documents import ConcealedText, Concealment, ParsedDocument
from sourcier_ingest.quarantine.encoded_texts import decoded_texts
from sourcier_ingest.quarantine.evidence import Assessment, Evidence, EvidenceKind, assess, excerpt
from sourcier_ingest.quarantine.instructions import find_instructions
from sourcier_ingest.quarantine.invisible_characters import find_invisible_characters, smuggled_texts

_ENOUGH_LETTERS = 40
"""So many concealed letters say something; fewer are marks, numbers, leftovers."""

# A page of the web hides menus and helps for screen readers: only what such text says counts there. In a PDF or a Word
# document hidden text is rare, and would be cited to readers who cannot see it.
# What is off the page is most often a table too wide for it: that alone does not set a document aside.
_DOCUMENT_WEIGHTS = {
    Concealment.HIDDEN: 0.5,
    Concealment.SAME_COLOUR: 0.55,
    Concealment.TINY: 0.5,
    Concealment.OFF_PAGE: 0.35,
    Concealment.ZERO_WIDTH: 0.5,
}
_WEB_WEIGHTS = {
    Concealment.HIDDEN: 0.1,
    Concealment.SAME_COLOUR: 0.3,
    Concealment.TINY: 0.15,
    Concealment.OFF_PAGE: 0.1,
    Concealment.ZERO_WIDTH: 0.5,
}
_WEB_TYPES = {
    *("text/html", "multipart/related", "application/xhtml+xml", "message/rfc822", "application/epub+zip"),
    "application/vnd.ms-outlook",
}
# Workbooks hide sheets, rows and helper values in white, decks hide slides and keep notes beside them: commonly, and
# for good reasons. Again what such text says is what counts.
_SHEET_WEIGHTS = {
    Concealment.HIDDEN: 0.1,
    Concealment.SAME_COLOUR: 0.3,
    Concealment.TINY: 0.15,
    Concealment.OFF_PAGE: 0.1,
    Concealment.ZERO_WIDTH: 0.5,
}
_DECK_WEIGHTS = {
    Concealment.HIDDEN: 0.1,
    Concealment.SAME_COLOUR: 0.45,
    Concealment.TINY: 0.45,
    Concealment.OFF_PAGE: 0.2,
    Concealment.ZERO_WIDTH: 0.5,
}
_SHORT_SHARE = 0.3
_MOST_SHOWN = 40
_CONCEALED_INSTRUCTION = 0.8
_ENCODED_INSTRUCTION = 0.75
_INSTRUCTION_BEHIND = 0.25
"""From this weight on, words found behind a concealment or an encoding count as an instruction."""

_PICTURE_LINK = re.compile(
    r"""(?:!\[[^\]\n]{0,200}\]\(|<img[^>\n]{0,200}?src=["']?)\s{0,8}(https?://[^\s)"'>]{1,2000})"""
)
_PLACEHOLDER = re.compile(
    r"\{[^}]{0,60}\}|\[[^\]]{0,60}\]|%7b|<[a-z _]{2,40}>|=(?:data|summary|answer|conversation|secret|context|history"
    r"|reponse|resume|donnees)\b",
    re.IGNORECASE,
)


def examine(parsed: ParsedDocument) -> Assessment:
    """The document's score from 0 to 1 with the evidence, the strongest first. Reads nothing but `parsed`."""
    evidence = [
        *find_instructions(parsed.text),
        *find_invisible_characters(parsed.text),
        *_behind_characters(parsed.text),
        *_encoded(parsed.text),
        *_exfiltration_links(parsed.text),
        *_concealed(parsed),
    ]
    return assess(evidence)


def _strongest_instruction(text: str) -> Evidence | None:
    found = [*find_instructions(text), *_encoded(text)]
    return max(found, key=lambda item: item.weight, default=None)


def _behind_characters(text: str) -> Iterator[Evidence]:
    for written, start, end in smuggled_texts(text):
        instruction = _strongest_instruction(written)
        if instruction is not None and instruction.weight >= _INSTRUCTION_BEHIND:
            yield Evidence(
                kind=EvidenceKind.CONCEALED_INSTRUCTION,
                excerpt=instruction.excerpt,
                weight=max(_CONCEALED_INSTRUCTION, instruction.weight),
                start=start,
                end=end,
                cues=("invisible_characters", *instruction.cues),
            )


def _encoded(text: str) -> Iterator[Evidence]:
    for written, start, end in decoded_texts(text):
        found = max(find_instructions(written), key=lambda item: item.weight, default=None)
        if found is not None and found.weight >= _INSTRUCTION_BEHIND:
            yield Evidence(
                kind=EvidenceKind.ENCODED_INSTRUCTION,
                excerpt=excerpt(written, 0, len(written)),
                weight=max(_ENCODED_INSTRUCTION, found.weight),
                start=start,
                end=end,
                cues=found.cues,
            )


def _exfiltration_links(text: str) -> Iterator[Evidence]:
    for match in _PICTURE_LINK.finditer(text):
        address = match.group(1)
        if "=" not in address.partition("?")[2]:
            continue
        yield Evidence(
            kind=EvidenceKind.EXFILTRATION_LINK,
            excerpt=excerpt(text, match.start(), match.end()),
            weight=0.6 if _PLACEHOLDER.search(address) else 0.1,
            start=match.start(),
            end=match.end(),
        )


def _concealed(parsed: ParsedDocument) -> Iterator[Evidence]:
    weights = _weights(parsed.media_type)
    letters: dict[Concealment, int] = defaultdict(int)
    for text in parsed.concealed:
        letters[text.manner] += sum(letter.isalnum() for letter in text.text)
    for text in sorted(parsed.concealed, key=lambda piece: -len(piece.text))[:_MOST_SHOWN]:
        weight = weights[text.manner] * (1.0 if letters[text.manner] >= _ENOUGH_LETTERS else _SHORT_SHARE)
        yield _concealed_evidence(parsed.text, text, EvidenceKind.CONCEALED_TEXT, weight, text.text, ())
    # Words may be spread over many small pieces: what one manner conceals is read together.
    for manner in letters:
        pieces = [text for text in parsed.concealed if text.manner is manner]
        found = _strongest_instruction(" ".join(piece.text for piece in pieces))
        if found is not None and found.weight >= _INSTRUCTION_BEHIND:
            weight = max(_CONCEALED_INSTRUCTION, found.weight)
            kind = EvidenceKind.CONCEALED_INSTRUCTION
            yield _concealed_evidence(parsed.text, pieces[0], kind, weight, found.excerpt, found.cues)


def _weights(media_type: str) -> dict[Concealment, float]:
    if media_type in _WEB_TYPES:
        return _WEB_WEIGHTS
    if "spreadsheet" in media_type or media_type == "application/vnd.ms-excel":
        return _SHEET_WEIGHTS
    return _DECK_WEIGHTS if "presentation" in media_type or "powerpoint" in media_type else _DOCUMENT_WEIGHTS


def _concealed_evidence(
    text: str, concealed: ConcealedText, kind: EvidenceKind, weight: float, shown: str, cues: tuple[str, ...]
) -> Evidence:
    start = text.find(concealed.text) if concealed.text else -1
    return Evidence(
        kind=kind,
        excerpt=excerpt(shown, 0, len(shown)),
        weight=weight,
        start=start if start >= 0 else None,
        end=start + len(concealed.text) if start >= 0 else None,
        page=concealed.page,
        cues=(concealed.manner.value, *cues),
    )
