"""`sourcier corpora`: which there are, what is set for each, and the passwords of their documents."""

from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from sourcier_api.connecting import console, open_client
from sourcier_api.identifiers import corpus_identifier
from sourcier_api.schemas import CorpusView
from sourcier_api.schemas_passwords import PasswordsView
from sourcier_api.terminal import one_line
from sourcier_core.domain.passwords import MOST_PASSWORDS
from sourcier_core.errors import InvalidRequest, NotFound

_HELP = "List the corpora; show or change the settings of one; give the passwords of its documents."
corpora = typer.Typer(help=_HELP)
Check = Literal["default", "strict", "flag", "off"]


@corpora.callback(invoke_without_command=True, help=_HELP)
def list_corpora(context: typer.Context) -> None:
    """List the corpora where nothing else is asked for."""
    if context.invoked_subcommand is not None:
        return
    with open_client() as client:
        for corpus in client.corpora():
            groups = ", ".join(corpus.groups) or "administrators only"
            console.print(
                f"[bold]{corpus.id}[/]  {one_line(corpus.title)}  {corpus.documents} documents, "
                f"{corpus.passages} passages  [dim]({escape(groups)})[/]"
            )


@corpora.command()
def passwords(
    corpus: Annotated[str, typer.Argument(help="The corpus.", callback=corpus_identifier)],
    replace: Annotated[bool, typer.Option("--replace", help="Keep only those given now.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Forget all of them.")] = False,
    count: Annotated[bool, typer.Option("--count", help="Only say how many are kept.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before forgetting them.")] = False,
) -> None:
    """Give passwords to try on protected PDF and Office files. They are asked for, stored encrypted, never shown."""
    if replace + clear + count > 1:
        raise InvalidRequest("Choose one of --replace, --clear and --count.")
    address = f"/api/corpora/{corpus}/passwords"
    with open_client() as client:
        kept = PasswordsView.model_validate(client.request("GET", address)).count
        if clear:
            if kept and not yes:
                typer.confirm(f"Forget the {kept} passwords kept for {corpus}?", abort=True)
            client.send("DELETE", address)
            kept = 0
        elif not count and (given := _ask()):
            told = client.request("PUT" if replace else "POST", address, json={"passwords": given})
            kept = PasswordsView.model_validate(told).count
            console.print("`sourcier retry` reads again what failed for want of a password.")
    console.print(f"Passwords kept for {escape(corpus)}: {kept}.")


def _ask() -> list[str]:
    """Passwords typed without being shown, until an empty one."""
    given: list[str] = []
    while len(given) < MOST_PASSWORDS:
        question = f"Password {len(given) + 1} (empty: no more)"
        password: str = typer.prompt(question, hide_input=True, default="", show_default=False, err=True)
        if not password:
            break
        given.append(password)
    return given


@corpora.command()
def settings(
    corpus: Annotated[str, typer.Argument(help="The corpus.", callback=corpus_identifier)],
    title: Annotated[str | None, typer.Option(help="Its name.")] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="A group that may read it; only those given (several times)."),
    ] = None,
    no_groups: Annotated[bool, typer.Option("--no-groups", help="Only administrators may read it.")] = False,
    approval: Annotated[
        bool | None, typer.Option("--approval/--no-approval", help="A second person approves what is published.")
    ] = None,
    claim_check: Annotated[Check | None, typer.Option(help="What becomes of claims without proof.")] = None,
    quarantine_threshold: Annotated[
        str | None,
        typer.Option(help="Score (0 to 1) from which a document is set aside; above 1: never; or `default`."),
    ] = None,
) -> None:
    """Show what is set for a corpus, and change what is given."""
    if group and no_groups:
        raise InvalidRequest("Give --group or --no-groups.")
    change: dict[str, Any] = {
        "title": title,
        "groups": [] if no_groups else group or None,
        "approval_required": approval,
        "claim_check": claim_check,
        "quarantine_threshold": _threshold(quarantine_threshold),
    }
    wanted = {name: value for name, value in change.items() if value is not None}
    with open_client() as client:
        if wanted:
            client.request("PATCH", f"/api/corpora/{corpus}", json=wanted)
        found = [one for one in client.corpora() if one.id == corpus]
    if not found:
        raise NotFound(f"There is no corpus {corpus}.")
    _show_settings(found[0])


def _threshold(typed: str | None) -> float | str | None:
    if typed is None or typed == "default":
        return typed
    try:
        return float(typed)
    except ValueError as error:
        raise InvalidRequest("--quarantine-threshold is a number or `default`.") from error


def _show_settings(corpus: CorpusView) -> None:
    rows = {
        "title": one_line(corpus.title),
        "groups": escape(", ".join(corpus.groups)) or "administrators only",
        "approval": "by a second person" if corpus.approval_required else "not asked for",
        "claim check": corpus.claim_check,
        "quarantine threshold": str(corpus.quarantine_threshold),
    }
    console.print(f"[bold]{corpus.id}[/]")
    for name, value in rows.items():
        console.print(f"  {name}: {value}")
