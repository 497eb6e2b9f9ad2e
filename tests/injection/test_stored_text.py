"""What is stored of a document holds no control characters, so that exact quotes hold none."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sourcier_ingest.parsing.extraction import clean_text


@given(st.text(st.characters()))
def test_stored_text_has_no_control_characters(text: str) -> None:
    stored = clean_text(text)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in stored)
    if text.isprintable():
        assert stored == text.strip()


def test_line_ends_stay_line_ends() -> None:
    assert clean_text("a\r\nb\x85c\x0cd\x9be") == "a\nb\nc\nde"
