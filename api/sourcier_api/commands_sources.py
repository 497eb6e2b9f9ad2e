"""`sourcier sources`: set up, try out, load and remove the places documents come from."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sourcier_api.client import Client
from sourcier_api.connecting import console, ensure_corpus, finish_load, open_client
from sourcier_api.schemas import LoadView
from sourcier_api.schemas_sources import (
    Access,
    ConfiguredSourceView,
    CredentialsInput,
    PlanProgressView,
    PlanView,
    SourceInput,
)
from sourcier_api.terminal import one_line
from sourcier_core.errors import EngineUnavailable, InvalidRequest, NotFound

_SHOWN = 20
_COUNTED = {"access_notes": "for administrators only, because who may read them cannot be found out"}


sources = typer.Typer(help="Set up, try out, load and remove sources.", no_args_is_help=True)


@sources.command("list")
def list_sources(corpus: Annotated[str | None, typer.Option(help="Only this corpus.")] = None) -> None:
    """List the sources."""
    with open_client() as opened:
        found = _sources(opened, corpus)
    for source in found:
        _show(source)
    console.print(f"{len(found)} sources")


@sources.command()
def add(
    name: Annotated[str, typer.Argument(help="A name for it.")],
    url: Annotated[str, typer.Argument(help="s3://…, smb://…, sftp://…, webdavs://… or a folder.")],
    corpus: Annotated[str, typer.Option(help="The corpus; created when there is none of that name.")],
    include: Annotated[list[str] | None, typer.Option(help="Only files matching this pattern.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files matching this pattern.")] = None,
    access: Annotated[str, typer.Option(help="Who may read: corpus, manifest, posix or smb.")] = "corpus",
    schedule: Annotated[str | None, typer.Option(help="When to load it, as in `30 2 * * 1-5`.")] = None,
    username: Annotated[str, typer.Option(help="User, or access key; the password is asked for.")] = "",
    private_key: Annotated[Path | None, typer.Option(help="File with a private key, for sftp.")] = None,
    host_key: Annotated[Path | None, typer.Option(help="File with the server's public key, for sftp.")] = None,
) -> None:
    """Add a source. Nothing is loaded yet; its password is asked for and stored encrypted."""
    wanted = SourceInput(
        name=name,
        url=str(Path(url).resolve()) if "://" not in url else url,
        include=include or [],
        exclude=exclude or [],
        access=_access(access),
        schedule=schedule,
        credentials=_ask_credentials(username, private_key, host_key),
    )
    with open_client() as opened:
        ensure_corpus(opened, corpus)
        made = opened.request("POST", f"/api/corpora/{corpus}/sources", json=_with_secrets(wanted))
    _show(ConfiguredSourceView.model_validate(made))


@sources.command()
def plan(source: Annotated[str, typer.Argument(help="A source's name or id.")]) -> None:
    """Say what a load would do now, without doing it."""
    with open_client() as opened:
        found = _follow_plan(opened, _find(opened, source).id)
    _show_plan(found)


@sources.command()
def load(
    source: Annotated[str, typer.Argument(help="A source's name or id.")],
    confirm_withdrawals: Annotated[bool, typer.Option(help="Withdraw even an unusual share.")] = False,
    read_everything: Annotated[bool, typer.Option(help="Fetch unchanged files of a remote source too.")] = False,
) -> None:
    """Load a source now."""
    with open_client() as opened:
        chosen = _find(opened, source)
        asked = {"confirm_withdrawals": confirm_withdrawals, "read_everything": read_everything}
        started = opened.request("POST", f"/api/sources/{chosen.id}/loads", json=asked)
        finish_load(opened, LoadView.model_validate(started))


@sources.command()
def change(
    source: Annotated[str, typer.Argument(help="A source's name or id.")],
    schedule: Annotated[str | None, typer.Option(help="When to load it; `none`: only by hand.")] = None,
    pause: Annotated[bool | None, typer.Option("--pause/--go-on", help="Leave out its schedule.")] = None,
    username: Annotated[str, typer.Option(help="New credentials; the password is asked for.")] = "",
    private_key: Annotated[Path | None, typer.Option(help="File with a new private key, for sftp.")] = None,
    host_key: Annotated[Path | None, typer.Option(help="File with the server's new public key, for sftp.")] = None,
) -> None:
    """Change a source's schedule or credentials, pause it or let it go on."""
    with open_client() as opened:
        chosen = _find(opened, source)
        wanted = SourceInput(
            name=chosen.name,
            url=chosen.url,
            include=chosen.include,
            exclude=chosen.exclude,
            access=chosen.access,
            schedule=chosen.schedule if schedule is None else (None if schedule == "none" else schedule),
            paused=chosen.paused if pause is None else pause,
            credentials=_ask_credentials(username, private_key, host_key),
        )
        changed = opened.request("PUT", f"/api/sources/{chosen.id}", json=_with_secrets(wanted))
    _show(ConfiguredSourceView.model_validate(changed))


