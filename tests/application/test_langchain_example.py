"""The example of docs/langchain.md runs: only the line that opens the engines is another one."""

import re
from pathlib import Path

import pytest

from application.live_application import LiveApplication

PAGE = Path(__file__).resolve().parents[2] / "docs" / "langchain.md"
OPENING = "engines = open_engines(Settings())\n"


def test_the_example_prints_what_the_person_may_read(
    live: LiveApplication, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live.load(folder)
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)[0]
    assert OPENING in code
    names = {"engines": live.services.engines}
    exec(code.replace(OPENING, ""), names)
    assert capsys.readouterr().out == ""  # nobody but administrators reads this corpus
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    exec(code.replace(OPENING, ""), names)
    assert "deux jours par semaine" in capsys.readouterr().out
