"""Summaries: every sentence is cited, nothing outside the scope is read, long texts are read in parts."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from retrieval_samples import Library, company_library, scope_for

from retrieval.test_answering import check_quotes
from sourcier_core.access import AccessScope
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, AnswerMode, AnswerState, Language, Verdict
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.search import SearchFilter
from sourcier_core.errors import ChatModelUnavailable
from sourcier_retrieval.central_sentences import central_sentences
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone, AnswerEvent, PassagesRead, SourcesFound
from sourcier_retrieval.phrases import unchecked_notice
from sourcier_retrieval.summarising import MOST_PASSAGES, MOST_SENTENCES, SummaryService


class Summaries:
    """A summary service on a library, with its records."""

    def __init__(self, library: Library, model: BaseChatModel | None = None, **options: Any) -> None:
        self.library = library
        self.records = InMemoryAnswers()
        self.service = SummaryService(
            search=library.search,
            reader=library.reader,
            recorder=self.records,
            chat_model=model,
            options=AnswerOptions(**options),
        )

    async def events(self, scope: AccessScope | None = None, **asked: Any) -> list[AnswerEvent]:
        return [event async for event in self.service.summarise(scope=scope or scope_for(), name="Guide", **asked)]

    async def answer(self, scope: AccessScope | None = None, **asked: Any) -> Answer:
        done = (await self.events(scope, **asked))[-1]
        assert isinstance(done, AnswerDone)
        return done.answer


def rules(count: int) -> Library:
    library = Library()
    library.add(
        "guide.txt", *(f"La règle {number} fixe un délai de {number + 3} jours ouvrés." for number in range(count))
    )
    return library


async def test_without_a_model_the_sentences_are_exact_and_in_order() -> None:
    summaries = Summaries(company_library())
    answer = await summaries.answer()
    assert (answer.mode, answer.state) == (AnswerMode.QUOTES, AnswerState.ANSWERED)
    assert answer.question == "Résumé de Guide"
    assert 1 <= len(answer.claims) <= MOST_SENTENCES
    assert all(claim.verdict is Verdict.SUPPORTED for claim in answer.claims)
    assert {source.number for source in answer.sources} == {
        citation.source_number for claim in answer.claims for citation in claim.citations
    }
    check_quotes(answer, summaries.library)
    assert summaries.records.records[0].answer == answer


async def test_each_document_of_a_folder_has_its_share() -> None:
    library = rules(30)
    library.add("repas.txt", "Les repas pris en mission sont remboursés sur présentation du justificatif.")
    answer = await Summaries(library).answer()
    assert {source.hit.document.path for source in answer.sources} == {"guide.txt", "repas.txt"}
    assert sum(source.hit.document.path == "guide.txt" for source in answer.sources) == MOST_SENTENCES // 2


async def test_rows_of_a_table_are_left_to_the_table() -> None:
    library = Library()
    table = "Ville | Pays | Plafond par nuit en euros\nAmsterdam | Pays-Bas | 185 euros la nuit"
    library.add("frais.txt", table, "Les plafonds valent par nuit, petit déjeuner et taxe de séjour compris.")
    assert "|" not in (await Summaries(library).answer()).text


async def test_titles_and_lead_ins_are_left_out_where_there_are_sentences() -> None:
    library = Library()
    library.add(
        "frais.txt", "Politique des frais, version 2 du service des achats\n\nSont remboursés, sur justificatif :"
    )
    library.add("repas.txt", "Les plafonds valent par nuit, petit déjeuner et taxe de séjour compris.")
    answer = await Summaries(library).answer()
    assert [claim.text for claim in answer.claims] == [
        "Les plafonds valent par nuit, petit déjeuner et taxe de séjour compris."
    ]


async def test_one_document_only() -> None:
    library = rules(3)
    other = library.add("repas.txt", "Les repas pris en mission sont remboursés sur présentation du justificatif.")
    summaries = Summaries(library)
    answer = await summaries.answer(document=other.document_id)
    assert {source.hit.document.path for source in answer.sources} == {"repas.txt"}
    assert summaries.records.records[0].scope["document"] == other.document_id


async def test_nothing_that_may_not_be_read_is_summarised() -> None:
    library = rules(2)
    library.add("secret.txt", "Le plan social concerne quarante postes au siège de Lyon.", groups=frozenset({"board"}))
    library.add("tous.txt", "Le restaurant ouvre chaque jour à midi pour tous.", groups=frozenset({"staff"}))
    scope = scope_for(groups=frozenset({"staff"}), administrator=False)
    answer = await Summaries(library).answer(scope)
    assert {source.hit.document.path for source in answer.sources} == {"tous.txt"}
    nothing = await Summaries(library).answer(scope_for(groups=frozenset({"nobody"}), administrator=False))
    assert (nothing.state, nothing.refusal_reason) == (AnswerState.REFUSED, "no_passages")


async def test_a_model_s_sentences_are_checked() -> None:
    model = ScriptedChatModel(
        pieces=["La règle 0 fixe un délai de 3 jours ouvrés [1]. ", "La règle 1 fixe 90 jours [2]."]
    )
    summaries = Summaries(rules(2), model)
    answer = await summaries.answer()
    assert [claim.verdict for claim in answer.claims] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert "90" not in answer.text
    check_quotes(answer, summaries.library)
    record = summaries.records.records[0]
    assert record.versions["prompt"]["name"] == "summary.fr.v1"


@pytest.mark.parametrize("count", [2, 60])
async def test_a_model_that_proves_nothing_gives_no_summary(count: int) -> None:
    model = ScriptedChatModel(pieces=["Les chats sont gris la nuit [1]."])
    answer = await Summaries(rules(count), model, context_tokens=1200, answer_tokens=200).answer()
    assert (answer.state, answer.refusal_reason) == (AnswerState.REFUSED, "no_supported_claim")
    assert answer.text == "Rien de ce que le modèle a écrit n’a pu être confirmé dans les documents."


class FirstPassage(ScriptedChatModel):
    """Repeats the first passage it is shown, with its number."""

    prompts: list[str]

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        prompt = str(messages[-1].content)
        self.prompts.append(prompt)
        found = re.search(r'<passage key="\[(\d+)\]"[^>]*>\n(.*)\n', prompt)
        assert found is not None
        yield ChatGenerationChunk(message=AIMessageChunk(content=f"{found[2]} [{found[1]}]"))


async def test_what_is_too_long_for_the_model_is_read_in_parts() -> None:
    model = FirstPassage(pieces=[], prompts=[])
    summaries = Summaries(rules(60), model, context_tokens=1200, answer_tokens=200)
    events = await summaries.events()
    progress = [event for event in events if isinstance(event, PassagesRead)]
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == progress[-1].total == 60
    assert len(model.prompts) == len(progress), "one prompt for each part, and the last one for all"
    sources = next(event for event in events if isinstance(event, SourcesFound)).sources
    assert len(sources) == len(progress) - 1
    assert isinstance(events[-1], AnswerDone)
    answer = events[-1].answer
    assert answer.claims[0].verdict is Verdict.SUPPORTED
    check_quotes(answer, summaries.library)


async def test_a_passage_that_does_not_fit_whole_goes_to_the_next_part() -> None:
    model = FirstPassage(pieces=[], prompts=[])
    library = rules(60)
    await Summaries(library, model, context_tokens=1200, answer_tokens=200).answer()
    shown = "\n".join(model.prompts[:-1])
    for number in range(60):
        assert f"La règle {number} fixe un délai de {number + 3} jours ouvrés.\n</passage>" in shown


async def test_a_passage_that_alone_is_too_long_is_said_to_be_cut() -> None:
    library = Library()
    library.add(
        "long.txt", " ".join(f"La règle {number} fixe un délai de {number + 3} jours." for number in range(200))
    )
    model = ScriptedChatModel(pieces=["La règle 0 fixe un délai de 3 jours [1]."])
    answer = await Summaries(library, model, context_tokens=1200, answer_tokens=200).answer()
    assert answer.state is AnswerState.ANSWERED
    assert answer.notice == "Ce résumé laisse de côté une partie de ce qui a été lu."


async def test_where_checking_is_off_no_claim_of_a_summary_is_checked() -> None:
    model = ScriptedChatModel(pieces=["La règle 1 fixe 90 jours [2]."])
    answer = await Summaries(rules(2), model, claim_check=ClaimCheck.OFF).answer()
    assert [claim.verdict for claim in answer.claims] == [Verdict.UNCHECKED]
    assert answer.text.endswith(unchecked_notice(Language.FRENCH))


async def test_what_a_model_said_before_it_failed_is_recorded() -> None:
    model = ScriptedChatModel(pieces=["La règle 0 "], error=ChatModelUnavailable())
    summaries = Summaries(rules(60), model, context_tokens=1200, answer_tokens=200)
    with pytest.raises(ChatModelUnavailable):
        await summaries.events()
    assert summaries.records.records[0].raw_model_output == "La règle 0 \n"


async def test_the_end_of_many_sentences_counts_as_much_as_the_beginning() -> None:
    library = Library()
    for name in "abcd":
        sentences = [f"Le service {name} applique la règle numéro {number} sans délai." for number in range(700)]
        library.add(f"{name}.txt", *(" ".join(sentences[start : start + 10]) for start in range(0, 700, 10)))
    answer = await Summaries(library).answer()
    assert {source.hit.document.path for source in answer.sources} == {"a.txt", "b.txt", "c.txt", "d.txt"}


async def test_what_is_left_out_is_said() -> None:
    assert (await Summaries(rules(5)).answer()).notice is None
    answer = await Summaries(rules(MOST_PASSAGES + 1)).answer()
    assert answer.notice == f"Ce résumé ne porte que sur les {MOST_PASSAGES} premiers passages."
    assert answer.notice in answer.text


async def test_a_failing_model_leaves_a_record() -> None:
    summaries = Summaries(rules(2), ScriptedChatModel(pieces=[], error=ChatModelUnavailable()))
    with pytest.raises(ChatModelUnavailable):
        await summaries.events()
    assert summaries.records.records[0].error_code == "chat_model_unavailable"


async def test_a_language_can_be_asked_for_and_a_folder() -> None:
    library = rules(2)
    library.add("en/rule.txt", "Meals taken on a mission are paid back on receipt of the bill.", language="en")
    english = await Summaries(library).answer(language=Language.ENGLISH)
    assert english.question == "Summary of Guide"
    scope = AccessScope(
        principal_id="someone",
        is_administrator=True,
        groups=frozenset(),
        corpora=frozenset({"hr"}),
        as_of=scope_for().as_of,
        only=SearchFilter(path_prefix="en/"),
    )
    folder = await Summaries(library).answer(scope)
    assert folder.language is Language.ENGLISH
    assert {source.hit.document.path for source in folder.sources} == {"en/rule.txt"}


def test_central_sentences_prefer_what_others_say_too_and_do_not_repeat() -> None:
    texts = [
        "Le préavis d'un cadre est de trois mois.",
        "Un cadre démissionnaire donne un préavis de trois mois.",
        "Le préavis d'un cadre est de trois mois.",
        "Le restaurant ferme le lundi.",
    ]
    chosen = central_sentences(texts, ["fr"] * 4, 2)
    assert chosen[0] in {0, 1, 2}
    assert not {0, 2} <= set(chosen)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12), st.integers(0, 5))
def test_central_sentences_of_anything(texts: list[str], count: int) -> None:
    chosen = central_sentences(texts, ["fr"] * len(texts), count)
    assert len(chosen) == len(set(chosen)) <= min(count, len(texts))
    assert all(0 <= place < len(texts) for place in chosen)


async def test_a_reader_that_leaves_ends_it_with_a_record() -> None:
    summaries = Summaries(rules(2), ScriptedChatModel(pieces=["La règle 0 ", "fixe un délai [1]."]))
    events = summaries.service.summarise(scope=scope_for(), name="Guide")
    async for event in events:
        if isinstance(event, SourcesFound):
            break
    await events.aclose()
    await asyncio.sleep(0)
    assert summaries.records.records[0].answer.state is AnswerState.INTERRUPTED
