"""The commands of `sourcier` against an application that runs inside the test."""

import pytest
from click.testing import Result
from typer.testing import CliRunner

from application.live_application import LiveApplication
from sourcier_api.announcement import RunningApplication, announce
from sourcier_api.command_line import application


def run_command(
    live: LiveApplication, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str | None = None
) -> Result:
    """Run `sourcier WORDS…` and give what it printed and how it ended; `typed` answers what it asks."""
    data_dir = live.services.engines.settings.data_dir
    announce(data_dir, RunningApplication(url=live.url, token=live.services.local_token))
    monkeypatch.setenv("SOURCIER_DATA_DIR", str(data_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner().invoke(application, list(words), input=typed)
