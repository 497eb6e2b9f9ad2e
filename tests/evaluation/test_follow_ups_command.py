"""The measurement of follow-ups: what is searched in which way, and what is said of a set without them."""

import json
from pathlib import Path

import pytest

from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.follow_ups_command import (
    HUMAN,
    LAST_TURN,
    MODEL,
    RULE,
    follow_ups_report,
    read_follow_ups,
    search_follow_ups,
    word_follow_ups,
)
from sourcier_evaluation.retrieval_command import say_nothing
from sourcier_evaluation.sets import load_set

DOCUMENTS = [
    ("leave", "Paid leave for managers is thirty days."),
    ("hotel", "A hotel night in Paris is reimbursed up to 130 euros."),
]
ASKED = "Is a hotel night in Paris reimbursed?"


def write(folder: Path, name: str, *lines: object) -> None:
    (folder / name).write_text("\n".join(json.dumps(line) for line in lines), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "corpus.jsonl", *({"id": key, "title": "", "text": text} for key, text in DOCUMENTS))
    history = [{"role": "user", "text": ASKED}, {"role": "agent", "text": "Yes, and the leave of managers is long."}]
    write(
        tmp_path,
        "queries.jsonl",
        {"id": "human:a", "text": "How much is it?", "lang": "en", "history": history},
        {"id": "human:b", "text": "How many days of paid leave do managers get in all?", "lang": "en"},
    )
    (tmp_path / "qrels.tsv").write_text("human:a\thotel\t1\nhuman:b\tleave\t1\n", "utf-8")
    rewrite = "How much is reimbursed for a hotel night in Paris?"
    write(tmp_path, "query_rewriting.jsonl", {"id": "a", "human_rewrite": rewrite})
    return tmp_path


async def test_each_way_has_its_own_wording_and_figures(folder: Path) -> None:
    data = load_set(folder)
    model = ScriptedChatModel(pieces=["How much is a hotel night in Paris?"])
    scores = await word_follow_ups(
        data, read_follow_ups(folder, data), model=model, within_s=5.0, limit=None, progress=say_nothing
    )
    wordings = {way: texts.get("human:a") for way, texts in scores.wordings.items()}
    assert wordings[LAST_TURN] == "How much is it?"
    assert "Paris" in str(wordings[RULE])
    assert wordings[HUMAN] == "How much is reimbursed for a hotel night in Paris?"
    assert wordings[MODEL] == "How much is a hotel night in Paris?"
    assert scores.wordings[HUMAN].keys() == {"human:a"}
    assert scores.wordings[MODEL]["human:b"] == scores.wordings[LAST_TURN]["human:b"]
    assert dict(scores.reasons) == {"taken": 1, "not asked": 1}
    assert dict(scores.human_reasons) == {"taken": 1}
    search_follow_ups(data, scores, HashingEmbedder(), engine="memory", progress=say_nothing)
    assert scores.gain[HUMAN]["human:a"] == scores.gain[RULE]["human:a"] == scores.gain[MODEL]["human:a"] == 1.0
    report = follow_ups_report(scores)
    assert "all 2 questions" in report
    assert "| human rewrite |" in report.split("that a person rewrote")[1]
    assert "| human rewrite |" not in report.split("with earlier questions")[0], "it lacks a question"


async def test_without_a_model_its_line_is_left_out(folder: Path) -> None:
    data = load_set(folder)
    scores = await word_follow_ups(
        data, read_follow_ups(folder, data), model=None, within_s=5.0, limit=None, progress=say_nothing
    )
    assert MODEL not in scores.wordings
    assert not scores.reasons


def test_a_set_without_follow_ups_is_said_to_be_one(folder: Path) -> None:
    write(folder, "queries.jsonl", {"id": "human:a", "text": "How much is it?"}, {"id": "human:b", "text": "Leave?"})
    with pytest.raises(InvalidRequest, match="history"):
        read_follow_ups(folder, load_set(folder))


def test_a_rewrite_without_text_names_its_line(folder: Path) -> None:
    write(folder, "query_rewriting.jsonl", {"id": "a"})
    with pytest.raises(InvalidRequest, match=r"query_rewriting\.jsonl:1"):
        read_follow_ups(folder, load_set(folder))
