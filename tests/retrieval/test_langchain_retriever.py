"""LangChain's retriever in process: exact passages, traceable, and never one the scope may not read."""

import pytest
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from retrieval_samples import NOW, Library, company_library, scope_for

from sourcier_core.access import AccessScope
from sourcier_core.domain.documents import Passage
from sourcier_retrieval.langchain_retriever import SourcierRetriever
from sourcier_retrieval.search import SearchMode

QUESTION = "Combien de jours de télétravail par semaine ?"


def retriever(library: Library, scope: AccessScope | None = None, **options: object) -> SourcierRetriever:
    return SourcierRetriever.in_process(library.search, lambda: scope or scope_for(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", list(SearchMode))
def test_a_document_is_the_exact_passage_and_can_be_traced(mode: SearchMode) -> None:
    library = company_library()
    found = retriever(library, mode=mode).invoke(QUESTION)[0]
    metadata = found.metadata
    assert found.page_content.startswith("Le télétravail est ouvert deux jours par semaine.")
    assert found.page_content == library.reader.read_text(metadata["version_id"], metadata["start"], metadata["end"])
    assert found.id == metadata["passage_id"]
    passage, document = library.reader.read_readable([metadata["passage_id"]], scope_for())[metadata["passage_id"]]
    assert isinstance(passage, Passage)
    assert metadata == {
        "title": "Charte de télétravail",
        "path": "teletravail.txt",
        "corpus": "hr",
        "document_id": document.document_id,
        "version_id": document.version_id,
        "passage_id": passage.id,
        "start": 0,
        "end": len(passage.text),
        "first_page": 1,
        "last_page": 1,
        "language": "fr",
        "valid_from": "2026-01-01T00:00:00+00:00",
        "score": metadata["score"],
    }
    assert metadata["score"] > 0


def test_best_first_and_no_more_than_the_limit() -> None:
    found = retriever(company_library(), limit=2).invoke("préavis de démission d'un cadre")
    assert found[0].metadata["title"] == "Rupture du contrat"
    assert len(found) == 2
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)


def test_two_people_find_each_only_what_they_may_read() -> None:
    library = Library()
    library.add("open.txt", "Le préavis commun est d'un mois.", groups=frozenset({"staff", "board"}))
    library.add("secret.txt", "Le préavis secret du directeur est de neuf mois.", groups=frozenset({"board"}))
    library.add("other.txt", "Le préavis secret d'ailleurs.", corpus="other", groups=frozenset({"staff", "board"}))
    paths = {
        group: {
            document.metadata["path"]
            for document in retriever(library, scope_for(administrator=False, groups=frozenset({group}))).invoke(
                "préavis secret du directeur"
            )
        }
        for group in ("staff", "board", "nobody")
    }
    assert paths == {"staff": {"open.txt"}, "board": {"open.txt", "secret.txt"}, "nobody": set()}


def test_the_scope_is_asked_at_every_question() -> None:
    library = Library()
    library.add("secret.txt", "Le préavis secret est de neuf mois.", groups=frozenset({"board"}))
    groups = [frozenset({"board"}), frozenset({"staff"})]
    changing = SourcierRetriever.in_process(
        library.search, lambda: scope_for(administrator=False, groups=groups.pop(0))
    )
    assert len(changing.invoke("préavis")) == 1
    assert changing.invoke("préavis") == []


def test_what_is_withdrawn_or_not_yet_published_is_not_found() -> None:
    library = company_library()
    library.add("draft.txt", "Brouillon : le télétravail passe à quatre jours par semaine.", published=False)
    found = retriever(library).invoke(QUESTION)
    assert "draft.txt" not in {document.metadata["path"] for document in found}
    library.reader.withdraw(found[0].metadata["version_id"])
    assert "teletravail.txt" not in {document.metadata["path"] for document in retriever(library).invoke(QUESTION)}
    past = AccessScope(
        principal_id="anne",
        is_administrator=True,
        groups=frozenset(),
        corpora=frozenset({"hr"}),
        as_of=NOW.replace(year=2025),
    )
    assert retriever(library, past).invoke(QUESTION) == []


async def test_it_stands_in_a_chain_and_answers_asynchronously() -> None:
    def joined(documents: list[Document]) -> str:
        return "\n".join(document.page_content for document in documents)

    chain = (
        {"context": retriever(company_library(), limit=1) | joined, "question": RunnablePassthrough()}
        | ChatPromptTemplate.from_template("{context}\n{question}")
        | RunnableLambda(lambda prompt: prompt.to_string())
    )
    said = await chain.ainvoke(QUESTION)
    assert "deux jours par semaine" in said
    assert QUESTION in said
