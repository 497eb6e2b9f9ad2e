"""Rich Text Format as a stream of tokens: groups, control words, and decoded text."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<code>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n]+)",
    re.DOTALL,
)
_CHARSETS = {
    **{0: "cp1252", 2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb2312", 136: "big5"},
    **{161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251"},
    **{222: "cp874", 238: "cp1250"},
}
_HOMES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850", "ansi": "cp1252"}


@dataclass(frozen=True, slots=True)
class Token:
    """One step: `{` or `}` in `brace`, a control word or symbol with its number, or decoded `text`."""

    brace: str = ""
    word: str = ""
    number: int | None = None
    text: str = ""


@dataclass(slots=True)
class _State:
    font: int | None = None
    skip: int = 1
    """How many characters stand in for a `\\u` character (`\\uc`)."""


class RichTextReader:
    """Turns the bytes into tokens. Characters are decoded by the code page of the document or of their font."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._states = [_State()]
        self._pending = bytearray()
        self._to_skip = 0
        self._font_table_depth = 0
        self._font = 0

    def tokens(self) -> Iterator[Token]:
        """All tokens in order; damaged parts are passed over as RTF readers do."""
        position = 0
        while match := _TOKEN.search(self._data, position):
            position = match.end()
            if match["code"] is not None:
                self._take(bytes.fromhex(match["code"].decode()))
                continue
            if match["text"] is not None:
                self._take(match["text"])
                continue
            if self._pending:
                yield Token(text=self._decoded())
            if match["word"] is not None:
                number = int(match["number"]) if match["number"] else None
                word = match["word"].decode()
                if word == "bin" and number is not None:
                    position += max(0, number)
                elif (token := self._control(word, number)) is not None:
                    yield token
            elif match["brace"] is not None:
                yield self._group(match["brace"].decode())
            else:
                yield Token(word=match["symbol"].decode("latin-1"))
        if self._pending:
            yield Token(text=self._decoded())

    def _take(self, data: bytes) -> None:
        if self._to_skip:
            taken = min(self._to_skip, len(data))
            self._to_skip -= taken
            data = data[taken:]
        self._pending += data

    def _decoded(self) -> str:
        font = self._states[-1].font
        codec = self._codec if font is None else self._fonts.get(font, self._codec)
        text = bytes(self._pending).decode(codec, "replace")
        self._pending.clear()
        return text

    def _group(self, brace: str) -> Token:
        self._to_skip = 0
        if brace == "{":
            state = self._states[-1]
            self._states.append(_State(state.font, state.skip))
        elif len(self._states) > 1:
            if len(self._states) == self._font_table_depth:
                self._font_table_depth = 0
            self._states.pop()
        return Token(brace=brace)

    def _control(self, word: str, number: int | None) -> Token | None:
        state = self._states[-1]
        if word == "u" and number is not None:
            self._to_skip = state.skip
            return Token(text=chr(number % 65536))
        self._to_skip = 0
        if word == "uc":
            state.skip = min(max(0, number or 0), 16)
        elif word in _HOMES:
            self._codec = _HOMES[word]
        elif word == "ansicpg":
            self._codec = _known(f"cp{number}") or self._codec
        elif word == "fonttbl":
            self._font_table_depth = len(self._states)
        elif word == "f" and self._font_table_depth:
            self._font = number or 0
        elif word == "f":
            state.font = number
        elif word == "fcharset" and self._font_table_depth and number in _CHARSETS:
            self._fonts[self._font] = _CHARSETS[number]
        elif word == "plain":
            state.font = None
        return Token(word=word, number=number)


def _known(codec: str) -> str | None:
    try:
        return codecs.lookup("utf-8" if codec == "cp65001" else codec).name
    except LookupError:
        return None
