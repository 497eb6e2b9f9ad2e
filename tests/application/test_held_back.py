"""An unusual share of a source is gone: what was kept is shown, and withdrawn once a person says so."""

from pathlib import Path
from typing import Any

import pytest

from application.command import run_command
from application.live_application import LiveApplication
from application.test_loading import paths
from sourcier_core.db import loads
from sourcier_core.db.loads import LoadItem, LoadOutcome


def held_back(live: LiveApplication, load_id: str, **options: int) -> Any:
    answer = live.http.get(f"/api/loads/{load_id}/held-back", params=options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def confirm(live: LiveApplication, load_id: str, at_most: int) -> Any:
    return live.http.post(f"/api/loads/{load_id}/confirm", json={"at_most": at_most})


def emptied(live: LiveApplication, folder: Path) -> Any:
    """The load that found nothing of what an earlier one had."""
    live.load(folder)
    for file in folder.iterdir():
        file.rename(folder.parent / file.name)
    return live.load(folder)


def test_what_is_gone_is_listed_and_withdrawn_once_confirmed(live: LiveApplication, folder: Path) -> None:
    kept = emptied(live, folder)
    assert (kept["withdrawn"], kept["held_back"]) == (0, 2)
    held = held_back(live, kept["id"])
    assert held == {"load_id": kept["id"], "count": 2, "total": 2, "paths": ["passwords.txt", "telework.md"]}
    assert held_back(live, kept["id"], limit=1, offset=1)["paths"] == ["telework.md"]
    assert paths(live, "password") != set()
    again = live.wait(confirm(live, kept["id"], 2).json()["id"])
    assert (again["withdrawn"], again["held_back"]) == (2, 0)
    assert paths(live, "password") == set()
    assert held_back(live, kept["id"])["count"] == 0, "it was looked at again"
    refused = confirm(live, kept["id"], 2)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")


def test_what_is_back_by_the_time_it_is_confirmed_stays(live: LiveApplication, folder: Path) -> None:
    kept = emptied(live, folder)
    (folder.parent / "telework.md").rename(folder / "telework.md")
    again = live.wait(confirm(live, kept["id"], 2).json()["id"])
    assert (again["withdrawn"], again["unchanged"]) == (1, 1)
    assert paths(live, "jours de télétravail par semaine") == {"telework.md"}


def test_a_confirmation_holds_for_as_many_as_were_seen(live: LiveApplication, folder: Path) -> None:
    (folder / "third.md").write_text("# Congés\n\nVingt-cinq jours de congés.\n", "utf-8")
    live.load(folder)
    for name in ("telework.md", "passwords.txt"):
        (folder / name).unlink()
    kept = live.load(folder)
    assert kept["held_back"] == 2
    assert confirm(live, kept["id"], 1).json()["error"]["code"] == "confirmation_required"
    (folder / "third.md").unlink()
    more = live.wait(confirm(live, kept["id"], 2).json()["id"])
    assert (more["withdrawn"], more["held_back"]) == (0, 3), "it is asked again"


def test_what_lies_below_a_folder_that_cannot_be_listed_is_not_offered(live: LiveApplication, folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "kept.md").write_text("# Garde\n\nCe document reste.\n", "utf-8")
    kept = emptied(live, folder)
    assert kept["held_back"] == 3
    unlisted = LoadItem(path="below", outcome=LoadOutcome.FAILED, code="document_unreadable", message="Not allowed.")
    with live.services.engines.database.transaction() as connection:
        loads.put_items(connection, kept["id"], [unlisted])
    held = held_back(live, kept["id"])
    assert (held["count"], held["total"]) == (2, 3)
    assert held["paths"] == ["passwords.txt", "telework.md"]


def test_a_source_says_which_load_waits(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    wanted = {"name": "Dossier", "url": str(folder)}
    source = live.http.post("/api/corpora/hr/sources", json=wanted, headers=live.token).json()["id"]

    def load() -> Any:
        return live.wait(live.http.post(f"/api/sources/{source}/loads", json={}).json()["id"])

    def waiting() -> Any:
        return live.http.get("/api/corpora/hr/sources").json()[0]["held_back_load_id"]

    load()
    assert waiting() is None
    for file in folder.iterdir():
        file.unlink()
    kept = load()
    assert waiting() == kept["id"]
    assert live.wait(confirm(live, kept["id"], 2).json()["id"])["withdrawn"] == 2
    assert waiting() is None


def test_the_command_shows_what_is_gone_and_asks(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = emptied(live, folder)
    refused = run_command(live, monkeypatch, "confirm", kept["id"], typed="n\n")
    assert refused.exit_code == 1
    assert "2 of 2 documents (100%) are gone:" in refused.output
    assert "- telework.md" in refused.output
    assert paths(live, "password") != set()
    done = run_command(live, monkeypatch, "confirm", kept["id"], "--yes")
    assert done.exit_code == 0, done.output
    assert paths(live, "password") == set()
    nothing = run_command(live, monkeypatch, "confirm", kept["id"])
    assert "Nothing waits" in nothing.output
