"""The sentences that support a claim: few, wherever they stand, and always what the check has read."""

from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.domain.answers import Verdict
from sourcier_retrieval.sentences import split_units
from sourcier_retrieval.support import MOST_SENTENCES, find_support, rank_sentences
from sourcier_retrieval.verification import checked_terms

TEXT = (
    "Le siège de la société Valmorel est à Chambéry. Le comité se réunit chaque mois. "
    "Le préavis de démission est de trois mois pour un cadre. La lettre est envoyée en recommandé. "
    "Pour un employé, le préavis dure un mois."
)
SUBJECTS = ["Le salarié", "Aucun cadre", "Chaque stagiaire", "L'employeur", "Seul le comité"]
VERBS = ["doit payer", "ne doit pas payer", "peut signer", "n'a que", "refuse toujours", "reçoit sans délai"]
OBJECTS = ["trois mois", "12 %", "la prime du 12 mars 2024", "1 200 euros", "au moins dix jours", "la facture"]
SENTENCES = st.builds(
    lambda subject, verb, thing: f"{subject} {verb} {thing}.",
    st.sampled_from(SUBJECTS),
    st.sampled_from(VERBS),
    st.sampled_from(OBJECTS),
)


@given(st.lists(SENTENCES, min_size=1, max_size=8))
def test_every_sentence_of_a_text_is_supported_by_it(sentences: list[str]) -> None:
    text = " ".join(sentences)
    for sentence in sentences:
        support, check = find_support(sentence, text, ("fr",))
        assert check.verdict is Verdict.SUPPORTED, (sentence, check)
        assert [text[start:end] for start, end in support.units] == [sentence]


@given(st.lists(SENTENCES, min_size=1, max_size=12), SENTENCES)
def test_what_is_chosen_lies_in_the_text_in_its_order(sentences: list[str], claim: str) -> None:
    text = " ".join(sentences)
    support, check = find_support(claim, text, ("fr",))
    assert 1 <= len(support.units) <= MOST_SENTENCES
    assert set(support.units) <= set(split_units(text))
    assert list(support.units) == sorted(support.units)
    assert 0 <= support.start < support.end <= len(text)
    held = checked_terms(support.evidence(text), ("fr",))
    wanted = checked_terms(claim, ("fr",))
    assert check.coverage == len(wanted & held) / len(wanted)


def test_two_sentences_apart_support_a_claim_together() -> None:
    claim = "La société Valmorel, dont le siège est à Chambéry, donne trois mois de préavis de démission à un cadre."
    support, check = find_support(claim, TEXT, ("fr",))
    assert check.verdict is Verdict.SUPPORTED
    assert support.evidence(TEXT).splitlines() == [
        "Le siège de la société Valmorel est à Chambéry.",
        "Le préavis de démission est de trois mois pour un cadre.",
    ]
    assert TEXT[support.start : support.end].startswith("Le siège")
    assert TEXT[support.start : support.end].endswith("pour un cadre.")


def test_one_sentence_is_enough_where_it_is_enough() -> None:
    support, _ = find_support("Le préavis de démission d'un cadre est de 3 mois.", TEXT, ("fr",))
    assert support.evidence(TEXT) == "Le préavis de démission est de trois mois pour un cadre."


def test_the_shortest_of_equals_and_then_the_nearest() -> None:
    text = "La prime annuelle, versée en décembre, est fixe. La prime annuelle. Le solde est mensuel. Solde."
    first, second = rank_sentences("La prime annuelle et le solde", text, ("fr",))
    assert text[slice(*first)] == "La prime annuelle."
    assert text[slice(*second)] == "Le solde est mensuel."


def test_a_text_without_sentences_supports_nothing() -> None:
    support, check = find_support("Le préavis est de trois mois.", "   ", ("fr",))
    assert (support.evidence("   "), check.verdict) == ("   ", Verdict.UNSUPPORTED)
