"""Measures one set with the product's own search and answers: retrieval, refusals, citations and times."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, AnswerRecord, Language
from sourcier_core.domain.identifiers import document_id, sha256_hex, version_id
from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.bm25 import Bm25Encoder, fold
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder, PassageReader
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.metrics import normalised_gain, recall_at, reciprocal_rank
from sourcier_evaluation.model_answers import AnswerWriter, WrittenAnswer
from sourcier_evaluation.passages import CORPUS, EvaluationPassages
from sourcier_evaluation.retrieval_command import (
    Progress,
    choose_questions,
    evaluation_scope,
    fill_index,
    open_index,
    ranked_documents,
)
from sourcier_evaluation.sets import EvaluationQuestion, EvaluationSet
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone
from sourcier_retrieval.reranking import Reranking
from sourcier_retrieval.search import PassageSearch, SearchMode

MEASURES: Mapping[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
    "recall@1": lambda ranking, relevant: recall_at(ranking, relevant, 1),
    "recall@5": lambda ranking, relevant: recall_at(ranking, relevant, 5),
    "recall@10": lambda ranking, relevant: recall_at(ranking, relevant, 10),
    "MRR@10": reciprocal_rank,
    "nDCG@10": normalised_gain,
}
RERANKED = "reranked"
_PASSAGES = 30
_LONGEST_SHORT_ANSWER = 200
"""Characters; a longer answer is a whole section, and no quote of a few sentences can hold it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedQuestion:
    """One question as the product answered it in quotes mode, with nothing refused for weak evidence."""

    id: str
    language: str
    has_answer: bool
    score: float
    """The product's estimate that the passages answer it; 0 without a passage."""
    cosine: float
    """The best passage's cosine: the baseline."""
    features: Mapping[str, float]
    reached: bool
    """Whether a relevant document is among the sources."""
    quotes: int
    verbatim: int
    from_relevant: int
    """Quotes from a document that is relevant."""
    holding_answer: int | None
    """Quotes that hold a known short answer; None where none is known."""
    search_ms: float
    evidence_ms: float


@dataclass(kw_only=True, slots=True)
class SetMeasurement:
    """What was measured, question by question."""

    name: str
    documents: int
    passages: int
    rankings: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])
    """Per kind of search and measure, a value for each judged question, in one order; `reranked` is hybrid, reranked,
    and not there without a reranker."""
    reranking_ms: list[float] = field(default_factory=list[float])
    """Reranking alone."""
    search_ms: list[float] = field(default_factory=list[float])
    """Hybrid search and the check of access, without embedding the question."""
    query_ms: list[float] = field(default_factory=list[float])
    """Embedding a question."""
    asked: list[AskedQuestion] = field(default_factory=list[AskedQuestion])
    written: list[WrittenAnswer] = field(default_factory=list[WrittenAnswer])
    """What the language model did with some of them, where one was asked."""


def measure_set(
    data: EvaluationSet,
    embedder: Embedder,
    *,
    engine: str = "edge",
    limit: int | None = None,
    progress: Progress,
    timed_embedder: Embedder | None = None,
    reranking: Reranking | None = None,
    writer: AnswerWriter | None = None,
) -> SetMeasurement:
    """Search for each judged question; then leave out the held-out documents and ask.

    Args:
        data: the set.
        embedder: makes the vectors; it may remember them.
        engine: "edge" or "memory".
        limit: at most so many judged questions, and so many of those with and of those without an answer.
        progress: told how far it is.
        timed_embedder: embeds some questions again for their time; None: no times.
        reranking: reranks the hybrid search, which is measured without it too, and the answers; None: nothing does.
        writer: asks a language model the first of the questions too; None: none is asked.

    Raises:
        InvalidRequest: the set has no question with a relevant document.
    """
    judged = choose_questions(data.judged_questions(), limit)
    if not judged:
        raise InvalidRequest(f"No question of {data.name} has a relevant document: there is nothing to measure.")
    passages = EvaluationPassages(data.documents)
    found = SetMeasurement(name=data.name, documents=len(data.documents), passages=len(passages.passages))
    with ExitStack() as stack:
        index = open_index(engine, embedder, stack)
        fill_index(index, passages, embedder, Bm25Encoder(), progress)
        spaces = VectorSpaces(VectorSpace(embedder=embedder, index=index))
        search = PassageSearch(spaces=spaces, sparse_encoder=Bm25Encoder(), reader=passages)
        _rank(search, judged, data, found, progress, reranking)
        for held_out in sorted(data.held_out_documents):
            index.delete_version(_version_of(data, held_out))
        asking = PassageSearch(spaces=spaces, sparse_encoder=Bm25Encoder(), reader=passages, reranking=reranking)
        asked = [*_answerable(data, limit), *_unanswerable(data, limit)]
        for done, question in enumerate(asked, start=1):
            found.asked.append(_ask(asking, passages, question, data))
            progress("asking", done, len(asked))
        if writer is not None:
            chosen = _answerable(data, limit)[: writer.limit], _unanswerable(data, limit)[: writer.limit]
            wanted = [(one, kind == 0) for kind, some in enumerate(chosen) for one in some]
            found.written = writer.write(wanted, data, search=asking, reader=passages, progress=progress)
    if timed_embedder is not None:
        found.query_ms = [_milliseconds(timed_embedder.embed_query, question.text) for question in judged[:50]]
    return found


