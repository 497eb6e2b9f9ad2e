"""Follow-up questions get the topic of the earlier ones; questions that stand alone stay as they are."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import company_library, scope_for

from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, Language
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone
from sourcier_retrieval.follow_up import points_back, standalone_question

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Et pour les cadres ?", FRENCH, True),
        ("Quelle est sa durée ?", FRENCH, True),
        ("Combien de jours de congés payés un salarié à temps partiel acquiert par mois travaillé ?", FRENCH, False),
        ("Is it paid?", ENGLISH, True),
        ("What about managers?", ENGLISH, True),
        ("How many days of paid leave does an employee on probation get in December?", ENGLISH, False),
    ],
)
def test_questions_that_cannot_be_understood_alone(question: str, language: Language, expected: bool) -> None:
    assert points_back(question, language) is expected


def test_the_topic_is_carried_over_names_and_recent_questions_first() -> None:
    earlier = ["Comment fonctionne la mutuelle ?", "Quel est le préavis chez Dupont en 2024 ?"]
    carried = standalone_question("Et pour les cadres ?", earlier, FRENCH)
    assert carried.startswith("Et pour les cadres ? (")
    words = carried.split("(")[1].rstrip(")").split()
    assert words[:2] == ["Dupont", "2024"]
    assert "préavis" in words
    assert len(words) <= 4
    assert standalone_question("Et pour les cadres ?", [], FRENCH) == "Et pour les cadres ?"
    assert standalone_question("Et le préavis ?", ["Le préavis ?"], FRENCH) == "Et le préavis ?"


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=12), st.sampled_from(Language))
def test_any_text_keeps_the_question_as_it_is_in_front(question: str, earlier: list[str], language: Language) -> None:
    assert standalone_question(question, earlier, language).startswith(question)


def answered(question: str, earlier: list[str]) -> tuple[Answer, InMemoryAnswers]:
    library, recorder = company_library(), InMemoryAnswers()
    service = AnswerService(
        search=library.search,
        reader=library.reader,
        recorder=recorder,
        chat_model=None,
        options=AnswerOptions(refusal_threshold=0.0),
    )

    async def run() -> Answer:
        events = [event async for event in service.answer(question, scope=scope_for(), earlier=earlier)]
        assert isinstance(events[-1], AnswerDone)
        return events[-1].answer

    return asyncio.run(run()), recorder


def test_a_follow_up_finds_what_the_topic_is_about_and_says_how_it_was_searched() -> None:
    question = "Et la durée pour les cadres ?"
    alone, _ = answered("Et la durée pour les cadres ?", [])
    assert alone.searched_as is None
    following, recorder = answered(
        "Et la durée pour les cadres ?", ["Quel est le préavis en cas de rupture du contrat ?"]
    )
    assert following.searched_as is not None
    assert "préavis" in following.searched_as
    assert following.sources[0].hit.document.title == "Rupture du contrat"
    assert recorder.records[0].answer.question == question
    assert recorder.records[0].answer.searched_as == following.searched_as
