"""Measures retrieval on a set with the product's own encoders, index and search."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.table import Table

from sourcier_core.access import LOCAL_ADMINISTRATOR, AccessScope, resolve_access_scope
from sourcier_core.domain.documents import Corpus, embedding_text
from sourcier_core.domain.search import IndexPoint, PassageHit
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.errors import InvalidRequest
from sourcier_core.index.edge import open_edge_index
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.ports import Embedder, PassageIndex
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.metrics import RetrievalScores, mean_scores
from sourcier_evaluation.passages import CORPUS, EvaluationPassages
from sourcier_evaluation.sets import EvaluationQuestion, EvaluationSet
from sourcier_retrieval.search import PassageSearch, SearchMode

_DOCUMENTS = 10
_PASSAGES = 30
"""Passages asked for: enough that ten documents are among them, several passages each."""
_UPSERT_BATCH = 256
_SEED = 0

Progress = Callable[[str, int, int], None]
"""Told a step in a word, how far it is and how far it goes."""


def measure_retrieval(
    data: EvaluationSet,
    embedder: Embedder,
    *,
    engine: str = "edge",
    limit_queries: int | None = None,
    progress: Progress | None = None,
) -> dict[SearchMode, RetrievalScores]:
    """Index the whole set and search for each judged question; a document's rank is that of its best passage.

    Args:
        data: the set.
        embedder: makes the dense vectors.
        engine: "edge" (Qdrant Edge in a temporary folder, searched exactly) or "memory" (slow past a few hundred).
        limit_queries: take so many judged questions, always the same ones; None takes all.
        progress: told how far it is.

    Raises:
        InvalidRequest: no question of the set has a relevant document, or the engine is unknown.
    """
    report = progress or say_nothing
    questions = choose_questions(data.judged_questions(), limit_queries)
    if not questions:
        raise InvalidRequest(f"No question of {data.name} has a relevant document: there is nothing to measure.")
    passages, sparse_encoder = EvaluationPassages(data.documents), Bm25Encoder()
    with ExitStack() as stack:
        index = open_index(engine, embedder, stack)
        fill_index(index, passages, embedder, sparse_encoder, report)
        search = PassageSearch(
            spaces=VectorSpaces(VectorSpace(embedder=embedder, index=index)),
            sparse_encoder=sparse_encoder,
            reader=passages,
        )
        scope = evaluation_scope()
        rankings: dict[SearchMode, dict[str, list[str]]] = {mode: {} for mode in SearchMode}
        for done, question in enumerate(questions, start=1):
            for mode in SearchMode:
                hits = search.search(question.text, scope=scope, limit=_PASSAGES, mode=mode)
                rankings[mode][question.id] = ranked_documents(hits)
            report("searching", done, len(questions))
    return {mode: mean_scores(found, data.judgements) for mode, found in rankings.items()}


def ranked_documents(hits: Sequence[PassageHit]) -> list[str]:
    """The first ten documents of the hits by their best passage."""
    return list(dict.fromkeys(hit.document.path for hit in hits))[:_DOCUMENTS]


def scores_table(name: str, results: Mapping[SearchMode, RetrievalScores]) -> Table:
    """A line for each mode, under the set's name."""
    table = Table("search", "recall@1", "recall@5", "recall@10", "MRR@10", "nDCG@10")
    table.title = f"{name}, {results[SearchMode.HYBRID].questions} questions"
    for mode in (SearchMode.SPARSE, SearchMode.DENSE, SearchMode.HYBRID):
        scores = results[mode]
        means = (scores.recall_at_1, scores.recall_at_5, scores.recall_at_10, scores.mrr_at_10, scores.ndcg_at_10)
        table.add_row(mode.value, *(f"{mean:.4f}" for mean in means))
    return table


def say_nothing(step: str, done: int, total: int) -> None:
    """No progress told."""


def choose_questions(questions: list[EvaluationQuestion], limit: int | None) -> list[EvaluationQuestion]:
    """All, or `limit` of them, always the same."""
    if limit is None or limit >= len(questions):
        return questions
    return Random(_SEED).sample(questions, limit)  # noqa: S311 - a sample, not a secret


def open_index(engine: str, embedder: Embedder, stack: ExitStack) -> PassageIndex:
    """An empty index that ends with `stack`. Raises InvalidRequest for an unknown engine."""
    if engine == "memory":
        return InMemoryPassageIndex(embedder.identity)
    if engine != "edge":
        raise InvalidRequest(f"There is no index engine {engine!r}: edge or memory.")
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sourcier-evaluation-"))
    index = open_edge_index(Path(folder) / "index", embedder.identity, optimize_threshold=10**9)
    stack.callback(index.close)
    return index


def fill_index(
    index: PassageIndex,
    passages: EvaluationPassages,
    embedder: Embedder,
    sparse_encoder: Bm25Encoder,
    progress: Progress,
) -> None:
    """Embed and index all passages."""
    total = len(passages.passages)
    for start in range(0, total, _UPSERT_BATCH):
        index.upsert(
            list(passage_points(passages, range(start, min(total, start + _UPSERT_BATCH)), embedder, sparse_encoder))
        )
        progress("indexing", min(total, start + _UPSERT_BATCH), total)


def passage_points(
    passages: EvaluationPassages, numbers: Sequence[int], embedder: Embedder, sparse_encoder: Bm25Encoder
) -> Iterator[IndexPoint]:
    """The points of the passages with these numbers."""
    batch = [passages.passages[number] for number in numbers]
    documents = [passages.document(passage.id) for passage in batch]
    texts = [
        embedding_text(document.title, passage.heading_path, passage.text)
        for document, passage in zip(documents, batch, strict=True)
    ]
    vectors = embedder.embed_passages(texts)
    for passage, document, text, vector in zip(batch, documents, texts, vectors, strict=True):
        yield IndexPoint(
            passage_id=passage.id,
            version_id=passage.version_id,
            document_id=document.document_id,
            corpus_id=CORPUS,
            groups=frozenset(),
            language=passage.language,
            dense=vector,
            sparse=sparse_encoder.encode_passage(text, passage.language),
            valid_from=document.valid_from,
        )


def evaluation_scope() -> AccessScope:
    """An administrator's scope over the set."""
    corpus = Corpus(id=CORPUS, title=CORPUS, groups=frozenset(), created_at=datetime.now(UTC))
    return resolve_access_scope(LOCAL_ADMINISTRATOR, corpora=[corpus])
