"""The example corpus, and on the real embedder what was promised about its questions."""

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from application.live_application import borrowed, open_test_engines
from quality_slice import BASELINE, HERE, MARGIN, measure_slice, read_baseline, regressions
from sourcier_api.application import Services, make_services, worker_inside
from sourcier_core.access import LOCAL_ADMINISTRATOR, AccessScope, resolve_access_scope
from sourcier_core.db import corpora, loads
from sourcier_core.db.database import Database
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.reranking.opening import open_reranker
from sourcier_core.settings import Settings, default_model_folder
from sourcier_evaluation.examples_command import ask_all, read_questions, summarise
from sourcier_ingest.loading import LoadOptions, request_load

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
QUESTIONS = read_questions(EXAMPLES / "questions.jsonl")
MODEL = default_model_folder(Settings())
TESSDATA = Path("/usr/share/tesseract-ocr/5/tessdata/fra.traineddata")


def test_there_are_thirty_questions_about_documents_that_exist() -> None:
    answerable = [question for question in QUESTIONS if question["answerable"]]
    assert (len(answerable), len(QUESTIONS)) == (20, 30)
    for question in answerable:
        assert all((EXAMPLES / "documents" / path).is_file() for path in question["expected_documents"])
    suffixes = {path.suffix for path in (EXAMPLES / "documents").rglob("*") if path.is_file()}
    assert suffixes == {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".md", ".txt", ".eml"}


@pytest.fixture
def example_services(database: Database, tmp_path: Path) -> Iterator[Services]:
    """The example documents, loaded and embedded by the default model."""
    if not (MODEL / "model.onnx").is_file():
        pytest.skip("no embedding model: sourcier setup")
    if not TESSDATA.is_file():
        pytest.skip("no French text recognition: apt-get install tesseract-ocr-fra")
    embedder = OnnxEmbedder.open(MODEL)
    engines = open_test_engines(
        tmp_path / "data",
        database=borrowed(database),
        embedder=embedder,
        reranker=open_reranker(Settings(reranker_url=None, reranker_model=None, reranker_timeout_s=60), embedder),
        refusal_threshold=Settings().refusal_threshold,
    )
    services = make_services(engines)
    with engines.database.transaction() as connection:
        corpora.create_corpus(
            connection, corpus_id="examples", title="Examples", groups=frozenset(), now=datetime.now(UTC)
        )
    asyncio.run(_load(services))
    yield services
    asyncio.run(services.aclose())


async def _load(services: Services) -> None:
    database, folder = services.engines.database, EXAMPLES / "documents"
    async with worker_inside(services):
        found = request_load(
            database, corpus_id="examples", source="examples", options=LoadOptions(folder=str(folder))
        )
        while True:
            with database.transaction() as connection:
                if loads.get_load(connection, found.id).state in loads.FINAL_LOAD_STATES:
                    return
            await asyncio.sleep(0.1)


def _scope(services: Services) -> AccessScope:
    with services.engines.database.transaction() as connection:
        return resolve_access_scope(LOCAL_ADMINISTRATOR, corpora=corpora.list_corpora(connection))


def test_the_promises_are_kept_and_the_quality_slice_is_not_worse_than_its_baseline(
    example_services: Services,
) -> None:
    services, scope = example_services, _scope(example_services)
    questions = [*QUESTIONS, *read_questions(HERE / "other_language_questions.jsonl")]
    outcomes = ask_all(questions, services.answers, services.reader, scope)
    counts = summarise(outcomes[: len(QUESTIONS)])
    assert counts["all_quotes_verbatim"] == 30
    assert counts["right_document_in_first_three"] >= 18, counts
    assert counts["answerable_refused"] <= 2, counts
    assert counts["unanswerable_refused"] >= 6, counts

    answers = {outcome.question["text"]: outcome.answer for outcome in outcomes}
    found = measure_slice(questions, services.search, scope, answers.__getitem__)
    if os.environ.get("SOURCIER_TEST_NEW_BASELINE"):
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    worse = regressions(found, read_baseline())
    assert not worse, "\n".join(["The quality slice got worse:", *worse])


def test_a_regression_is_named() -> None:
    baseline = read_baseline()
    assert regressions(baseline, baseline) == []
    worse = regressions({**baseline, "same.hybrid.recall_at_1": 0.2}, baseline)
    assert [line.split(", ")[0] for line in worse] == ["same.hybrid.recall_at_1: 0.200"]
    assert len(regressions({}, baseline)) == sum(value > MARGIN for value in baseline.values())
