"""Text in any encoding: read as it was written or refused with a code, never as other letters."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsing import document_builders as builders
from parsing.encoded_texts import LONG, OLDER, SHORT, UNICODE
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import DocumentCorrupt, DocumentEncodingUnknown
from sourcier_ingest.parsing.encodings import decode
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser

LONG_CASES = [(language, number, encoding) for language in LONG for number in range(3) for encoding in OLDER[language]]
SHORT_CASES = [
    (language, text, encoding) for language, texts in SHORT.items() for text in texts for encoding in OLDER[language]
]


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None


@pytest.mark.parametrize(("language", "number", "encoding"), LONG_CASES)
def test_a_paragraph_is_read_in_its_older_encoding(language: str, number: int, encoding: str) -> None:
    text = LONG[language][number]
    data = _encoded(text, encoding)
    if data is None:
        pytest.skip("this encoding lacks a character of the text")
    assert decode(data) == text


@pytest.mark.parametrize(("language", "text", "encoding"), SHORT_CASES)
def test_a_few_words_are_read_or_refused(language: str, text: str, encoding: str) -> None:
    data = _encoded(text, encoding)
    if data is None:
        pytest.skip("this encoding lacks a character of the text")
    try:
        assert decode(data) == text
    except DocumentEncodingUnknown:
        assert (language, encoding) not in {("fr", "cp1252"), ("fr", "iso8859-15"), ("ru", "cp1251")}


def test_most_short_texts_are_read() -> None:
    read = refused = 0
    for _, text, encoding in SHORT_CASES:
        data = _encoded(text, encoding)
        if data is not None:
            try:
                decode(data)
                read += 1
            except DocumentEncodingUnknown:
                refused += 1
    assert refused <= 0.15 * (read + refused), (read, refused)


@given(st.sampled_from(sorted(LONG)), st.integers(0, 2), st.integers(0, 300), st.integers(40, 300), st.data())
@settings(max_examples=300, deadline=None)
def test_any_part_of_a_text_is_read_or_refused(
    language: str, number: int, start: int, length: int, data: st.DataObject
) -> None:
    whole = LONG[language][number]
    part = whole[start % len(whole) :][:length]
    encoded = _encoded(part, data.draw(st.sampled_from(OLDER[language])))
    if encoded is None or sum(character.isalpha() for character in part) < 12:
        return
    try:
        found = decode(encoded)
    except DocumentEncodingUnknown:
        return
    assert found == part


@given(st.sampled_from(sorted(LONG)), st.integers(0, 2), st.sampled_from(UNICODE), st.integers(4, 400))
@settings(max_examples=100, deadline=None)
def test_unicode_needs_no_guessing(language: str, number: int, encoding: str, length: int) -> None:
    text = LONG[language][number][:length]
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["Le congé d'ancienneté est de deux jours.\r\n", "Отпуск работника\n", "Fin.", "a;b\n1;2\n"]
)
def test_unicode_without_a_mark_is_told_by_its_zeros(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_the_euro_sign_of_latin_9_is_no_currency_sign() -> None:
    text = "Le prix est de 150 € par œuvre.\nUne avance de 20 € est versée."
    assert decode(text.encode("iso8859-15")) == text
    assert decode("Tarif : 35 €".encode("iso8859-15")) == "Tarif : 35 €"


def test_english_with_one_curly_apostrophe_stays_english() -> None:
    text = "The employee’s leave is twenty days – no more. " * 20 + "\nIt costs £20."
    assert decode(text.encode("cp1252")) == text


def test_a_damaged_character_in_utf_8_does_not_change_the_others() -> None:
    data = bytearray(("Les congés payés sont dus à l'été. " * 20).encode())
    data[data.index(b"\xc3") + 1] = 0x20
    text = decode(bytes(data))
    assert text.count("\ufffd") == 1
    assert "à l'été" in text
    assert "Ã" not in text


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(DocumentCorrupt):
        decode(bytes(range(256)) * 20)
    with pytest.raises((DocumentCorrupt, DocumentEncodingUnknown)):
        decode(bytes([0x98, 0x81, 0xFE, 0xFF, 0x8D, 0x20, 0xA0, 0xFF]) * 40)


@pytest.mark.parametrize(
    ("suffix", "encoding"),
    [
        (".txt", "utf-16-le"),
        (".csv", "utf-16-be"),
        (".md", "utf-16-le"),
        (".txt", "cp1251"),
        (".csv", "cp1251"),
        (".md", "gb18030"),
    ],
)
def test_files_of_such_encodings_are_published(
    suffix: str, encoding: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    sentence = builders.SENTENCE if encoding.startswith("utf") else LONG["ru" if encoding == "cp1251" else "zh"][0]
    body = f"Nom;Jours\n{sentence};2\n" if suffix == ".csv" else f"{sentence}\n"
    (tmp_path / "file").write_bytes(body.encode(encoding))
    (parsed,) = document_parser.parse_many([(tmp_path / "file", f"a{suffix}")])
    assert isinstance(parsed, ParsedDocument), parsed
    assert sentence in parsed.text
