"""`sourcier search`: passages without an answer."""

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import typer
from pydantic import ValidationError
from rich.markup import escape

from sourcier_api.connecting import console, open_client
from sourcier_api.moments import as_of_moment
from sourcier_api.presentation import show_narrowing
from sourcier_api.schemas import FilterRequest, SearchRequest, SearchView
from sourcier_api.terminal import one_line
from sourcier_core.display import escaped_in_json
from sourcier_core.domain.document_types import DOCUMENT_TYPES, DocumentType

_LANGUAGES = ("fr", "en", "und")
Mode = Literal["hybrid", "dense", "sparse"]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="As the documents stood at the end of this day, as in 2026-03-01. Who may read what is as today."
    ),
]


Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        help=f"Only documents of this kind: {', '.join(DOCUMENT_TYPES)}, or a media type (may be given several times).",
    ),
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--in-language", help="Only passages in this language: fr, en or und (may be given several times)."),
]
_REFUSED = {
    "media_types": ("--type", "write at most 50 media types, each as in application/pdf"),
    "path_prefix": ("--path", "write at most 2,000 characters"),
}
PathPrefix = Annotated[str, typer.Option("--path", help="Only documents whose path begins so; a folder's ends in `/`.")]


def asked_of(kinds: Sequence[str] | None, languages: Sequence[str] | None, path: str) -> FilterRequest | None:
    """The filter of a command's options; None where they filter nothing. Raises typer.BadParameter."""
    named = [kind for kind in kinds or () if "/" not in kind]
    for kind in named:
        if kind not in DOCUMENT_TYPES:
            known = ", ".join(DOCUMENT_TYPES)
            raise typer.BadParameter(
                f"there is no kind {kind!r}: {known}, or a media type as in application/pdf", param_hint="--type"
            )
    for language in languages or ():
        if language not in _LANGUAGES:
            raise typer.BadParameter("write fr, en or und", param_hint="--in-language")
    try:
        found = FilterRequest(
            languages=list(dict.fromkeys(languages or ())),
            document_types=[cast(DocumentType, kind) for kind in dict.fromkeys(named)],
            media_types=list(dict.fromkeys(kind for kind in kinds or () if "/" in kind)),
            path_prefix=path.lstrip("/"),
        )
    except ValidationError as wrong:
        option, said = _REFUSED[str(wrong.errors()[0]["loc"][0])]
        raise typer.BadParameter(said, param_hint=option) from wrong
    return None if found == FilterRequest() else found


def search(
    question: Annotated[str, typer.Argument(help="The words to find passages for, in French or English.")],
    corpus: Annotated[list[str] | None, typer.Option(help="Only this corpus (may be given several times).")] = None,
    kind: Kinds = None,
    in_language: Languages = None,
    path: PathPrefix = "",
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(help="How many passages.", min=1, max=100)] = 10,
    mode: Annotated[Mode, typer.Option(help="By meaning and words, by meaning only, or by words only.")] = "hybrid",
    as_json: Annotated[bool, typer.Option("--json", help="Print the passages as JSON.")] = False,
) -> None:
    """Find the nearest passages; nothing is answered, nothing recorded."""
    wanted = SearchRequest(
        question=question,
        corpora=corpus or None,
        as_of=as_of_moment(as_of),
        only=asked_of(kind, in_language, path),
        limit=limit,
        mode=mode,
    )
    with open_client() as client:
        found = SearchView.model_validate(client.request("POST", "/api/search", json=wanted.model_dump(mode="json")))
    if as_json:
        print(escaped_in_json(found.model_dump_json(indent=1)))
        return
    if wanted.as_of is not None:
        console.print(f"As the documents stood on {wanted.as_of.astimezone():%Y-%m-%d %H:%M}.", style="yellow")
    show_narrowing(console, wanted.only, "en")
    for number, hit in enumerate(found.hits, start=1):
        place = f"{hit.corpus_id}/{hit.path}, p. {hit.first_page}/{hit.page_count}"
        console.print(f"[bold cyan]\\[{number}][/] [bold]{one_line(hit.title)}[/] — {one_line(place)}")
        console.print(f"    {escape(' '.join(hit.text.split()))}", style="dim")
    console.print(f"{len(found.hits)} passages")
