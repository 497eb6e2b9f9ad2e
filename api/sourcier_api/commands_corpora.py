"""`sourcier corpora`: which there are."""

import typer
from rich.markup import escape

from sourcier_api.connecting import console, open_client
from sourcier_api.terminal import one_line

corpora = typer.Typer(help="List the corpora; show or change the settings of one.", invoke_without_command=True)


@corpora.callback()
def list_corpora(context: typer.Context) -> None:
    """List the corpora; show or change the settings of one."""
    if context.invoked_subcommand is not None:
        return
    with open_client() as client:
        for corpus in client.corpora():
            groups = ", ".join(corpus.groups) or "administrators only"
            console.print(
                f"[bold]{corpus.id}[/]  {one_line(corpus.title)}  {corpus.documents} documents, "
                f"{corpus.passages} passages  [dim]({escape(groups)})[/]"
            )
