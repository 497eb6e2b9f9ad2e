"""Asking as the documents stood on a date: what was valid then, for who may read it now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.command import run_command
from application.live_application import LiveApplication
from application.test_search_interface import ask_with
from sourcier_api.moments import as_of_moment
from sourcier_core.access import Principal, resolve_access_scope
from sourcier_core.db import corpora
from sourcier_core.errors import InvalidRequest

QUESTION = "Combien de jours de télétravail par semaine ?"
NEW = "# Télétravail\n\nUn salarié peut télétravailler trois jours par semaine.\n"


@pytest.fixture
def between(live: LiveApplication, folder: Path) -> str:
    """A moment after the first content was published and before the second one was."""
    live.load(folder)
    moment = datetime.now(UTC)
    (folder / "telework.md").write_text(NEW, "utf-8")
    live.load(folder)
    return moment.isoformat()


def asked_of(live: LiveApplication, **options: Any) -> Any:
    return ask_with(live, {"question": QUESTION, **options})


def texts(answer: Any) -> str:
    return " ".join(source["quote"]["text"] for source in answer["sources"])


def test_an_answer_is_of_its_date_and_says_so(live: LiveApplication, between: str) -> None:
    then = asked_of(live, as_of=between)
    assert "deux jours" in texts(then)
    assert "trois jours" not in texts(then)
    assert datetime.fromisoformat(then["as_of"]) == datetime.fromisoformat(between)
    assert live.http.get(f"/api/answers/{then['id']}").json()["as_of"] == then["as_of"]
    now = asked_of(live)
    assert "trois jours" in texts(now)
    assert now["as_of"] is None


def test_a_passage_of_an_earlier_content_opens_with_the_date_of_its_answer(live: LiveApplication, between: str) -> None:
    source = asked_of(live, as_of=between)["sources"][0]
    address = f"/api/passages/{source['passage_id']}"
    assert live.http.get(address).status_code == 404, "it is not in force any more"
    opened = live.http.get(address, params={"as_of": between})
    assert opened.status_code == 200, opened.text
    assert source["quote"]["text"] in opened.json()["text"]


def test_who_may_read_is_decided_as_of_now(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff", "managers"]})
    manifest = folder / ".sourcier.yaml"
    manifest.write_text("groups: [staff]\n", "utf-8")
    live.load(folder, access="manifest")
    moment = datetime.now(UTC)
    manifest.write_text("groups: [managers]\n", "utf-8")
    (folder / "telework.md").write_text(NEW, "utf-8")
    live.load(folder, access="manifest")

    def found(group: str) -> str:
        with live.services.engines.database.transaction() as connection:
            known = corpora.list_corpora(connection)
        principal = Principal(id="anne", groups=frozenset({group}))
        scope = resolve_access_scope(principal, corpora=known, as_of=moment)
        return " ".join(hit.passage.text for hit in live.services.search.search(QUESTION, scope=scope, limit=20))

    assert found("staff") == "", "what was open to them then is closed now"
    assert "deux jours" in found("managers"), "the content of then, for who may read it now"
    live.http.patch("/api/corpora/hr", json={"groups": []})
    with pytest.raises(Exception, match="no corpus"):
        resolve_access_scope(
            Principal(id="anne", groups=frozenset({"managers"})),
            corpora=_known(live),
            requested=["hr"],
            as_of=moment,
        )


def _known(live: LiveApplication) -> Any:
    with live.services.engines.database.transaction() as connection:
        return corpora.list_corpora(connection)


def test_the_commands_take_a_date(live: LiveApplication, between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run_command(live, monkeypatch, "ask", QUESTION, "--as-of", between)
    assert asked.exit_code == 0, asked.output
    assert "tels qu'ils étaient le" in asked.output
    assert "deux jours" in asked.output
    then = run_command(live, monkeypatch, "search", QUESTION, "--as-of", between)
    assert "deux jours" in then.output
    assert "trois jours" not in then.output
    now = run_command(live, monkeypatch, "search", QUESTION, "--limit", "1")
    assert "trois jours" in now.output
    assert "1 passages" in now.output
    before = run_command(live, monkeypatch, "search", QUESTION, "--as-of", "2020-01-01")
    assert "0 passages" in before.output


def test_dates_as_people_type_them() -> None:
    end = as_of_moment("2026-03-01")
    assert end is not None
    assert end.tzinfo is not None
    assert (end + timedelta(microseconds=1)).replace(tzinfo=None) == datetime(2026, 3, 2)
    noon = as_of_moment("2026-03-01T12:00+02:00")
    assert noon is not None
    assert noon.astimezone(UTC) == datetime(2026, 3, 1, 10, tzinfo=UTC)
    today = datetime.now().astimezone().date()
    assert as_of_moment(None) is as_of_moment(today.isoformat()) is None
    for wrong in ("yesterday", "2026-13-01", (today + timedelta(days=1)).isoformat()):
        with pytest.raises(InvalidRequest):
            as_of_moment(wrong)
