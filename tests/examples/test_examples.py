"""The example corpus, and on the real embedder what was promised about its questions."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from application.live_application import borrowed, open_test_engines
from sourcier_api.application import make_services, worker_inside
from sourcier_core.access import LOCAL_ADMINISTRATOR, resolve_access_scope
from sourcier_core.db import corpora, loads
from sourcier_core.db.database import Database
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
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


@pytest.mark.skipif(not (MODEL / "model.onnx").is_file(), reason="no embedding model: sourcier setup")
@pytest.mark.skipif(not TESSDATA.is_file(), reason="no French text recognition: apt-get install tesseract-ocr-fra")
def test_the_promises_about_the_example_questions(database: Database, tmp_path: Path) -> None:
    engines = open_test_engines(
        tmp_path / "data",
        database=borrowed(database),
        embedder=OnnxEmbedder.open(MODEL),
        refusal_threshold=Settings().refusal_threshold,
    )
    services = make_services(engines)
    folder = EXAMPLES / "documents"

    async def load() -> None:
        async with worker_inside(services):
            found = request_load(
                engines.database, corpus_id="examples", source="examples", options=LoadOptions(folder=str(folder))
            )
            while True:
                with engines.database.transaction() as connection:
                    if loads.get_load(connection, found.id).state in loads.FINAL_LOAD_STATES:
                        return
                await asyncio.sleep(0.1)

    with engines.database.transaction() as connection:
        corpora.create_corpus(
            connection, corpus_id="examples", title="Examples", groups=frozenset(), now=datetime.now(UTC)
        )
        scope_corpora = corpora.list_corpora(connection)
    asyncio.run(load())
    scope = resolve_access_scope(LOCAL_ADMINISTRATOR, corpora=scope_corpora)
    counts = summarise(ask_all(QUESTIONS, services.answers, services.reader, scope))
    asyncio.run(services.aclose())
    assert counts["all_quotes_verbatim"] == 30
    assert counts["right_document_in_first_three"] >= 18, counts
    assert counts["answerable_refused"] <= 2, counts
    assert counts["unanswerable_refused"] >= 6, counts
