"""Claims: no word lost, markers found in every style, the same claims however the text arrives."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sourcier_retrieval.claims import ClaimSplitter, RawClaim, markers_of, without_markers

PIECE = st.sampled_from(
    [
        "Le préavis", " est", " de", " 3", " mois", ".", " [1]", "[2]", " [1, 3]", "[^4]", " 【5】", "\n", "\n- ",
        " Il", " court", " dès", " la lettre", " ?", " M. Durand", " cf. l'annexe", " 3,5 %", " [", "1", "]", " [9",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECE, max_size=40).map("".join)


def _split(text: str, cuts: list[int] | None = None) -> list[RawClaim]:
    splitter = ClaimSplitter()
    claims: list[RawClaim] = []
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or [])})
    for start, end in pairwise(places):
        claims += splitter.feed(text[start:end])
    return [*claims, *splitter.finish()]


@given(TEXTS)
def test_no_word_is_lost(text: str) -> None:
    kept = " ".join(claim.text for claim in _split(text))
    assert re.findall(r"\w+", kept) == re.findall(r"\w+", without_markers(text))


@given(TEXTS)
@example("Le préavis. [9\n]")
@example("Le préavis. [9 -\n 10]")
def test_no_marker_is_lost(text: str) -> None:
    held = {marker for claim in _split(text) for marker in claim.markers}
    assert held == (set(markers_of(text)) if re.search(r"\w", without_markers(text)) else set())


@given(TEXTS, st.lists(st.integers(0, 400), max_size=30))
def test_streaming_gives_the_same_words_and_markers(text: str, cuts: list[int]) -> None:
    whole, streamed = _split(text), _split(text, cuts)
    assert " ".join(claim.text for claim in whole).split() == " ".join(claim.text for claim in streamed).split()
    assert {m for claim in whole for m in claim.markers} == {m for claim in streamed for m in claim.markers}


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("Trois mois [1].", ("1",)),
        ("Trois mois [1, 2].", ("1", "2")),
        ("Trois mois [1][3].", ("1", "3")),
        ("Trois mois [^1].", ("1",)),
        ("Trois mois 【2】.", ("2",)),
        ("Trois mois 【2†source】.", ("2",)),
        ("Trois mois [1-3].", ("1", "2", "3")),
        ("Trois mois [1 et 2].", ("1", "2")),
        ("Trois mois [1; 2].", ("1", "2")),
        ("Trois mois [01].", ("1",)),
        ("Trois mois [1] et un [1].", ("1",)),
        ("En [2024] rien [a].", ()),
    ],
)
def test_markers(text: str, markers: tuple[str, ...]) -> None:
    assert markers_of(text) == markers


def test_markers_after_the_full_stop_belong_to_the_sentence_before() -> None:
    assert _split("Le préavis dure trois mois. [1] Il court dès la lettre. [2][3]") == [
        RawClaim(text="Le préavis dure trois mois.", markers=("1",)),
        RawClaim(text="Il court dès la lettre.", markers=("2", "3")),
    ]


def test_claims_come_while_the_text_streams() -> None:
    splitter = ClaimSplitter()
    assert list(splitter.feed("Trois mois. ")) == []
    assert list(splitter.feed("[1")) == []
    assert list(splitter.feed("] ")) == []
    assert list(splitter.feed("Il court")) == [RawClaim(text="Trois mois.", markers=("1",))]
    assert list(splitter.finish()) == [RawClaim(text="Il court", markers=())]


def test_list_items_are_claims() -> None:
    assert [claim.text for claim in _split("- deux jours [1]\n- avant 9h30 [2]\n")] == ["deux jours", "avant 9h30"]
