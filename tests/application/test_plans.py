"""The dry run through the running application: progress, errors in the stream, and going away ends it."""

import itertools
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from application.live_application import LiveApplication
from connectors.servers import Server
from sourcier_api.announcement import RunningApplication, announce
from sourcier_api.command_line import application

pytestmark = pytest.mark.parametrize("server", ["webdav"], indirect=True)


def add_source(live: LiveApplication, url: str, **wanted: Any) -> str:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    made = live.http.post("/api/corpora/hr/sources", json={"name": "Partage", "url": url, **wanted}, headers=live.token)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def login(server: Server) -> dict[str, str]:
    return {"username": server.credentials.username, "password": server.credentials.password}


def follow(live: LiveApplication, source: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    with live.http.stream("POST", f"/api/sources/{source}/plan/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
    return found


def share_of_folders(server: Server, name: str, folders: int = 500) -> str:
    """So many folders: each is a question to the server."""
    for number in range(folders):
        server.write(f"{name}/{number}/file.txt", b"file")
    return server.at(below=f"/{name}")


def test_a_plan_is_told_as_it_is_made(live: LiveApplication, server: Server) -> None:
    source = add_source(live, server.at(below="/reports"), credentials=login(server))
    told = follow(live, source)
    assert told[-1] == ("done", live.http.post(f"/api/sources/{source}/plan").json())
    assert {name for name, _ in told[:-1]} == {"progress"}
    assert told[-1][1]["counts"]["new"] == 2

    source = add_source(live, share_of_folders(server, "told"), name="Large", credentials=login(server))
    seen = [data for name, data in follow(live, source) if name == "progress"]
    assert len(seen) > 1, "it was so quick that nothing could be told"
    for before, after in itertools.pairwise(seen):
        assert before["folders"] <= after["folders"]
        assert before["elapsed_s"] < after["elapsed_s"]
    assert seen[-1]["folders"] > seen[0]["folders"]


def test_what_ends_a_plan_is_an_event_with_its_code(live: LiveApplication, server: Server) -> None:
    wrong = {"username": "reader", "password": "wrong"}
    source = add_source(live, server.at(), credentials=wrong)
    told = follow(live, source)
    assert told[-1][0] == "error"
    assert told[-1][1]["error"]["code"] == "source_refused"
    missing = live.http.post("/api/sources/6f1f6f0e-7c8e-4c52-9f0b-0d2f4f1b2c3d/plan/events")
    assert missing.json()["error"]["code"] == "not_found"


def test_going_away_ends_the_look_on_the_server(
    live: LiveApplication, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sourcier_ingest.plan_run")
    source = add_source(live, share_of_folders(server, "left"), credentials=login(server))
    with live.http.stream("POST", f"/api/sources/{source}/plan/events") as response:
        next(response.iter_lines())
        assert [thread for thread in threading.enumerate() if thread.name == "plan"]
    deadline = time.monotonic() + 20
    while [thread for thread in threading.enumerate() if thread.name == "plan"]:
        assert time.monotonic() < deadline, "the server still looks"
        time.sleep(0.02)
    assert "a dry run was cancelled" in caplog.text


def test_files_of_this_machine_are_compared_one_by_one(live: LiveApplication, server: Server, folder: Path) -> None:
    source = add_source(live, str(folder))
    live.wait(live.http.post(f"/api/sources/{source}/loads", json={}).json()["id"])
    assert follow(live, source)[-1][1]["counts"]["unchanged"] == 2


def test_the_command_shows_the_plan_or_why_there_is_none(
    live: LiveApplication, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_DATA_DIR", str(tmp_path / "data"))
    announce(tmp_path / "data", RunningApplication(url=live.url, token=live.services.local_token))
    add_source(live, server.at(below="/reports"), name="Rapports", credentials=login(server))
    add_source(live, server.at(), name="Fermé", credentials={"username": "reader", "password": "wrong"})
    shown = CliRunner().invoke(application, ["sources", "plan", "Rapports"])
    assert shown.exit_code == 0, shown.output
    assert "2 new" in shown.output
    refused = CliRunner().invoke(application, ["sources", "plan", "Fermé"])
    assert refused.exit_code != 0
    assert getattr(refused.exception, "code", "") == "source_refused"
