"""Reranking: only what the asker may read, within its limits, without disturbing what was fitted on the first order."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retrieval_samples import Library, company_library, make_hit, scope_for

from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import AnswerRecord
from sourcier_core.errors import RerankingFailed
from sourcier_core.reranking.words import WordReranker
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.reranking import Reranking
from sourcier_retrieval.search import PassageSearch, SearchMode


@dataclass
class ScriptedReranker:
    """Scores by a rule, fails on demand, reads at most `at_most` texts, and keeps what it was shown."""

    rule: Any = len
    weight: float = 1.0
    at_most: int = 1000
    failure: str | None = None
    shown: list[list[str]] = field(default_factory=list)
    name: str = "scripted"

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> Any:
        self.shown.append(list(texts))
        if self.failure is not None:
            raise RerankingFailed(self.failure)
        return np.array([self.rule(text) for text in texts[: self.at_most]], np.float32)

    def close(self) -> None:
        """Nothing to release."""


def reranked(library: Library, reranker: Any, *, candidates: int = 10, **options: Any) -> PassageSearch:
    return PassageSearch(
        spaces=library.search._spaces,
        sparse_encoder=library.encoder,
        reader=library.reader,
        reranking=Reranking(reranker, candidates=candidates, timeout_s=1.0, **options),
    )


def numbered(count: int) -> Library:
    """Passages of which each holds the word once more than the next: the first search's order is their number's."""
    library = Library()
    for number in range(count):
        library.add(f"{number}.txt", f"Cas {number} : " + "préavis " * (count - number), title="Guide")
    return library


def paths(hits: Sequence[Any]) -> list[str]:
    return [hit.document.path for hit in hits]


def test_no_text_reaches_the_reranker_that_the_asker_may_not_read() -> None:
    library = company_library()
    library.add("secret.txt", "Le préavis secret est de neuf mois.", groups=frozenset({"board"}))
    library.add("elsewhere.txt", "Le préavis ailleurs.", corpus="other")
    library.add("draft.txt", "Le préavis en brouillon.", published=False)
    withdrawn = library.add("withdrawn.txt", "Le préavis retiré.")
    library.reader.withdraw(withdrawn.version_id)
    reranker = ScriptedReranker()
    search = reranked(library, reranker, candidates=100)
    outsider = scope_for(administrator=False, groups=frozenset({"staff"}))
    insider = scope_for(administrator=False, groups=frozenset({"board"}))
    assert search.search("préavis", scope=outsider, limit=5) == []
    assert reranker.shown == []
    search.search("préavis", scope=scope_for(), limit=5)
    search.find("préavis", scope=insider, limit=5)
    shown = " ".join(text for texts in reranker.shown for text in texts)
    assert "trois mois" in shown
    assert not [word for word in ("ailleurs", "brouillon", "retiré") if word in shown]


def test_the_stated_number_of_candidates_is_put_in_order_and_the_rest_keeps_its_own() -> None:
    library = numbered(12)
    before = paths(library.search.search("préavis", scope=scope_for(), limit=12))
    reranker = ScriptedReranker(rule=lambda text: -len(text))
    search = reranked(library, reranker, candidates=5)
    hits = search.search("préavis", scope=scope_for(), limit=12)
    lengths = [len(hit.passage.text) for hit in hits[:5]]
    assert lengths == sorted(lengths)
    assert sorted(paths(hits[:5])) == sorted(before[:5])
    assert paths(hits[5:]) == before[5:]
    assert [len(texts) for texts in reranker.shown] == [5]
    assert all(text.startswith("Guide") for text in reranker.shown[0]), "the title is read too"
    assert paths(search.search("préavis", scope=scope_for(), limit=1)) == paths(hits[:1])


def test_what_was_not_read_in_time_keeps_its_order() -> None:
    library = numbered(8)
    before = paths(library.search.search("préavis", scope=scope_for(), limit=8))
    search = reranked(library, ScriptedReranker(rule=lambda text: -len(text), at_most=3))
    found = search.find("préavis", scope=scope_for(), limit=8)
    assert sorted(paths(found.hits[:3])) == sorted(before[:3])
    assert paths(found.hits[3:]) == before[3:]
    assert found.reranking is not None
    assert (found.reranking.read, found.reranking.candidates, found.reranking.error) == (3, 8, None)


@pytest.mark.parametrize("mode", [SearchMode.DENSE, SearchMode.SPARSE])
def test_a_single_list_stays_as_its_engine_gives_it(mode: SearchMode) -> None:
    library, reranker = numbered(5), ScriptedReranker()
    search = reranked(library, reranker)
    wanted = library.search.search("préavis", scope=scope_for(), limit=5, mode=mode)
    assert search.search("préavis", scope=scope_for(), limit=5, mode=mode) == wanted
    assert reranker.shown == []


def test_a_failing_reranker_leaves_the_first_order_and_is_left_alone_for_a_while() -> None:
    library, now = numbered(5), [0.0]
    reranker = ScriptedReranker(failure="the server is away")
    search = reranked(library, reranker, clock=lambda: now[0])
    wanted = library.search.search("préavis", scope=scope_for(), limit=5)
    for now[0] in (0.0, 1.0, 29.0):
        found = search.find("préavis", scope=scope_for(), limit=5)
        assert found.hits == wanted
        assert found.reranking is not None
        assert (found.reranking.error, found.reranking.read) == ("reranking_failed", 0)
    assert len(reranker.shown) == 1
    assert search.reranking is not None
    assert search.reranking.failure == "the server is away"
    reranker.failure, now[0] = None, 31.0
    assert search.pinned().search("préavis", scope=scope_for(), limit=5) != []
    assert search.reranking.failure is None
    assert len(reranker.shown) == 2


def test_the_same_text_is_still_given_once() -> None:
    library = Library()
    for number in range(3):
        library.add(f"copy-{number}.txt", "Le préavis est de trois mois.")
    library.add("other.txt", "Un autre préavis existe.")
    hits = reranked(library, WordReranker()).search("préavis", scope=scope_for(), limit=10)
    assert len(hits) == 2


SCORES = st.lists(st.floats(-1e6, 1e6, width=32), min_size=0, max_size=12)


@settings(max_examples=60, deadline=None)
@given(SCORES, st.floats(0, 1), st.integers(1, 15))
def test_reordering_loses_nothing_and_scores_fall(scores: list[float], weight: float, candidates: int) -> None:
    hits = [make_hit(f"text {number}", number=number) for number in range(1, 13)]
    reranker = ScriptedReranker(weight=weight)
    reranker.score = lambda query, texts, timeout_s: np.array(scores[: len(texts)], np.float32)  # type: ignore[method-assign]
    found, outcome = Reranking(reranker, candidates=candidates, timeout_s=1.0).reorder("question", hits)
    assert {hit.passage.id for hit in found} == {hit.passage.id for hit in hits}
    assert len(found) == len(hits)
    assert all(first.score >= second.score - 1e-9 for first, second in itertools.pairwise(found))
    assert all((hit.dense_score, hit.sparse_score) == (0.9, 5.0) for hit in found)
    read = outcome.read
    assert found[read:] == hits[read:]
    if weight == 0.0:
        assert [hit.passage.id for hit in found] == [hit.passage.id for hit in hits]


async def _answered(search: PassageSearch, library: Library, question: str) -> AnswerRecord:
    recorder = InMemoryAnswers()
    service = AnswerService(
        search=search, reader=library.reader, recorder=recorder, chat_model=None, options=AnswerOptions(sources=3)
    )
    async for _ in service.answer(question, scope=scope_for()):
        pass
    return recorder.records[-1]


QUESTION = "Quel est le préavis de démission d'un cadre ?"


def test_the_answerability_is_the_same_in_any_order() -> None:
    library = company_library()
    for number in range(9):
        library.add(f"more-{number}.txt", f"Au cas {number} le préavis est de {number} mois." + " Suite." * number)
    plain = asyncio.run(_answered(library.search, library, QUESTION))
    turned = asyncio.run(_answered(reranked(library, ScriptedReranker(), candidates=10), library, QUESTION))
    wide = asyncio.run(_answered(reranked(library, ScriptedReranker(), candidates=50), library, QUESTION))
    assert plain.answer.sources != turned.answer.sources
    for other in (turned, wide):
        assert plain.answer.answerability == other.answer.answerability
        assert plain.answer.missing_terms == other.answer.missing_terms
        assert plain.versions["answerability_features"] == other.versions["answerability_features"]
        assert all(source.quote.text in source.hit.passage.text for source in other.answer.sources)


def test_the_record_says_what_reranked_and_whether_it_failed() -> None:
    library = company_library()
    assert asyncio.run(_answered(library.search, library, QUESTION)).versions["reranking"] is None
    record = asyncio.run(_answered(reranked(library, ScriptedReranker()), library, QUESTION))
    assert record.versions["reranking"] == {"reranker": "scripted", "candidates": 4, "read": 4, "error": None}
    failed = asyncio.run(_answered(reranked(library, ScriptedReranker(failure="no")), library, QUESTION))
    assert failed.versions["reranking"] == {
        "reranker": "scripted",
        "candidates": 4,
        "read": 0,
        "error": "reranking_failed",
    }
    assert failed.answer.state == record.answer.state
