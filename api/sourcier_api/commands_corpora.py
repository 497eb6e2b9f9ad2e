"""`sourcier corpora`: list the corpora, and give the passwords of a corpus's documents."""

from typing import Annotated

import typer
from rich.markup import escape

from sourcier_api.connecting import console, open_client
from sourcier_api.schemas_passwords import PasswordsView
from sourcier_api.terminal import one_line
from sourcier_core.domain.passwords import MOST_PASSWORDS
from sourcier_core.errors import InvalidRequest

corpora = typer.Typer(help="List the corpora; give the passwords of a corpus's documents.")


@corpora.callback(invoke_without_command=True)
def list_corpora(context: typer.Context) -> None:
    """List the corpora; give the passwords of a corpus's documents."""
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
    corpus: Annotated[str, typer.Argument(help="The corpus.")],
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
    console.print(f"{kept} passwords are kept for {escape(corpus)}.")


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
