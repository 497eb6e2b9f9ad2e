"""What may be shown to a person: text without the characters that act instead of being read."""

import re

_REMOVED = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200B),  # zero-width space; the joiners that emoji and some scripts need stay
    (0x200E, 0x200F),
    (0x202A, 0x202E),  # writing direction, overridden or embedded
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),  # tags, which spell ASCII that nobody sees
    (0xE0100, 0xE01EF),
)
_REPLACED = ((0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xD800, 0xDFFF), (0xFFFE, 0xFFFF))
_LINE_ENDS = (0x0B, 0x0C, 0x85, 0x2028, 0x2029)
_TABLE: dict[int, str] = {
    **{code: "" for first, last in _REMOVED for code in range(first, last + 1)},
    **{code: "\ufffd" for first, last in _REPLACED for code in range(first, last + 1)},
    **dict.fromkeys(_LINE_ENDS, "\n"),
    0x0D: " ",
}
_ACTING = re.compile("[" + "".join(re.escape(chr(code)) for code in sorted(_TABLE)) + "]")


def displayable(text: str) -> str:
    """The text without control characters (line feed and tab stay), half surrogates, and what turns or hides writing.

    A control character leaves U+FFFD, so that one sees where something was; invisible ones leave nothing. Each
    character is looked at alone: a text cut in pieces anywhere gives the same.
    """
    return text.translate(_TABLE)


def on_one_line(text: str) -> str:
    """The displayable text with each run of blanks and line ends as one blank: a name cannot imitate a line."""
    return " ".join(displayable(text).split())


def escaped_in_json(written: str) -> str:
    r"""JSON with such characters inside its strings as `\u` escapes: the same values, and nothing acts."""
    return _ACTING.sub(_escaped, written)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def encodable(text: str) -> str:
    """A lone surrogate, which JSON can carry, is no character: it becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
