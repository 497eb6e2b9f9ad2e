"""What a person decides after a load: trying again what failed, withdrawing what is gone."""

from typing import Annotated

import typer
from rich.markup import escape

from sourcier_api.connecting import console, finish_load, finish_loads, open_client
from sourcier_api.identifiers import corpus_identifier, identifier
from sourcier_api.schemas import LoadView
from sourcier_api.schemas_accounts import FailuresView, HeldBackView
from sourcier_api.terminal import one_line

_SHOWN = 20


def retry(
    corpus: Annotated[str, typer.Argument(help="The corpus.", callback=corpus_identifier)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Try again everything of a corpus that failed and that another try may help; nothing else is loaded.

    Published documents with pages that nothing could recognise are read again too, once tesseract is installed.
    """
    with open_client() as client:
        found = FailuresView.model_validate(client.request("GET", f"/api/corpora/{corpus}/failures"))
        codes = ", ".join(f"{count} × {code}" for code, count in sorted(found.codes.items()))
        console.print(f"{found.failed} failed in {escape(corpus)}" + (f": {codes}" if codes else ""))
        if found.unread:
            console.print(f"{found.unread} published with pages that are pictures and were not read")
            if not found.unread_retryable:
                console.print("Text in pictures cannot be recognised here: `sourcier doctor` says what to install.")
        if not found.retryable and not found.unread_retryable:
            console.print("None of it would end differently when tried again.")
            return
        if not yes:
            what = " and ".join(
                part
                for part, count in (
                    (f"try {found.retryable} that failed again", found.retryable),
                    (f"read {found.unread_retryable} with unread pages again", found.unread_retryable),
                )
                if count
            )
            typer.confirm(
                f"{what.capitalize()}? They are read from their stored bytes, or from their source where none are "
                "stored; nothing else is loaded or withdrawn.",
                abort=True,
            )
        started = client.request("POST", f"/api/corpora/{corpus}/retry")
        finish_loads(client, [LoadView.model_validate(load) for load in started])


def confirm(
    load: Annotated[
        str, typer.Argument(help="The id of a load that kept documents which are gone.", callback=identifier)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show what a load no longer found and kept, an unusual share, and withdraw it: its source is loaded again."""
    with open_client() as client:
        held = HeldBackView.model_validate(
            client.request("GET", f"/api/loads/{load}/held-back", params={"limit": _SHOWN})
        )
        if not held.count:
            console.print("Nothing waits in this load for a confirmation.")
            return
        console.print(f"{held.count} of {held.total} documents ({held.count / held.total:.0%}) are gone:")
        for path in held.paths:
            console.print(f"- {one_line(path)}")
        if held.count > len(held.paths):
            console.print(f"- … {held.count - len(held.paths)} more")
        if not yes:
            typer.confirm("Withdraw them from all answers? (Files that are back by now stay.)", abort=True)
        started = client.request("POST", f"/api/loads/{load}/confirm", json={"at_most": held.count})
        finish_load(client, LoadView.model_validate(started))
