"""What is no id is said before a command looks for the application, or starts one."""

import pytest
from typer.testing import CliRunner

from sourcier_api.command_line import application


@pytest.mark.parametrize(
    "words",
    [
        *(("documents", option, "nope") for option in ("--withdraw", "--restore", "--purge", "--allow", "--pages")),
        ("documents", "--retry", "nope"),
        *(("loads", option, "nope") for option in ("--retry", "--cancel", "--report")),
        ("reviews", "--approve", "nope"),
        ("reviews", "--reject", "nope"),
        ("versions", "nope"),
        ("confirm", "nope"),
    ],
)
def test_what_is_no_id_is_said_at_once(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_DATA_DIR", "/nowhere")
    monkeypatch.setenv("COLUMNS", "300")
    result = CliRunner().invoke(application, list(words))
    assert result.exit_code == 2
    assert "'nope' is not an id; one looks like" in result.output


@pytest.mark.parametrize("words", [("retry",), ("duplicates",), ("corpora", "settings"), ("corpora", "passwords")])
def test_what_is_no_corpus_is_said_at_once(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_DATA_DIR", "/nowhere")
    monkeypatch.setenv("COLUMNS", "300")
    result = CliRunner().invoke(application, [*words, "Human resources"])
    assert result.exit_code == 2
    assert "'Human resources' is not the id of a corpus" in result.output
