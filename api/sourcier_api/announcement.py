"""Where the application that runs on a data directory answers. Light: a command that finds one loads no engine."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import httpx

_ANNOUNCEMENT = "application.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningApplication:
    """Where the application answers, and the token that proves access to its data directory."""

    url: str
    token: str


def find_running(data_dir: Path) -> RunningApplication | None:
    """The application that runs on this data directory, if one answers."""
    try:
        noted = json.loads((data_dir / _ANNOUNCEMENT).read_text("utf-8"))
        found = RunningApplication(url=noted["url"], token=noted["token"])
        httpx.get(f"{found.url}/healthz", timeout=5, trust_env=False).raise_for_status()
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return found


def announce(data_dir: Path, application: RunningApplication) -> None:
    """Note the address and the token where only this user can read them."""
    place = data_dir / _ANNOUNCEMENT
    place.unlink(missing_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": application.url, "token": application.token, "pid": os.getpid()}, file)


def withdraw_announcement(data_dir: Path) -> None:
    """The application no longer answers."""
    (data_dir / _ANNOUNCEMENT).unlink(missing_ok=True)
