"""How much of an answer is read: documents joined, answers found in them, arrangements by hand, and a small run."""

import json
from pathlib import Path
from typing import Any

import pytest

from sourcier_core.domain.documents import Passage
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.context_command import (
    ARRANGEMENTS,
    PLAIN,
    capped,
    context_report,
    cut_paragraphs,
    join_documents,
    measure_context,
    with_neighbours,
)
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.retrieval_command import say_nothing
from sourcier_evaluation.sets import EvaluationDocument, load_set
from sourcier_ingest.chunking import DEFAULT_SIZES, PassageSizes

BRIDGE = "The bridge over the Doron was opened in 1987 by the mayor."
PARK = "The park has two hundred trees, most of them limes."
TOWER = "The tower is closed in winter."
SMALL = PassageSizes(most=80, full_after=60, combine_under=20)


def write(folder: Path, name: str, *lines: dict[str, Any]) -> None:
    (folder / name).write_text("\n".join(json.dumps(line) for line in lines), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = [("d1", "Valmorel — sights", BRIDGE), ("d2", "Valmorel — gardens", PARK), ("d3", "Moûtiers", TOWER)]
    write(tmp_path, "corpus.jsonl", *({"id": key, "title": title, "text": text} for key, title, text in documents))
    questions = [
        ("q1", "When was the bridge opened?"),
        ("q2", "How many trees are there?"),
        ("q3", "Is the tower open?"),
    ]
    write(tmp_path, "queries.jsonl", *({"id": key, "text": text, "lang": "en"} for key, text in questions))
    write(
        tmp_path,
        "answers.jsonl",
        {"query_id": "q1", "doc_id": "d1", "answers": ["1987"], "answer_starts": [BRIDGE.index("1987")]},
        {"query_id": "q2", "doc_id": "d2", "answers": ["another text"], "answer_starts": [3]},
        {"query_id": "q3", "doc_id": "d3", "answers": [TOWER]},
    )
    (tmp_path / "qrels.tsv").write_text("q1\td1\t1\nq2\td2\t1\nq3\td3\t1\n", "utf-8")
    return tmp_path


def test_documents_of_one_title_are_joined_and_answers_found_in_them(folder: Path) -> None:
    found = join_documents(load_set(folder))
    assert [(one.title, one.text) for one in found.documents] == [
        ("Valmorel", f"{BRIDGE}\n\n{PARK}"),
        ("Moûtiers", TOWER),
    ]
    by_id = {one.id: one.text for one in found.documents}
    places = {one.question.id: by_id[one.document][one.start : one.end] for one in found.places}
    assert places == {"q1": "1987", "q3": TOWER}, "an answer that does not stand where it should is left out"


def test_a_set_without_answers_is_refused(folder: Path) -> None:
    (folder / "answers.jsonl").unlink()
    with pytest.raises(InvalidRequest, match="place is known"):
        join_documents(load_set(folder))


def test_passages_are_cut_at_paragraphs() -> None:
    text = f"{BRIDGE}\n\n\n\n{PARK}\n\n{TOWER}"
    assert [text[start:end] for start, end in cut_paragraphs(text, SMALL)] == [BRIDGE, PARK, TOWER]
    assert len(cut_paragraphs(text, DEFAULT_SIZES)) == 1


def passages(*documents: str) -> tuple[list[Passage], dict[str, list[Passage]]]:
    """Documents of one word a passage."""
    made = [
        EvaluationDocument(id=str(number), title=str(number), text=text, language="en")
        for number, text in enumerate(documents)
    ]
    reader = EvaluationPassages(made, cut=lambda text: [(place, place + 1) for place in range(len(text))])
    every: dict[str, list[Passage]] = {}
    for passage in reader.passages:
        every.setdefault(passage.version_id, []).append(passage)
    return reader.passages, every


def texts(found: list[Passage]) -> str:
    return "".join(passage.text for passage in found)


def test_neighbours_come_after_the_first_and_only_once() -> None:
    found, every = passages("abcde", "xy")
    a, b, _, d, _, x, _ = found
    read = [b, x, d, a]
    assert texts(with_neighbours(read, every, of_first=1, sources=2)) == "bxacd"
    assert texts(with_neighbours(read, every, of_first=2, sources=2)) == "bxacyd"
    assert texts(with_neighbours(read, every, of_first=3, sources=4)) == "bxdacye"


def test_a_cap_puts_the_rest_of_a_document_behind() -> None:
    found, every = passages("abcde", "xy")
    a, b, c, d, _, x, y = found
    assert texts(capped([a, b, c, x, d, y], every, most=1, sources=3)) == "axbcdy"
    assert texts(capped([a, b, c, x, d, y], every, most=2, sources=3)) == "abxcdy"
    assert texts(capped([a, b, c], every, most=3, sources=3)) == "abc"


def test_a_small_run(folder: Path) -> None:
    data = join_documents(load_set(folder))
    scores = measure_context(data, HashingEmbedder(), SMALL, engine="memory", progress=say_nothing)
    assert set(scores.held) == set(ARRANGEMENTS)
    assert scores.held[PLAIN]["first"] == [1.0, 1.0]
    assert scores.held[PLAIN]["2400 characters"] == [1.0, 1.0]
    assert scores.passages == 3
    report = context_report([scores])
    assert f"{folder.name}, 2 questions" in report
    assert "| 80 (51), 3 | best first | 1.000 |" in report
