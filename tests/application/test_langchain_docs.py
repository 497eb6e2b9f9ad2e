"""The examples of docs/langchain.md run as they are written, but for the address and the engines."""

import re
from pathlib import Path

import pytest

from application.live_application import LiveApplication
from sourcier_core import composition

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "langchain.md").read_text("utf-8")
OVER_HTTP, IN_PROCESS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def run(code: str) -> None:
    exec(compile(code, "docs/langchain.md", "exec"), {})


def test_the_example_over_http_runs(live: LiveApplication, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live.load(folder)
    assert OVER_HTTP.count(ADDRESS) == 1
    run(OVER_HTTP.replace(ADDRESS, live.url))
    said = capsys.readouterr().out
    assert said.startswith("telework.md p. 1 ")
    assert "[1] " in said
    assert "deux jours par semaine" in said


def test_the_example_in_process_runs_and_reads_what_anne_may(
    live: LiveApplication, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composition, "open_engines", lambda settings: live.services.engines)
    live.load(folder)
    run(IN_PROCESS)
    assert capsys.readouterr().out == "[]\n", "the corpus is open to administrators only"
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    run(IN_PROCESS)
    assert "'telework.md'" in capsys.readouterr().out