def _version_of(data: EvaluationSet, document: str) -> str:
    text = next(item.text for item in data.documents if item.id == document)
    return version_id(document_id(CORPUS, "set", document), 1, sha256_hex(text.encode("utf-8", "replace")))


def has_answer(data: EvaluationSet, question: EvaluationQuestion) -> bool:
    """Whether the set holds an answer once its held-out documents are left out."""
    return question.answerable and question.id not in data.held_out_questions


def _answerable(data: EvaluationSet, limit: int | None) -> list[EvaluationQuestion]:
    kept = data.held_out_documents
    wanted = [one for one in data.judged_questions() if has_answer(data, one)]
    return choose_questions([one for one in wanted if data.judgements[one.id].keys() - kept], limit)


def _unanswerable(data: EvaluationSet, limit: int | None) -> list[EvaluationQuestion]:
    return choose_questions([one for one in data.questions if not has_answer(data, one)], limit)


def _rank(
    search: PassageSearch,
    judged: Sequence[EvaluationQuestion],
    data: EvaluationSet,
    found: SetMeasurement,
    progress: Progress,
    reranking: Reranking | None,
) -> None:
    scope = evaluation_scope()
    kinds = [*(mode.value for mode in SearchMode), *([] if reranking is None else [RERANKED])]
    found.rankings = {kind: {name: [] for name in MEASURES} for kind in kinds}
    for done, question in enumerate(judged, start=1):
        search.embedder.embed_query(question.text)  # remembered, so that the search alone is timed
        for mode in SearchMode:
            started = time.perf_counter()
            hits = search.search(question.text, scope=scope, limit=_PASSAGES, mode=mode)
            if mode is SearchMode.HYBRID:
                found.search_ms.append((time.perf_counter() - started) * 1000)
            _note(found, mode.value, hits, data.judgements[question.id])
            if mode is SearchMode.HYBRID and reranking is not None:
                started = time.perf_counter()
                hits, _ = reranking.reorder(question.text, hits)
                found.reranking_ms.append((time.perf_counter() - started) * 1000)
                _note(found, RERANKED, hits, data.judgements[question.id])
        progress("searching", done, len(judged))


def _note(found: SetMeasurement, kind: str, hits: Sequence[PassageHit], relevant: Mapping[str, int]) -> None:
    ranking = ranked_documents(hits)
    for name, measure in MEASURES.items():
        found.rankings[kind][name].append(measure(ranking, relevant))


def _ask(
    search: PassageSearch, reader: PassageReader, question: EvaluationQuestion, data: EvaluationSet
) -> AskedQuestion:
    recorder = InMemoryAnswers()
    service = AnswerService(
        search=search,
        reader=reader,
        recorder=recorder,
        chat_model=None,
        options=AnswerOptions(refusal_threshold=0.0),
    )
    language = Language.ENGLISH if question.language == "en" else Language.FRENCH
    answer = asyncio.run(_answer(service, question.text, language))
    return _asked(question, answer, recorder.records[-1], data, reader)


async def _answer(service: AnswerService, question: str, language: Language) -> Answer:
    done: Answer | None = None
    async for event in service.answer(question, scope=evaluation_scope(), language=language):
        if isinstance(event, AnswerDone):
            done = event.answer
    if done is None:
        raise InvalidRequest("An answer ended without its last part.")
    return done


def _asked(
    question: EvaluationQuestion, answer: Answer, record: AnswerRecord, data: EvaluationSet, reader: PassageReader
) -> AskedQuestion:
    quotes = [
        (claim.text, citation.quote, answer.sources[citation.source_number - 1].hit.document.path)
        for claim in answer.claims
        for citation in claim.citations
        if citation.quote is not None and citation.source_number is not None
    ]
    relevant = data.judgements.get(question.id, {})
    short = _short_answers(data.answers.get(question.id, {}))
    return AskedQuestion(
        id=question.id,
        language=answer.language.value,
        has_answer=has_answer(data, question),
        score=answer.answerability or 0.0,
        cosine=max((source.hit.dense_score or 0.0 for source in answer.sources), default=0.0),
        features=record.versions["answerability_features"],
        reached=any(source.hit.document.path in relevant for source in answer.sources),
        quotes=len(quotes),
        verbatim=sum(text == reader.read_text(quote.version_id, quote.start, quote.end) for text, quote, _ in quotes),
        from_relevant=sum(path in relevant for _, _, path in quotes),
        holding_answer=sum(any(one in _plain(text) for one in short) for text, _, _ in quotes) if short else None,
        search_ms=record.timings_ms["search"],
        evidence_ms=record.timings_ms["sources"] - record.timings_ms["search"],
    )


def _short_answers(known: Mapping[str, Any]) -> list[str]:
    answers: list[str] = list(known.get("answers") or [])
    return [_plain(answer) for answer in answers if answer.strip() and len(answer) <= _LONGEST_SHORT_ANSWER]


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _milliseconds(work: Callable[[str], Any], text: str) -> float:
    started = time.perf_counter()
    work(text)
    return (time.perf_counter() - started) * 1000


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest, in milliseconds; empty for none."""
    if not milliseconds:
        return {}
    middle, high, most = np.quantile(np.asarray(milliseconds), [0.5, 0.95, 1.0]).tolist()
    return {"p50": round(middle, 2), "p95": round(high, 2), "max": round(most, 2)}
