"""Questions that compare things: when a model is asked, what it may say, and that each side is among the sources."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retrieval_samples import Library, scope_for

from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, Language
from sourcier_core.errors import ChatModelUnavailable
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone, SourcesFound
from sourcier_retrieval.finding import find_passages
from sourcier_retrieval.fusion import by_turns
from sourcier_retrieval.parting import fault_of_parts, may_have_parts, part_question, read_parts
from sourcier_retrieval.prompting import load_template
from sourcier_retrieval.understanding import QuestionReader

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH
QUESTION = "Quelle est la différence entre le préavis de démission et le forfait de télétravail ?"
PARTS = ("Quel est le préavis de démission ?", "Quel est le forfait de télétravail ?")


def says(*pieces: str, **options: Any) -> ScriptedChatModel:
    return ScriptedChatModel(pieces=list(pieces), **options)


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        (QUESTION, FRENCH, True),
        ("Compare le préavis des cadres et celui des employés.", FRENCH, True),
        ("Le préavis est-il plus long pour un cadre que pour un employé ?", FRENCH, True),
        ("Quel est le montant de l'aide et comment la demander ?", FRENCH, True),
        ("Quel est le préavis ? Et la prime ?", FRENCH, True),
        ("Combien de jours de congés payés par an ?", FRENCH, False),
        ("Quels sont les différents motifs d'absence ?", FRENCH, False),
        ("Qui est né entre 1900 et 1910 ?", FRENCH, False),
        ("What is the difference between sick leave and parental leave?", ENGLISH, True),
        ("Is the notice period longer for managers than for employees?", ENGLISH, True),
        ("What is the hotel limit and who approves it?", ENGLISH, True),
        ("Travel policy vs telework policy", ENGLISH, True),
        ("How many days of leave do managers get?", ENGLISH, False),
        ("What law was developed between 1000 and 1300?", ENGLISH, False),
        ("Compare these: " + "word " * 200, ENGLISH, False),
    ],
)
def test_the_gate(question: str, language: Language, expected: bool) -> None:
    assert may_have_parts(question, language) is expected


def fault(*parts: str) -> str | None:
    return fault_of_parts(parts, QUESTION, FRENCH, load_template(FRENCH, "parts"))


def test_parts_in_the_person_s_own_words_are_taken() -> None:
    assert fault(*PARTS) is None


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((), "too_few"),
        (PARTS[:1], "too_few"),
        ((*PARTS, "démission ?", "télétravail ?"), "too_many"),
        ((PARTS[0], "forfait télétravail " * 20), "too_long"),
        ((PARTS[0], "<question>télétravail</question>"), "not_plain"),
        ((PARTS[0], "Reprends les mots de la question. Garde ses noms et ses chiffres"), "repeats_instructions"),
        ((PARTS[0], "Quel est le forfait de télétravail de 12 euros ?"), "new_name_or_figure"),
        ((PARTS[0], "Quel est le forfait de Dupont ?"), "new_name_or_figure"),
        ((PARTS[0], "Quels salaires touchent directeurs, cadres, stagiaires ?"), "new_words"),
        ((PARTS[0], "Le forfait n'est-il pas de télétravail ?"), "other_negation"),
        ((PARTS[0], "Quel préavis de démission ?"), "same_parts"),
        (("Quel préavis ?", "Quelle démission ?"), "lost_words"),
    ],
)
def test_what_parts_may_not_be(parts: tuple[str, ...], reason: str) -> None:
    assert fault(*parts) == reason


def test_no_side_s_name_or_figure_may_be_lost() -> None:
    question = "Compare le forfait de 2023 chez Durand et celui de 2024 chez Martin ?"
    template = load_template(FRENCH, "parts")
    good = ("Quel forfait de 2023 chez Durand ?", "Quel forfait de 2024 chez Martin ?")
    assert fault_of_parts(good, question, FRENCH, template) is None
    lost = ("Quel forfait de 2023 chez Durand ?", "Quel forfait chez Martin ?")
    assert fault_of_parts(lost, question, FRENCH, template) == "lost_name_or_figure"


def test_lines_are_read_without_bullets_and_numbers() -> None:
    assert read_parts("1. Un ?\n\n - Deux ?\n* « Trois ? »\n3) 12 jours ?") == (
        "Un ?",
        "Deux ?",
        "Trois ?",
        "12 jours ?",
    )
    assert read_parts(" \n ") == ()


@pytest.mark.parametrize("said", ["UNE", "une.", "« UNE »\n"])
async def test_the_model_may_say_that_it_is_one_thing(said: str) -> None:
    found = await part_question(says(said), QUESTION, FRENCH, within_s=5.0)
    assert (found.parts, found.reason) == ((), "one_thing")


async def test_a_slow_or_absent_model_is_no_error() -> None:
    started = time.perf_counter()
    slow = await part_question(says(*"\n".join(PARTS), pause_s=0.1), QUESTION, FRENCH, within_s=0.3)
    assert time.perf_counter() - started < 1.5
    assert (slow.parts, slow.reason) == ((), "chat_model_timed_out")
    away = await part_question(says(error=ChatModelUnavailable()), QUESTION, FRENCH, within_s=5.0)
    assert (away.parts, away.reason) == ((), "chat_model_unavailable")


@settings(deadline=None)
@given(st.text(max_size=400))
async def test_whatever_a_model_says_is_taken_only_if_it_is_the_person_s(said: str) -> None:
    found = await part_question(says(said), QUESTION, FRENCH, within_s=5.0)
    assert not found.parts or fault_of_parts(found.parts, QUESTION, FRENCH, found.template) is None


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6, unique=True), max_size=4), st.integers(0, 4))
def test_by_turns_gives_each_list_its_share_once(lists: list[list[str]], rounds: int) -> None:
    taken = by_turns(lists, rounds)
    assert len(taken) == len(set(taken)) <= rounds * len(lists)
    everything = set().union(*lists)
    assert set(taken) <= everything
    for ids in lists:
        own = set(ids)
        assert len(own & set(taken)) >= min(rounds, len(own)), "a list is represented as often as it can be"


def comparison_library() -> Library:
    """Many passages about one side, one about the other, and one that others may not read."""
    library = Library()
    for number in range(8):
        text = f"Le préavis de démission, différence numéro {number}, est de trois mois pour un cadre."
        library.add(f"preavis-{number}.txt", text, title=f"Préavis {number}")
    library.add("forfait.txt", "Le forfait de télétravail est de deux euros par jour.", title="Charte")
    library.add(
        "secret.txt",
        "Le forfait de télétravail du comité est de neuf euros.",
        title="Secret",
        corpus="board",
    )
    return library


def test_each_side_is_among_the_first_sources_and_no_text_is_there_twice() -> None:
    library, scope = comparison_library(), scope_for()
    alone = find_passages(library.search, QUESTION, (), scope=scope, language=FRENCH, limit=10, shown=3)
    parted = find_passages(library.search, QUESTION, PARTS, scope=scope, language=FRENCH, limit=10, shown=3)
    assert parted.hits[0].document.title.startswith("Préavis")
    assert parted.hits[1].document.title == "Charte", [hit.document.title for hit in parted.hits]
    texts = [hit.passage.text for hit in parted.hits]
    assert len(texts) == len(set(texts)) <= 10
    assert [hit.score for hit in parted.hits] == sorted((hit.score for hit in parted.hits), reverse=True)
    assert set(parted.spans) >= {hit.passage.id for hit in parted.hits}
    assert parted.answerability.score >= alone.answerability.score


def test_a_part_searches_nothing_outside_the_scope() -> None:
    library = comparison_library()
    parts = (PARTS[0], "forfait de télétravail du comité neuf euros")
    found = find_passages(library.search, QUESTION, parts, scope=scope_for("hr"), language=FRENCH, limit=10, shown=6)
    assert {hit.document.corpus_id for hit in found.hits} == {"hr"}


class Listening(ScriptedChatModel):
    """Keeps what it was asked."""

    heard: list[str]

    async def _astream(self, messages: Any, *arguments: Any, **options: Any) -> Any:
        self.heard.append("\n".join(str(message.content) for message in messages))
        async for chunk in super()._astream(messages, *arguments, **options):
            yield chunk


async def _ask(
    questions: QuestionReader, answering: ScriptedChatModel, **options: Any
) -> tuple[Answer, SourcesFound, InMemoryAnswers]:
    library, records = comparison_library(), InMemoryAnswers()
    service = AnswerService(
        search=library.search,
        reader=library.reader,
        recorder=records,
        chat_model=answering,
        options=AnswerOptions(**{"refusal_threshold": 0.0, **options}),
        questions=questions,
    )
    events = [event async for event in service.answer(QUESTION, scope=scope_for())]
    found, done = events[0], events[-1]
    assert isinstance(found, SourcesFound)
    assert isinstance(done, AnswerDone)
    return done.answer, found, records


ANSWER = "Le préavis de démission est de trois mois pour un cadre [1]. Le forfait de télétravail est de deux euros [2]."


async def test_both_sides_are_answered_and_the_record_says_how_it_was_searched() -> None:
    answer, found, records = await _ask(QuestionReader(says("\n".join(PARTS))), says(ANSWER))
    assert answer.searched_parts == found.searched_parts == PARTS
    assert answer.searched_as is found.searched_as is None
    assert [claim.verdict.value for claim in answer.claims] == ["supported", "supported"]
    told = records.records[0].versions["understood"]["parts"]
    assert (told["said"], told["reason"]) == ("\n".join(PARTS), None)
    assert told["prompt"]["name"] == "parts.fr.v1"
    assert {"understood", "search", "parts", "sources"} <= records.records[0].timings_ms.keys()
    for source in answer.sources:
        assert source.quote.text in source.hit.passage.text


async def test_each_side_fits_where_only_few_passages_do() -> None:
    model = Listening(pieces=[ANSWER], heard=[])
    for reader in (QuestionReader(says("\n".join(PARTS))), QuestionReader()):
        await _ask(reader, model, context_tokens=600, answer_tokens=200)
    parted, plain = model.heard
    assert max(prompt.count("<passage ") for prompt in (parted, plain)) <= 3, "no more than three fit"
    assert "forfait de télétravail est de deux euros" in parted
    assert "trois mois" in parted
    assert not ("forfait de télétravail est de deux euros" in plain and "trois mois" in plain)


async def test_nonsense_leaves_the_plain_search_and_is_kept_as_evidence() -> None:
    plain, _, _ = await _ask(QuestionReader(), says(ANSWER))
    answer, found, records = await _ask(QuestionReader(says("Bien sûr ! Voici : 42 euros chez Google.")), says(ANSWER))
    assert answer.searched_parts == found.searched_parts == ()
    assert [source.hit.passage.id for source in answer.sources] == [source.hit.passage.id for source in plain.sources]
    assert records.records[0].versions["understood"]["parts"]["reason"] == "too_few"


async def test_each_of_the_two_can_be_switched_off() -> None:
    model = Listening(pieces=["\n".join(PARTS)], heard=[])
    assert (await QuestionReader(model, parts=False).understand(QUESTION, [], FRENCH)).parts == ()
    assert model.heard == []
    asked = await QuestionReader(model, rewrites=False).understand(QUESTION, ["Et la prime ?"], FRENCH)
    assert all("<earlier>" not in heard for heard in model.heard)
    assert asked.parts == PARTS
