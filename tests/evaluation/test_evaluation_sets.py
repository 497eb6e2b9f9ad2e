import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.made_up_set import write_set
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import load_searched, load_set, with_copies_joined


@pytest.mark.parametrize("compressed", [True, False])
def test_a_set_is_read_whole(tmp_path: Path, compressed: bool) -> None:
    data = load_set(write_set(tmp_path / "tiny", compressed=compressed))
    assert data.name == "tiny"
    assert [document.id for document in data.documents] == ["leave", "remote", "badge", "travel"]
    assert [document.language for document in data.documents] == ["fr", "fr", "fr", "en"]
    assert [question.id for question in data.questions if not question.answerable] == ["q5"]
    assert [question.id for question in data.judged_questions()] == ["q1", "q2", "q3", "q4"]
    assert data.judgements["q4"] == {"travel": 2}
    assert data.answers["q1"]["answers"] == ["deux jours et demi"]
    assert data.held_out_documents == {"badge"}
    assert data.held_out_questions == {"q3"}


def test_documents_of_the_same_words_are_one(tmp_path: Path) -> None:
    data = load_set(write_set(tmp_path / "tiny"))
    known = {document.id: document for document in data.documents}
    copies = tuple(
        replace(known[original], id=name)
        for name, original in (("leave-2", "leave"), ("badge-2", "badge"), ("badge-3", "badge"))
    )
    others = (
        replace(known["leave"], id="trade", title="Another trade"),
        replace(known["leave"], id="en", language="en"),
    )
    told = replace(
        data,
        documents=data.documents + copies + others,
        judgements={**data.judgements, "q1": {"leave-2": 2, "leave": 1, "travel": 1}, "q3": {"badge-3": 1}},
        held_out_documents=frozenset({"badge-2"}),
    )
    joined = with_copies_joined(told)
    assert [document.id for document in joined.documents] == ["leave", "remote", "badge", "travel", "trade", "en"]
    assert joined.judgements["q1"] == {"leave": 2, "travel": 1}
    assert joined.judgements["q3"] == {"badge": 1}
    assert joined.held_out_documents == {"badge"}, "else the question it answers would still have its words"
    assert with_copies_joined(joined) == joined
    assert with_copies_joined(data) == data


def test_a_set_is_searched_without_its_copies(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "tiny")
    corpus = folder / "corpus.jsonl.gz"
    lines = gzip.decompress(corpus.read_bytes()).decode()
    corpus.write_bytes(gzip.compress((lines + lines.splitlines()[0].replace('"leave"', '"leave-2"') + "\n").encode()))
    assert len(load_set(folder).documents) == 5
    assert [document.id for document in load_searched(folder)[0].documents] == ["leave", "remote", "badge", "travel"]


def test_only_corpus_and_queries_must_be_there(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "tiny")
    for name in ("qrels.tsv", "answers.jsonl.gz", "holdout_docs.txt", "holdout_queries.txt"):
        (folder / name).unlink()
    data = load_set(folder)
    assert data.judged_questions() == []
    assert data.held_out_documents == frozenset()


def test_a_folder_without_a_set(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"queries\.jsonl"):
        load_set(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("queries.jsonl", '{"id": "q1", "text": "a"}\n{"id": \n', r"queries\.jsonl:2 is not JSON"),
        ("queries.jsonl", "[1]\n", r"queries\.jsonl:1 is not a JSON object"),
        ("queries.jsonl", '{"id": "q1"}\n', r"queries\.jsonl:1 has no text 'text'"),
        ("qrels.tsv", "q1\tleave\t1\nq1 leave 1\n", r"qrels\.tsv:2 is not question"),
        ("qrels.tsv", "q1\tnowhere\t1\n", "'nowhere', which is not in the corpus"),
        ("corpus.jsonl.gz", "not compressed", r"corpus\.jsonl\.gz cannot be read"),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, file: str, content: str, message: str) -> None:
    folder = write_set(tmp_path / "tiny")
    (folder / file).write_text(content)
    with pytest.raises(InvalidRequest, match=message):
        load_set(folder)
