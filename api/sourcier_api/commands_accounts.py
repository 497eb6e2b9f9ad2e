"""`sourcier retry`: what failed, and trying it again."""

from typing import Annotated

import typer
from rich.markup import escape

from sourcier_api.connecting import console, finish_loads, open_client
from sourcier_api.schemas import LoadView
from sourcier_api.schemas_accounts import FailuresView


def retry(
    corpus: Annotated[str, typer.Argument(help="The corpus.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Try again everything of a corpus that failed and that another try may help; nothing else is loaded."""
    with open_client() as client:
        found = FailuresView.model_validate(client.request("GET", f"/api/corpora/{corpus}/failures"))
        codes = ", ".join(f"{count} × {code}" for code, count in sorted(found.codes.items()))
        console.print(f"{found.failed} failed in {escape(corpus)}" + (f": {codes}" if codes else ""))
        if not found.retryable:
            console.print("None of it would end differently when tried again.")
            return
        if not yes:
            typer.confirm(
                f"Try {found.retryable} of them again? They are read from their stored bytes, or from their source "
                "where none are stored; nothing else is loaded or withdrawn.",
                abort=True,
            )
        started = client.request("POST", f"/api/corpora/{corpus}/retry")
        finish_loads(client, [LoadView.model_validate(load) for load in started])
