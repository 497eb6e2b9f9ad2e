"""What the commands print: names, quotes and answers cannot act on the terminal."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table

from retrieval.retrieval_samples import make_hit
from sourcier_api import schemas, views
from sourcier_api.presentation import show_removed_claims, show_sources
from sourcier_api.terminal import one_line, open_console
from sourcier_core.display import displayable
from sourcier_core.domain.answers import Answer, AnswerMode, AnswerState, Claim, Language, Quote, Source, Verdict

TITLE = "Guide\x1b]0;pris\x07\x1b[2J\u202efdp.exe\n✓ everything agrees\x9b31m"


def printed(*renderables: object, **options: bool) -> str:
    stream = io.StringIO()
    console = open_console(file=stream)
    for item in renderables:
        console.print(item, **options)  # pyright: ignore[reportArgumentType]
    return stream.getvalue()


def acts(text: str) -> bool:
    return displayable(text) != text


@given(st.text(st.characters()))
@settings(max_examples=50)
def test_no_text_acts_on_the_terminal(text: str) -> None:
    table = Table(title=one_line(text))
    table.add_column("file")
    table.add_row(one_line(text))
    shown = printed(table, f"[bold]{one_line(text)}[/]")
    assert not acts(shown)
    assert not acts(printed(text, markup=False))


def test_colours_of_our_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert printed("[bold]x\x1b[5m[/]") == "\x1b[1mx\ufffd[5m\x1b[0m\n"


def hostile_answer() -> schemas.AnswerView:
    hit = make_hit("Deux jours\x9b par semaine.", title=TITLE)
    quote = Quote(version_id=hit.passage.version_id, start=0, end=24, text=hit.passage.text, page=1)
    claim = Claim(number=1, text="Lire \x1b]8;;https://evil.example\x07ici", citations=(), verdict=Verdict.UNSUPPORTED)
    answer = Answer(
        id="answer",
        question="?",
        language=Language.FRENCH,
        mode=AnswerMode.MODEL,
        state=AnswerState.REFUSED,
        text="",
        claims=(claim,),
        sources=(Source(number=1, hit=hit, quote=quote),),
    )
    return views.answer_view(answer)


def test_sources_and_withheld_claims_are_shown_without_their_escapes() -> None:
    stream = io.StringIO()
    console = open_console(file=stream)
    show_sources(console, hostile_answer())
    show_removed_claims(console, hostile_answer())
    shown = stream.getvalue()
    assert not acts(shown)
    assert "evil.example" in shown
    assert not any(line.startswith("✓") for line in shown.splitlines())
