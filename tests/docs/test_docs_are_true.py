"""A setting, an error code or a command that is not in the docs fails here."""

from pathlib import Path

import pytest

from sourcier_api.command_line import application
from sourcier_core.errors import all_error_types
from sourcier_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    rows = (ROOT / "docs" / "settings.md").read_text("utf-8").splitlines()
    row = next(row for row in rows if f"`SOURCIER_{name.upper()}`" in row)
    assert row.rstrip(" |").split("|")[-1].strip(), "without a meaning"


def test_every_error_code_is_documented_and_used_once() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    codes = [error.code for error in all_error_types()]
    assert [code for code in codes if f"`{code}`" not in text] == []
    assert len(codes) == len(set(codes))


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs" / "deployment.md").read_text("utf-8")
    names = [
        command.name or command.callback.__name__ for command in application.registered_commands if command.callback
    ]
    assert [name for name in names if f"sourcier {name}" not in text] == []
