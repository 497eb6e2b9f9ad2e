"""What a document once was, and which documents say the same."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from sourcier_api.connecting import console, open_client
from sourcier_api.identifiers import corpus_identifier, identifier
from sourcier_api.schemas import VersionView
from sourcier_api.schemas_accounts import DuplicatedList
from sourcier_api.terminal import one_line


def duplicates(
    corpus: Annotated[
        str | None, typer.Argument(help="Only documents of this corpus.", callback=corpus_identifier)
    ] = None,
) -> None:
    """List documents with the same bytes or nearly the same words as others, in any corpus."""
    count = 0
    with open_client() as client:
        names = [corpus] if corpus is not None else [one.id for one in client.corpora()]
        for name in names:
            after: str | None = None
            while True:
                asked = {} if after is None else {"after": after}
                body = client.request("GET", f"/api/corpora/{name}/duplicates", params=asked)
                found = DuplicatedList.model_validate(body)
                _show_duplicated(name, found)
                count += len(found.items)
                after = found.next
                if after is None:
                    break
    console.print(f"{count} documents with others that say the same or nearly")


def _show_duplicated(corpus: str, found: DuplicatedList) -> None:
    for document in found.items:
        console.print(f"[dim]{document.document_id}[/] {escape(corpus)}/{one_line(document.path)}")
        for other in document.duplicates:
            alike = "the same file" if other.same_bytes else f"{other.resemblance:.0%} alike"
            place = f"{other.corpus_id}/{other.path}"
            console.print(f"    {alike}: {one_line(place)} [dim]{other.document_id}[/]")


def versions(
    document: Annotated[str, typer.Argument(help="Its id, as in `sourcier documents`.", callback=identifier)],
) -> None:
    """List every content a document had: when it was in the answers, its state, who approved it."""
    with open_client() as client:
        found = [
            VersionView.model_validate(item) for item in client.request("GET", f"/api/documents/{document}/versions")
        ]
    for version in found:
        console.print(
            f"[bold]{version.sequence}[/] {version.state}, {_validity(version)}  {version.page_count} pages  "
            f"{one_line(version.title)}  [dim]{version.id}[/]"
        )
        if version.approved_by:
            when = f" on {_moment(version.approved_at)}" if version.approved_at else ""
            console.print(f"    approved by {escape(version.approved_by)}{when}", style="dim")
        if version.failure_code:
            console.print(f"    {version.failure_code}: {escape(version.failure_message or '')}", style="yellow")
    console.print(f"{len(found)} versions")


def _validity(version: VersionView) -> str:
    if version.valid_from is None:
        return "never in the answers"
    if version.valid_to is None:
        return f"in the answers since {_moment(version.valid_from)}"
    return f"in the answers from {_moment(version.valid_from)} to {_moment(version.valid_to)}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
