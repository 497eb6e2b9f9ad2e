"""Sentences and units: exact offsets, nothing lost, French and English habits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_retrieval.sentences import split_sentences, split_units

TEXT = st.text(alphabet=st.sampled_from("aBcé 1.!?…,;:\n\t«»\"'()[]|-•\u00a0\u202f"), max_size=200)


def _texts(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


@given(TEXT)
def test_spans_are_ordered_apart_and_lose_only_blanks(text: str) -> None:
    for split in (split_sentences, split_units):
        spans = split(text)
        assert all(start < end for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        outside = set(range(len(text))) - {place for start, end in spans for place in range(start, end)}
        assert all(text[place].isspace() for place in outside)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Voir l'art. 5 du code. C'est tout.", ["Voir l'art. 5 du code.", "C'est tout."]),
        ("M. Durand a signé. Mme Roy aussi.", ["M. Durand a signé.", "Mme Roy aussi."]),
        ("Le taux est de 3.5 %. Il change.", ["Le taux est de 3.5 %.", "Il change."]),
        ("The answer is no. Then see No. 5 below.", ["The answer is no.", "Then see No. 5 below."]),
        ("See e.g. the annex. It is short.", ["See e.g. the annex.", "It is short."]),
        ("Il a dit « non. » Puis il est parti.", ["Il a dit « non. »", "Puis il est parti."]),
        ("1. Premier point\n2. Second point", ["1. Premier point", "2. Second point"]),
        ("- un\n- deux", ["- un", "- deux"]),
        ("Une phrase coupée\nen deux lignes. Fin.", ["Une phrase coupée\nen deux lignes.", "Fin."]),
        ("Ville | Plafond\nParis | 130 €\nLyon | 110 €", ["Ville | Plafond", "Paris | 130 €", "Lyon | 110 €"]),
        ("Vraiment ?! Oui… Non.", ["Vraiment ?!", "Oui…", "Non."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert _texts(text, split_sentences(text)) == expected


def test_a_heading_is_quoted_with_what_it_heads() -> None:
    text = "Préavis\nIl est de trois mois. Il court dès la lettre.\nCongés"
    assert _texts(text, split_units(text)) == ["Préavis\nIl est de trois mois.", "Il court dès la lettre.", "Congés"]


def test_long_texts_are_split_in_reasonable_time() -> None:
    text = "Une phrase de taille moyenne, n° 12. " * 20_000
    assert len(split_sentences(text)) == 20_000
