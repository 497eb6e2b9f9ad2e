"""What all commands share: the connection to the application, and following a load."""

import contextlib
import time
from collections.abc import Generator, Sequence

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sourcier_api import schemas, schemas_reconciliation
from sourcier_api.announcement import find_running
from sourcier_api.client import Client
from sourcier_api.presentation import show_load
from sourcier_api.terminal import open_console
from sourcier_core.errors import SourcierError
from sourcier_core.settings import Settings

_POLL_S = 0.3
console = open_console()


@contextlib.contextmanager
def open_client() -> Generator[Client]:
    """The application that runs, or one started for this command. Raises what starting it raises."""
    settings = Settings()
    with contextlib.ExitStack() as stack:
        found = find_running(settings.data_dir)
        if found is None:
            from sourcier_api.running import running  # noqa: PLC0415 - the engines; a client starts without them

            found = stack.enter_context(running(settings))
        client = Client(found)
        try:
            yield client
        finally:
            client.close()


def follow_load(client: Client, load: schemas.LoadView) -> schemas.LoadView:
    """Show a load as it goes on; returns how it ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[pace]}"), console=console, transient=True) as progress:
        task = progress.add_task("queued", total=None, pace="")
        for current in client.follow(load.id):
            load = current
            done = load.seen - load.pending
            progress.update(
                task, description=load.state, total=load.seen or None, completed=done, pace=describe_pace(load)
            )
    return load


def describe_pace(load: schemas.LoadView) -> str:
    """Pages done, the pace so far and the time left, as the server reckons them."""
    parts = [f"{load.pages} pages"] if load.pages else []
    if load.files_per_minute:
        parts.append(f"{load.files_per_minute:.0f} files a minute")
    if load.seconds_left is not None:
        minutes, seconds = divmod(round(load.seconds_left), 60)
        parts.append(f"{minutes}:{seconds:02} left")
    return ", ".join(parts)


def follow_reconciliation(client: Client, *, repair: bool) -> schemas_reconciliation.ReconciliationView:
    """Compare everything, and show how far that is. Raises SourcierError when it could not be brought to an end."""
    view = schemas_reconciliation.ReconciliationView.model_validate(
        client.request("POST", "/api/reconciliations", json={"repair": repair})
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("queued", total=None)
        while view.state in {"queued", "running"}:
            progress.update(task, description=view.stage or view.state, total=view.total or None, completed=view.done)
            time.sleep(_POLL_S)
            view = schemas_reconciliation.ReconciliationView.model_validate(
                client.request("GET", f"/api/reconciliations/{view.id}")
            )
    if view.state == "failed":
        raise SourcierError(f"The comparison did not end: {view.message}")
    return view


def finish_load(client: Client, load: schemas.LoadView) -> None:
    """Follow a load, show how it ended, and leave with status 1 when it did not finish, 3 when files failed."""
    finish_loads(client, [load])


def finish_loads(client: Client, loads: Sequence[schemas.LoadView]) -> None:
    """The same for several loads, one after another."""
    status = 0
    for load in loads:
        final = follow_load(client, load)
        show_load(console, final)
        if final.state != "finished":
            status = 1
        elif final.failed:
            status = status or 3
    if status:
        raise typer.Exit(status)


def ensure_corpus(client: Client, name: str) -> None:
    """Make a corpus where there is none of that name."""
    if all(corpus.id != name for corpus in client.corpora()):
        client.request("POST", "/api/corpora", json={"id": name, "title": name})
