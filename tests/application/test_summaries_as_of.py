"""Summaries as the documents stood on a date: the contents of then, for who may read them now."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.command import run_command
from application.live_application import LiveApplication
from application.test_as_of import NEW, QUESTION, between
from application.test_http_interface import summarise
from application.test_search_interface import asked_by
from sourcier_core.errors import InvalidRequest, NotFound

__all__ = ["between"]


def texts(answer: dict[str, Any]) -> str:
    return " ".join(source["quote"]["text"] for source in answer["sources"])


def telework(live: LiveApplication) -> str:
    """The id of the document on telework."""
    return live.http.get("/api/documents", params={"query": "telework"}).json()["items"][0]["id"]


def refused(live: LiveApplication, **asked: Any) -> tuple[int, dict[str, Any]]:
    """The status and the error of a summary that is not made."""
    response = live.http.post("/api/summaries", json=asked)
    return response.status_code, response.json()["error"]


def test_a_document_and_a_corpus_are_summarised_as_they_stood(live: LiveApplication, between: str) -> None:
    of_document = {"corpus": "hr", "document": telework(live)}
    then = summarise(live, **of_document, as_of=between)
    assert "deux jours" in texts(then)
    assert "trois jours" not in texts(then)
    assert "deux jours" in then["text"]
    assert datetime.fromisoformat(then["as_of"]) == datetime.fromisoformat(between)
    now = summarise(live, **of_document)
    assert "trois jours" in texts(now)
    assert "deux jours" not in texts(now)
    assert now["as_of"] is None
    whole = summarise(live, corpus="hr", as_of=between)
    assert "deux jours" in texts(whole)
    assert "14 characters" in texts(whole), "what did not change since is part of it"
    assert "trois jours" not in texts(whole)


def test_a_dated_summary_opens_again_with_its_date_its_subject_and_its_sources(
    live: LiveApplication, between: str
) -> None:
    document = telework(live)
    then = summarise(live, corpus="hr", document=document, as_of=between)
    recorded = live.http.get(f"/api/answers/{then['id']}").json()
    assert recorded["as_of"] == then["as_of"]
    assert recorded["summary_of"] == {"corpus": "hr", "document": document, "path_prefix": ""}
    source = then["sources"][0]
    assert live.http.get(f"/api/passages/{source['passage_id']}").status_code == 404, "it is not in force any more"
    opened = live.http.get(f"/api/passages/{source['passage_id']}", params={"as_of": then["as_of"]})
    assert source["quote"]["text"] in opened.json()["text"]
    folder = summarise(live, corpus="hr", path_prefix="tele")
    of_folder = live.http.get(f"/api/answers/{folder['id']}").json()["summary_of"]
    assert of_folder == {"corpus": "hr", "document": None, "path_prefix": "tele"}
    with live.http.stream("POST", "/api/ask", json={"question": QUESTION, "corpora": ["hr"]}) as response:
        data = [line.split(":", 1)[1] for line in response.iter_lines() if line.startswith("data:")]
    asked = json.loads(data[-1])["answer"]
    assert live.http.get(f"/api/answers/{asked['id']}").json()["summary_of"] is None, "a question is no summary"


def test_what_was_not_there_yet_is_not_found_and_what_was_withdrawn_since_is(
    live: LiveApplication, folder: Path
) -> None:
    live.load(folder)
    before = datetime.now(UTC).isoformat()
    (folder / "leave").mkdir()
    (folder / "leave" / "parents.md").write_text("# Congés\n\nLe congé parental dure un an au plus.\n", "utf-8")
    live.load(folder)
    with_leave = datetime.now(UTC).isoformat()
    found = live.http.get("/api/documents", params={"query": "parents"}).json()["items"][0]["id"]
    for asked in ({"document": found}, {"path_prefix": "leave/"}):
        status, error = refused(live, corpus="hr", as_of=before, **asked)
        assert (status, error["code"]) == (404, "not_found")
        assert error["message"].startswith(f"There was nothing to summarise there on {before[:10]}")
    assert "congé parental" in texts(summarise(live, corpus="hr", path_prefix="leave/"))

    assert live.http.post(f"/api/documents/{found}/withdraw").is_success
    status, error = refused(live, corpus="hr", document=found)
    assert (status, error["code"]) == (404, "not_found")
    assert error["message"].startswith("There is nothing to summarise there")
    for asked in ({"document": found}, {"path_prefix": "leave/"}):
        assert "congé parental" in texts(summarise(live, corpus="hr", as_of=with_leave, **asked))

    assert live.http.post(f"/api/documents/{found}/purge").is_success
    status, error = refused(live, corpus="hr", document=found, as_of=with_leave)
    assert (status, error["code"]) == (404, "not_found"), "what was erased is gone for every date"


def test_who_may_read_is_decided_as_of_now(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff", "managers"]})
    manifest = folder / ".sourcier.yaml"
    manifest.write_text("groups: [staff]\n", "utf-8")
    live.load(folder, access="manifest")
    moment = datetime.now(UTC).isoformat()
    document = telework(live)
    manifest.write_text("groups: [managers]\n", "utf-8")
    (folder / "telework.md").write_text(NEW, "utf-8")
    live.load(folder, access="manifest")
    asked = {"corpus": "hr", "document": document, "as_of": moment}
    with asked_by(live, "managers"):
        assert "deux jours" in texts(summarise(live, **asked)), "the content of then, for who may read it now"
    with asked_by(live, "staff"):
        for subject in (asked, {"corpus": "hr", "as_of": moment}):
            status, error = refused(live, **subject)
            assert (status, error["code"]) == (404, "not_found"), "what was open to them then is closed now"
            assert "deux" not in json.dumps(error)
    live.http.patch("/api/corpora/hr", json={"groups": []})
    with asked_by(live, "managers"):
        assert refused(live, **asked)[1]["message"].startswith("There is no corpus")


@pytest.mark.parametrize("address", ["/api/summaries", "/api/ask", "/api/search"])
def test_a_wrong_date_is_the_same_error_everywhere(live: LiveApplication, folder: Path, address: str) -> None:
    live.load(folder)
    asked = {"corpus": "hr"} if address == "/api/summaries" else {"question": QUESTION}

    def error(as_of: str) -> dict[str, Any]:
        response = live.http.post(address, json={**asked, "as_of": as_of})
        assert response.status_code == 422, response.text
        return response.json()["error"]

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert error(tomorrow)["code"] == "invalid_request"
    assert error(tomorrow)["message"] == f"{tomorrow} lies in the future."
    for malformed in ("yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"):
        assert error(malformed)["code"] == "invalid_request"
        assert error(malformed)["details"]["problems"][0]["field"] == "body.as_of"


def test_later_on_the_same_day_is_now(live: LiveApplication, between: str) -> None:
    end = datetime.now(UTC).replace(hour=23, minute=59, second=59, microsecond=999_999).isoformat()
    answer = summarise(live, corpus="hr", document=telework(live), as_of=end)
    assert "trois jours" in texts(answer)
    assert answer["as_of"] is None, "it is of the documents as they stand"


def test_the_command_takes_a_date(live: LiveApplication, between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    then = run_command(live, monkeypatch, "summarise", "hr", "telework.md", "--as-of", between)
    assert then.exit_code == 0, then.output
    day = datetime.fromisoformat(between).astimezone()
    assert f"tels qu'ils étaient le {day:%Y-%m-%d %H:%M}" in then.output
    assert "deux jours" in then.output
    assert "trois jours" not in then.output
    now = run_command(live, monkeypatch, "summarise", "hr", "telework.md")
    assert "trois jours" in now.output
    assert "tels qu'ils étaient" not in now.output
    printed = run_command(live, monkeypatch, "summarise", "hr", "--as-of", between, "--json")
    assert datetime.fromisoformat(json.loads(printed.output)["as_of"]) == datetime.fromisoformat(between)


def test_the_command_says_what_is_wrong(live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live.load(folder)
    tomorrow = (datetime.now().astimezone() + timedelta(days=1)).date().isoformat()
    for typed, said in ((tomorrow, "lies in the future"), ("yesterday", "is no date: write it as")):
        of_summary = run_command(live, monkeypatch, "summarise", "hr", "--as-of", typed).exception
        assert isinstance(of_summary, InvalidRequest)
        assert said in of_summary.message
        of_question = run_command(live, monkeypatch, "ask", QUESTION, "--as-of", typed).exception
        assert isinstance(of_question, InvalidRequest)
        assert of_summary.message == of_question.message
    early = run_command(live, monkeypatch, "summarise", "hr", "telework.md", "--as-of", "2020-01-01").exception
    assert isinstance(early, NotFound)
    assert early.message.startswith("There was nothing to summarise there on 2020-01-01 23:59")
