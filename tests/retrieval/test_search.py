"""Search: never without a scope, checked again by the authority, refilled, and no text twice."""

from dataclasses import replace
from typing import Any

import pytest
from retrieval_samples import Library, company_library, scope_for

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import ScoredPoint, SearchFilter
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_retrieval import search as search_module
from sourcier_retrieval.search import PassageSearch, SearchMode


@pytest.mark.parametrize("mode", list(SearchMode))
def test_finds_the_passage_in_every_mode(mode: SearchMode) -> None:
    hits = company_library().search.search("préavis de démission d'un cadre", scope=scope_for(), limit=3, mode=mode)
    assert hits[0].document.title == "Rupture du contrat"
    assert "trois mois" in hits[0].passage.text
    assert (hits[0].dense_score is None) == (mode is SearchMode.SPARSE)
    assert (hits[0].sparse_score is None) == (mode is SearchMode.DENSE)


@pytest.mark.parametrize("scope", [None, "hr", {"corpora": ["hr"]}])
def test_a_search_without_a_scope_is_a_mistake(scope: Any) -> None:
    search = company_library().search
    with pytest.raises(TypeError):
        search.search("préavis", scope=scope, limit=3)
    with pytest.raises(TypeError):
        search.search("préavis", limit=3)  # type: ignore[call-arg]


def test_nothing_is_found_outside_the_scope() -> None:
    library = company_library()
    library.add("secret.txt", "Le préavis secret est de neuf mois.", groups=frozenset({"direction"}))
    assert library.search.search("préavis", scope=scope_for("other"), limit=5) == []
    outsider = scope_for(administrator=False, groups=frozenset({"staff"}))
    assert library.search.search("préavis", scope=outsider, limit=5) == []
    insider = scope_for(administrator=False, groups=frozenset({"direction"}))
    assert [hit.passage.text for hit in library.search.search("préavis", scope=insider, limit=5)] == [
        "Le préavis secret est de neuf mois."
    ]


def test_empty_questions_find_nothing() -> None:
    search = company_library().search
    assert search.search("   ", scope=scope_for(), limit=5) == []
    assert search.search("préavis", scope=scope_for(), limit=0) == []


def test_hits_the_authority_drops_are_replaced_by_the_next_ones() -> None:
    library = Library()
    for number in range(120):
        library.add(f"unpublished-{number}.txt", f"Préavis préavis préavis brouillon {number}", published=False)
    for number in range(4):
        library.add(f"published-{number}.txt", f"Un texte assez long où le préavis est une fois nommé, cas {number}.")
    hits = library.search.search("préavis", scope=scope_for(), limit=4)
    assert len(hits) == 4
    assert all("cas" in hit.passage.text for hit in hits)


def test_the_same_text_is_given_once() -> None:
    library = Library()
    for number in range(3):
        library.add(f"copy-{number}.txt", "Le préavis est de trois mois.")
    library.add("other.txt", "Un autre préavis existe.")
    hits = library.search.search("préavis", scope=scope_for(), limit=10)
    assert sorted(hit.passage.text for hit in hits) == ["Le préavis est de trois mois.", "Un autre préavis existe."]


def test_withdrawn_in_between_is_not_shown() -> None:
    library = company_library()
    reference = library.search.search("préavis", scope=scope_for(), limit=1)[0].document
    library.reader.withdraw(reference.version_id)
    titles = {hit.document.title for hit in library.search.search("préavis", scope=scope_for(), limit=9)}
    assert "Rupture du contrat" not in titles


class _EndlessIndex:
    """Finds as many unreadable points as it is asked for."""

    def __init__(self) -> None:
        self.largest = 0

    def search(self, query: object, *, scope: object, limit: int) -> list[ScoredPoint]:
        self.largest = max(self.largest, limit)
        return [
            ScoredPoint(passage_id=str(number), version_id="v", score=1.0, language="fr") for number in range(limit)
        ]


def test_refilling_ends() -> None:
    library = company_library()
    index = _EndlessIndex()
    search = PassageSearch(
        spaces=VectorSpaces(VectorSpace(embedder=library.embedder, index=index)),
        sparse_encoder=library.encoder,
        reader=library.reader,
    )
    assert search.search("préavis", scope=scope_for(), limit=5) == []
    assert index.largest < 20_000


def paths(library: Library, question: str = "préavis", *, limit: int = 20, **only: Any) -> set[str]:
    scope = replace(scope_for(), only=SearchFilter(**only))
    return {hit.document.path for hit in library.search.search(question, scope=scope, limit=limit)}


