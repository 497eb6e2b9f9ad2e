"""Text that is shown: nothing in it acts on a terminal, a browser or a reader's eye."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.display import displayable, escaped_in_json, on_one_line

ANY_TEXT = st.text(st.characters())
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def acts(character: str) -> bool:
    return (
        (unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t")
        or character in DIRECTIONS
        or 0xE0000 <= ord(character) <= 0xE007F
    )


@given(ANY_TEXT)
def test_nothing_acts_and_nothing_else_is_lost(text: str) -> None:
    shown = displayable(text)
    assert not any(acts(character) for character in shown)
    assert displayable(shown) == shown
    shown.encode()
    if text.isprintable():
        assert shown == text


@given(ANY_TEXT, ANY_TEXT)
def test_a_stream_may_be_cut_anywhere(first: str, second: str) -> None:
    assert displayable(first) + displayable(second) == displayable(first + second)


@given(ANY_TEXT)
def test_a_name_stays_on_its_line(text: str) -> None:
    assert len(on_one_line(text).splitlines()) <= 1


@given(st.dictionaries(st.text(), ANY_TEXT.filter(lambda text: text.isprintable() or text.isascii())))
def test_escaped_json_says_the_same(value: dict[str, str]) -> None:
    written = json.dumps(value, ensure_ascii=False, indent=1)
    escaped = escaped_in_json(written)
    assert json.loads(escaped) == json.loads(written)
    assert not any(acts(character) for character in escaped)


def test_what_is_seen_of_an_escape_sequence() -> None:
    assert displayable("\x1b[31mrouge\x1b[0m\a") == "\ufffd[31mrouge\ufffd[0m\ufffd"
    assert displayable("exe\u202efdp.\u202c") == "exefdp."
    assert displayable("a\r\nb\u2028c\td") == "a \nb\nc\td"
    assert escaped_in_json('"\u202e\U000e0041\x9b"') == '"\\u202e\\udb40\\udc41\\u009b"'
    assert displayable("👩\u200d💻 œuvre, déjà") == "👩\u200d💻 œuvre, déjà"
