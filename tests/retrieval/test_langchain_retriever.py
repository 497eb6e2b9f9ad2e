"""The LangChain retriever gives exact passages, and to nobody what they may not read."""

import asyncio

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from retrieval_samples import Library, company_library, scope_for

from sourcier_retrieval.langchain_retriever import SourcierRetriever

STAFF, BOARD = frozenset({"staff"}), frozenset({"board"})


def test_passages_are_exact_and_can_be_traced() -> None:
    library = company_library()
    retriever = SourcierRetriever(search=library.search, scope_of_caller=scope_for, limit=2)
    found = retriever.invoke("préavis de démission")
    assert len(found) == 2
    best = found[0]
    assert best.metadata["title"] == "Rupture du contrat"
    version, start, end = (best.metadata[name] for name in ("version_id", "start", "end"))
    assert library.reader.read_text(version, start, end) == best.page_content
    assert best.id == best.metadata["passage_id"]
    assert found == asyncio.run(retriever.ainvoke("préavis de démission"))


def test_what_the_caller_may_not_read_is_not_retrieved() -> None:
    library = Library()
    library.add("pay.txt", "Le salaire du directeur est de 9 000 euros.", groups=BOARD)
    library.add("food.txt", "Le salaire ne comprend pas la cantine.", groups=STAFF)
    groups = STAFF
    retriever = SourcierRetriever(
        search=library.search, scope_of_caller=lambda: scope_for(groups=groups, administrator=False)
    )
    assert [document.metadata["path"] for document in retriever.invoke("salaire du directeur")] == ["food.txt"]
    groups = BOARD  # asked again at every search
    assert [document.metadata["path"] for document in retriever.invoke("salaire du directeur")] == ["pay.txt"]


def test_it_is_a_link_of_a_chain() -> None:
    def titles(documents: list[Document]) -> str:
        return ", ".join(dict.fromkeys(document.metadata["title"] for document in documents))

    retriever = SourcierRetriever(search=company_library().search, scope_of_caller=scope_for, limit=1)
    assert (retriever | RunnableLambda(titles)).invoke("télétravail") == "Charte de télétravail"
