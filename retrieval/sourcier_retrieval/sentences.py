"""Sentences of a stored text with exact offsets, in French and English."""

import re

_ABBREVIATIONS_TEXT = """
m mm mme mlle dr pr st ste art al p pp cf ex etc env n vol fig tel av bd ann chap mr mrs ms prof e.g i.e eg
ie vs approx dept inc ltd co corp jan fev févr avr juil sept oct nov dec déc feb aug
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
_BOUNDARY = re.compile(r"([.!?…]+(?:[ \u00a0\u202f]?»|[\"”’)\]])*)(?=\s+)|\n+")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)$")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d{1,2}$")
_BEFORE_NUMBERS = frozenset({"no", "nos", "nr"})


def _is_boundary(text: str, match: re.Match[str]) -> bool:
    if match.group(1) is None:
        # A lone line break inside a sentence is only where the line was full.
        return len(match.group()) > 1 or not text[match.end() :].lstrip(" ")[:1].islower()
    if match.group(1)[0] != ".":
        return True
    before = _LAST_WORD.search(text, max(0, match.start() - 30), match.start())
    word = before.group(1).casefold() if before else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    following = text[match.end() : match.end() + 30].lstrip()[:1]
    if word in _BEFORE_NUMBERS and following.isdigit():
        return False
    return not following.islower() and _LIST_NUMBER.search(text, max(0, match.start() - 30), match.start()) is None


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans [start, end) of the sentences, without the white space around them; a line break ends one too."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if not _is_boundary(text, match):
            continue
        end = match.end(1) if match.group(1) is not None else match.start()
        spans.append((start, end))
        start = match.end()
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := _trim(text, *span)) is not None]


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if end > start else None


_HEADING_LENGTH = 60


def split_units(text: str) -> list[tuple[int, int]]:
    """Spans of what can be quoted alone: a sentence, a line of a table, or a heading together with what it heads."""
    units: list[tuple[int, int]] = []
    heading_start: int | None = None
    for start, end in split_sentences(text):
        begin = start if heading_start is None else heading_start
        if _looks_like_heading(text[start:end]) and end - begin < 2 * _HEADING_LENGTH:
            heading_start = begin
            continue
        units.append((begin, end))
        heading_start = None
    if heading_start is not None:
        units.append((heading_start, len(text.rstrip())))
    return units


def _looks_like_heading(line: str) -> bool:
    ends_as_sentence = line[-1] in ".!?…;,»|"
    is_item = line[0] in "-–•*|" or any(character.isdigit() for character in line)
    return len(line) < _HEADING_LENGTH and not ends_as_sentence and not is_item
