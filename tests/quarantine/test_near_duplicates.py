"""Near-duplicates: the bands agree with Broder's resemblance, and a flood is told from a pair."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_ingest.quarantine.evidence import Assessment, with_evidence
from sourcier_ingest.quarantine.floods import sudden
from sourcier_ingest.quarantine.near_duplicates import (
    BANDS,
    estimate,
    flood_evidence,
    near_duplicate_bands,
    resemblance,
)

WORDS = [f"mot{number}" for number in range(400)]


def _text(seed: int, length: int = 300) -> list[str]:
    chosen = random.Random(seed)
    return [chosen.choice(WORDS) for _ in range(length)]


def test_bands_are_the_same_on_every_machine() -> None:
    bands = near_duplicate_bands("Le congé d'ancienneté est de deux jours après dix ans.")
    assert len(bands) == BANDS
    assert bands[:2] == (7817114478095807052, 1569218010342704613)


@given(st.text())
def test_bands_fit_a_signed_integer_and_do_not_see_case_or_punctuation(text: str) -> None:
    bands = near_duplicate_bands(text)
    assert len(bands) in (0, BANDS)
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert near_duplicate_bands(f"  ({text}) !") == bands


def test_no_words_no_bands() -> None:
    assert near_duplicate_bands(" … ") == ()
    assert resemblance("", "") == 0.0
    assert estimate((), ()) == 0.0


def test_resemblance_counts_shared_runs_of_five_words() -> None:
    assert resemblance("a b c d e f", "a b c d e g") == pytest.approx(1 / 3)
    assert resemblance("a b c", "A, b; c!") == 1.0


def test_small_changes_share_bands_and_other_texts_do_not() -> None:
    related = unrelated = 0
    for seed in range(40):
        words = _text(seed)
        changed = [*words[:150], "autre", *words[151:]]
        bands = near_duplicate_bands(" ".join(words))
        related += estimate(bands, near_duplicate_bands(" ".join(changed))) > 0.7
        unrelated += estimate(bands, near_duplicate_bands(" ".join(_text(seed + 1000)))) > 0
    assert related == 40
    assert unrelated == 0


def test_chance_of_a_shared_band_follows_the_curve() -> None:
    """At resemblance r a pair shares a band with probability 1 − (1 − r⁴)¹⁶; here r is about 0.5: 0.64."""
    found = 0
    for seed in range(150):
        words = _text(seed)
        other = [*words[: len(words) * 2 // 3], *_text(seed + 5000, 100)]
        text, changed = " ".join(words), " ".join(other)
        assert resemblance(text, changed) == pytest.approx(0.49, abs=0.03)
        found += estimate(near_duplicate_bands(text), near_duplicate_bands(changed)) > 0
    assert 0.5 < found / 150 < 0.75


def test_a_pair_is_no_flood_and_five_are() -> None:
    assert flood_evidence(2, "Congés") is None
    few, many = flood_evidence(3, "Congés"), flood_evidence(5, "Congés")
    assert few is not None
    assert many is not None
    assert not with_evidence(Assessment(score=0.0), few).exceeds()
    assert with_evidence(Assessment(score=0.0), many).exceeds()


@given(st.integers(3, 500), st.integers(1, 100))
def test_a_larger_flood_weighs_more(count: int, more: int) -> None:
    small, large = flood_evidence(count, "x"), flood_evidence(count + more, "x")
    assert small is not None
    assert large is not None
    assert 0 < small.weight <= large.weight <= 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_goes_beyond_the_known_texts_is_sudden(new: int, known: int) -> None:
    """One known text is the target; a family that is known already is expected to grow."""
    assert sudden(new, known) <= new
    assert sudden(new, known) == new or known > 1
    assert sudden(new + 1, known) == sudden(new, known) + 1
    assert (sudden(12, 15), sudden(12, 1), sudden(12, 0)) == (-2, 12, 12)