@sources.command()
def remove(
    source: Annotated[str, typer.Argument(help="A source's name or id.")],
    withdraw_documents: Annotated[bool, typer.Option(help="Take its documents out of all answers.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a source and its credentials. Its documents stay, or are withdrawn and can be restored."""
    with open_client() as opened:
        chosen = _find(opened, source)
        if not yes:
            becomes = "are withdrawn" if withdraw_documents else "stay"
            typer.confirm(f"Forget {chosen.name} and its credentials? Its documents {becomes}.", abort=True)
        asked = f"withdraw_documents={str(withdraw_documents).lower()}"
        opened.send("DELETE", f"/api/sources/{chosen.id}?{asked}")


def _sources(client: Client, corpus: str | None) -> list[ConfiguredSourceView]:
    names = [corpus] if corpus is not None else [one.id for one in client.corpora()]
    return [
        ConfiguredSourceView.model_validate(item)
        for name in names
        for item in client.request("GET", f"/api/corpora/{name}/sources")
    ]


def _find(client: Client, wanted: str) -> ConfiguredSourceView:
    found = [source for source in _sources(client, None) if wanted in (source.id, source.name)]
    if not found:
        raise NotFound(f"There is no source {wanted}.")
    if len(found) > 1:
        raise InvalidRequest(f"{len(found)} sources are named {wanted}: give the id.")
    return found[0]


def _access(named: str) -> Access:
    known: tuple[Access, ...] = ("corpus", "manifest", "posix", "smb")
    for access in known:
        if access == named:
            return access
    raise InvalidRequest("--access is corpus, manifest, posix or smb.")


def _ask_credentials(username: str, private_key: Path | None, host_key: Path | None) -> CredentialsInput | None:
    if not username and private_key is None and host_key is None:
        return None
    question = "Passphrase of the key (empty: none)" if private_key else "Password"
    secret = SecretStr(typer.prompt(question, hide_input=True, default="", show_default=False))
    return CredentialsInput(
        username=username,
        password=SecretStr("") if private_key else secret,
        private_key=SecretStr(_text(private_key)),
        passphrase=secret if private_key else SecretStr(""),
        host_key=_text(host_key),
    )


def _text(place: Path | None) -> str:
    if place is None:
        return ""
    try:
        return place.read_text("utf-8").strip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{place} cannot be read.") from error


def _with_secrets(wanted: SourceInput) -> dict[str, Any]:
    """The request's body: the only place where secrets are spelled out."""
    body = wanted.model_dump(mode="json")
    if wanted.credentials is not None:
        for name in ("password", "private_key", "passphrase"):
            body["credentials"][name] = getattr(wanted.credentials, name).get_secret_value()
    return body


def _show(source: ConfiguredSourceView) -> None:
    last = f"{source.last_load_state} {source.last_load_at:%Y-%m-%d %H:%M}" if source.last_load_at else "never loaded"
    when = "paused" if source.paused else (source.schedule or "by hand")
    console.print(
        f"[dim]{source.id}[/] {source.corpus_id} [bold]{escape(source.name)}[/] {escape(source.url)}  "
        f"[dim]{escape(when)}; {last}[/]"
    )
    if source.last_load_message:
        console.print(f"    {escape(source.last_load_message)}", style="yellow")


def _follow_plan(client: Client, source_id: str) -> PlanView:
    """Shows how far the server is, until it is done; when this process is interrupted the server stops looking."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("looking …", total=None)
        for event in client.events("POST", f"/api/sources/{source_id}/plan/events"):
            if event.event == "done":
                return PlanView.model_validate_json(event.data)
            if event.event == "progress":
                seen = PlanProgressView.model_validate_json(event.data)
                progress.update(task, description=_plan_progress(seen))
    raise EngineUnavailable("The application went away before it had looked at everything.")


def _plan_progress(seen: PlanProgressView) -> str:
    if seen.to_compare:
        return f"compared {seen.compared} of {seen.to_compare} files of unchanged size"
    return f"{seen.files} files in {seen.folders} folders so far"


def _show_plan(plan: PlanView) -> None:
    console.print(", ".join(f"{count} {_COUNTED.get(name, name)}" for name, count in plan.counts.items()))
    for name, files in (("+", plan.new), ("~", plan.changed), ("!", plan.problems), ("-", plan.missing)):
        for file in files[:_SHOWN]:
            reason = f" — {file.code}: {file.message}" if file.code else ""
            console.print(f"{name} {one_line(file.path)}{escape(reason)}")
        if len(files) > _SHOWN:
            console.print(f"{name} … {len(files) - _SHOWN} more listed by the API")
    for file in plan.access_notes[:_SHOWN]:
        console.print(f"[yellow]{escape(file.path)} — {escape(file.access_note or '')}[/]")
    if plan.needs_confirmation:
        console.print("So many are gone that only `sourcier sources load --confirm-withdrawals` withdraws them.")
