"""Sentences of a stored text with exact offsets, in French and English."""

import re

_ABBREVIATIONS = frozenset(
    [
        "m",
        "mm",
        "mme",
        "mlle",
        "dr",
        "pr",
        "st",
        "ste",
        "art",
        "al",
        "p",
        "pp",
        "cf",
        "ex",
        "etc",
        "env",
        "n",
        "no",
        "nos",
        "vol",
        "fig",
        "tel",
        "av",
        "bd",
        "ann",
        "chap",
        "mr",
        "mrs",
        "ms",
        "prof",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "vs",
        "approx",
        "dept",
        "inc",
        "ltd",
        "co",
        "corp",
        "jan",
        "fev",
        "févr",
        "avr",
        "juil",
        "sept",
        "oct",
        "nov",
        "dec",
        "déc",
        "feb",
        "aug",
    ]
)
_BOUNDARY = re.compile(r"([.!?…]+[\"»”’)\]]*)(?=\s+)|\n+")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)$")


def _is_boundary(text: str, match: re.Match[str]) -> bool:
    if match.group(1) is None:
        # A lone line break inside a sentence is only where the line was full.
        return len(match.group()) > 1 or not text[match.end() :].lstrip(" ")[:1].islower()
    if match.group(1)[0] != ".":
        return True
    before = _LAST_WORD.search(text[: match.start()])
    word = before.group(1).casefold() if before else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    following = text[match.end() :].lstrip()[:1]
    starts_line_number = re.search(r"(?:^|\n)\s*\d{1,2}$", text[: match.start()]) is not None
    return not following.islower() and not starts_line_number


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