def filing_cabinet() -> Library:
    """Six documents on the same matter, and two hundred better ones elsewhere."""
    library = Library()
    for number in range(3):
        library.add(f"fr/{number}.txt", f"Au cas {number}, il y a un préavis.", media_type="text/html")
        library.add(f"en/{number}.txt", f"In case {number} there is a notice (préavis).", language="en")
    for number in range(200):
        library.add(f"rest/{number}.txt", f"Préavis, préavis, préavis {number}", media_type="application/pdf")
    return library


def test_a_filter_narrows_and_finds_what_is_far_down_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    library = filing_cabinet()
    french = {f"fr/{number}.txt" for number in range(3)}
    english = {f"en/{number}.txt" for number in range(3)}
    for most in (1000, 5, 1):  # versions told to the engine, then left to the check in PostgreSQL and refilling
        monkeypatch.setattr(search_module, "_MOST_VERSIONS", most)
        assert paths(library, path_prefix="fr/") == french
        assert paths(library, media_types=frozenset({"text/html", "text/plain"})) == french | english
        assert paths(library, languages=frozenset({"en"})) == english
        assert paths(library, path_prefix="fr/", languages=frozenset({"en"})) == set()
        assert paths(library, path_prefix="fr/1", media_types=frozenset({"text/html"})) == {"fr/1.txt"}
        assert paths(library, path_prefix="nowhere/") == set()
        assert len(paths(library, path_prefix="rest/", limit=20)) == 20


def test_a_filter_never_widens_a_scope() -> None:
    library = filing_cabinet()
    library.add("fr/secret.txt", "Le préavis secret.", groups=frozenset({"board"}))
    outsider = replace(
        scope_for(administrator=False, groups=frozenset({"staff"})), only=SearchFilter(path_prefix="fr/secret")
    )
    assert library.search.search("préavis", scope=outsider, limit=5) == []


def test_few_versions_are_told_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    library = filing_cabinet()
    told: list[int | None] = []
    find = library.index.search

    def noted(query: Any, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        told.append(None if scope.only.versions is None else len(scope.only.versions))
        return find(query, scope=scope, limit=limit)

    monkeypatch.setattr(library.index, "search", noted)
    paths(library, path_prefix="fr/")
    paths(library, languages=frozenset({"fr"}))
    assert told == [3, 3, None, None], "each list is asked once: the other language is all in the first"


def test_a_passage_in_the_other_language_is_found_among_many_in_the_question_s() -> None:
    library = Library()
    for number in range(150):
        library.add(f"fr/{number}.txt", f"Le badge visiteur et la cantine, cas {number}.")
    library.add("en/badge.txt", "badge visiteur cantine", language="en")
    question = "Où rendre le badge visiteur de la cantine ?"
    wanted = library.search.search(question, scope=scope_for(), limit=10)
    assert "en/badge.txt" in {hit.document.path for hit in wanted}
    (found,) = [hit for hit in wanted if hit.document.path == "en/badge.txt"]
    cosine = library.embedder.embed_query(question) @ library.index.dense_vectors([found.passage.id])[found.passage.id]
    assert found.dense_score == pytest.approx(float(cosine), abs=1e-5), "the cosine is told as it is"


def test_the_other_language_is_not_asked_for_where_enough_of_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    for number in range(150):
        library.add(f"fr/{number}.txt", f"Le badge visiteur et la cantine, cas {number}.")
    told: list[frozenset[str]] = []
    find = library.index.search

    def noted(query: Any, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        told.append(scope.only.languages)
        return find(query, scope=scope, limit=limit)

    monkeypatch.setattr(library.index, "search", noted)
    question = "Où rendre le badge visiteur de la cantine ?"
    for number in range(12):
        library.search.search(question, scope=scope_for(), limit=10)
        assert told == [frozenset(), frozenset()] + [frozenset({"en"})] * (number < 10)
        told.clear()
        library.add(f"en/{number}.txt", f"badge visiteur cantine rendre {number}", language="en")


def test_the_other_language_is_asked_for_only_where_it_can_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    library = filing_cabinet()
    told: list[frozenset[str]] = []
    find = library.index.search

    def noted(query: Any, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        told.append(scope.only.languages)
        return find(query, scope=scope, limit=limit)

    monkeypatch.setattr(library.index, "search", noted)
    both, english = frozenset({"fr", "en"}), frozenset({"en"})
    for languages, expected in ((frozenset[str](), english), (both, english), (english, None)):
        told.clear()
        paths(library, languages=languages)
        assert told[2:] == ([] if expected is None else [expected])
