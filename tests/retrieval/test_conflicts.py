"""Sources that say something else: what is a difference, what is none, and how an answer tells of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import Library

from retrieval.test_answering import Desk, check_quotes, say
from sourcier_core.domain.answers import AnswerMode, Verdict
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_retrieval.conflicts import find_difference

NOTICE = "Le préavis de démission est de trois mois pour un cadre."


@pytest.mark.parametrize(
    ("claim", "text", "reasons"),
    [
        (NOTICE, "Article 4.\n\nLe préavis de démission est de deux mois pour un cadre.", ("number_differs",)),
        (
            "L'indemnité de télétravail est de 2,70 euros par jour.",
            "L'indemnité de télétravail est de 3,10 € par jour.",
            ("number_differs",),
        ),
        (
            "La prime couvre les jeunes de 18 à 30 ans.",
            "La prime couvre les jeunes de 18 à 26 ans.",
            ("number_differs",),
        ),
        ("La règle vaut depuis le 1er mai 2024.", "La règle vaut depuis le 1er mars 2025.", ("date_differs",)),
        ("Le télétravail est autorisé le lundi.", "Le télétravail n'est pas autorisé le lundi.", ("negation_differs",)),
    ],
)
def test_what_differs(claim: str, text: str, reasons: tuple[str, ...]) -> None:
    found = find_difference(claim, text, ("fr",))
    assert found is not None
    assert found.reasons == reasons
    assert text[found.start : found.end] in text.split("\n\n")


def test_headings_do_not_hide_a_difference() -> None:
    text = "Questions fréquentes\n\n" + NOTICE.replace("trois", "deux")
    found = find_difference("Accord de branche\n\n" + NOTICE, text, ("fr",))
    assert found is not None
    assert text[found.start : found.end] == NOTICE.replace("trois", "deux")


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        "Le préavis de démission est de 3 mois pour un cadre.",
        "Le préavis de démission est d'un mois pour un employé.",
        "Le préavis de démission est de deux mois pour un cadre à Paris.",
        "Le préavis dure deux mois.",
        "Le préavis de démission est de trois mois pour un cadre, et de deux mois pour un employé.",
        "Le préavis de démission est de deux mois pour un cadre. " + NOTICE,
        "Le préavis de démission d'un cadre figure au contrat.",
        "",
    ],
)
def test_what_does_not(text: str) -> None:
    assert find_difference(NOTICE, text, ("fr",)) is None


@given(st.integers(2, 900), st.integers(2, 900))
def test_a_password_s_length_differs_when_its_number_does(one: int, other: int) -> None:
    found = find_difference(
        f"A password must have at least {one} characters.",
        f"A password must have at least {other} characters.",
        ("en",),
    )
    assert (found is not None) == (one != other)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_compared(claim: str, text: str) -> None:
    found = find_difference(claim, text, ("fr",))
    assert found is None or 0 <= found.start < found.end <= len(text)


def two_rules(*, newer: str) -> Library:
    """Two documents that differ, of which `newer` is in force since later."""
    library = Library()
    for path, text in (("accord.txt", NOTICE), ("faq.txt", NOTICE.replace("trois", "deux"))):
        library.add(path, text, title=path, valid_from=datetime(2026, 3 if path == newer else 1, 1, tzinfo=UTC))
    library.add("repas.txt", "Les repas sont remboursés sur justificatif.", title="Repas")
    return library


QUESTION = "Quel est le préavis de démission d'un cadre ?"


@pytest.mark.parametrize(("newer", "first"), [("faq.txt", "deux"), ("accord.txt", "trois")])
async def test_quotes_that_differ_are_said_to_and_the_newest_stands_first(newer: str, first: str) -> None:
    desk = Desk(library=two_rules(newer=newer))
    answer = await desk.answer(QUESTION)
    assert answer.mode is AnswerMode.QUOTES
    assert [claim.number for claim in answer.claims] == list(range(1, len(answer.claims) + 1))
    assert first in answer.claims[0].text
    (conflict,) = answer.claims[0].conflicts
    assert not conflict.is_newer
    assert answer.claims[1].conflicts[0].is_newer
    numbers = [claim.citations[0].source_number for claim in answer.claims]
    assert answer.text.endswith(f"comparer [{numbers[1]}] et [{numbers[0]}] (plus récent)."), "each pair once"
    check_quotes(answer, desk.library)


async def test_documents_of_one_load_are_not_newer_than_each_other() -> None:
    library = Library()
    for minute, text in enumerate((NOTICE, NOTICE.replace("trois", "deux"))):
        since = datetime(2026, 1, 1, 10, minute, tzinfo=UTC)
        library.add(f"{minute}.txt", text, valid_from=since)
    answer = await Desk(library=library).answer(QUESTION)
    assert [conflict.is_newer for claim in answer.claims for conflict in claim.conflicts] == [False, False]
    assert "plus récent" not in answer.text


async def test_a_model_s_claim_is_compared_with_the_sources_it_left_out() -> None:
    library = two_rules(newer="faq.txt")
    sources = (await Desk(library=library).answer(QUESTION)).sources
    number = next(source.number for source in sources if source.hit.document.path == "accord.txt")
    other = next(source.number for source in sources if source.hit.document.path == "faq.txt")
    answer = await Desk(say(f"{NOTICE[:-1]} [{number}]."), library=library).answer(QUESTION)
    (conflict,) = answer.claims[0].conflicts
    assert (conflict.source_number, conflict.is_newer, conflict.reasons) == (other, True, ("number_differs",))
    assert conflict.quote.text == library.reader.read_text(
        conflict.quote.version_id, conflict.quote.start, conflict.quote.end
    )
    assert answer.text.endswith(f"comparer [{number}] et [{other}] (plus récent).")


@pytest.mark.parametrize("options", [{"claim_check": ClaimCheck.OFF}, {}])
async def test_what_is_not_proven_is_not_compared(options: dict[str, Any]) -> None:
    answer = await Desk(
        say("Le préavis de démission est de neuf mois pour un cadre [1]."),
        library=two_rules(newer="faq.txt"),
        **options,
    ).answer(QUESTION)
    assert answer.claims[0].verdict is not Verdict.SUPPORTED
    assert answer.claims[0].conflicts == ()
