"""Loads in processes of their own, what is struck while they work, and what is left in the end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from parsing.document_builders import docx, pdf

BROKEN = "broken.pdf"
NOTES = 14
REACHED = """
    SELECT count(v.id) FILTER (WHERE i.outcome <> 'unchanged') AS stored,
        count(v.id) FILTER (WHERE i.outcome <> 'unchanged' AND EXISTS (
            SELECT FROM passages p WHERE p.version_id = v.id)) AS chunked,
        count(*) FILTER (WHERE i.outcome = 'published') AS published,
        count(*) FILTER (WHERE i.outcome = 'withdrawn') AS withdrawn,
        max(l.state) AS load_state
    FROM loads l LEFT JOIN load_items i ON i.load_id = l.id LEFT JOIN versions v ON v.id = i.version_id
    WHERE l.id = %s
"""


def note(token: str, number: int, addition: str = "") -> str:
    sections = [
        f"# Section {part} of note {number} ({token})\n\nParagraph {part} of note {number}. {addition}" + "word " * 60
        for part in range(3)
    ]
    return "\n\n".join(sections)


def make_sources(place: Path, token: str) -> tuple[Path, Path]:
    """Two states of one source: of 17 files, 4 are changed, one is gone and one is new in the second."""
    contract = docx(f"Un paragraphe du contrat {token}.")  # made once: it holds the time of its making
    report = pdf(f"Paragraph of the report {token}.", pages=3)
    for name in ("first", "changed"):
        folder = place / token / name
        folder.mkdir(parents=True)
        for number in range(NOTES):
            (folder / f"note-{number:02}.md").write_text(note(token, number), "utf-8")
        (folder / "contract.docx").write_bytes(contract)
        (folder / "report.pdf").write_bytes(report)
        (folder / BROKEN).write_bytes(b"%PDF-1.7 broken " + token.encode())
    first, changed = place / token / "first", place / token / "changed"
    for number in range(4):
        (changed / f"note-{number:02}.md").write_text(note(token, number, "It was changed. "), "utf-8")
    (changed / "note-05.md").unlink()
    (changed / "note-99.md").write_text(note(token, 99), "utf-8")
    return first, changed


@dataclass
class LoadingProcess:
    """A running `loading_process.py`, or another script, and what it has said so far."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    script: str = "loading_process.py"
    lines: list[str] = field(default_factory=list)
    embedded: int = 0
    load_id: str = ""
    database_url: str = ""

    def __post_init__(self) -> None:
        self._embedded_before = 0
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / self.script), *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | self.environment,
        )
        self._begun = threading.Event()
        self._readers = [threading.Thread(target=target, daemon=True) for target in (self._read, self._complain)]
        self.complaints = ""
        for reader in self._readers:
            reader.start()

    def _complain(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            self.complaints = stream.read()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self._note(line.rstrip("\n"))
        self._begun.set()

    def _note(self, line: str) -> None:
        self.lines.append(line)
        word, _, rest = line.partition(" ")
        if word == "embedded":
            self.embedded = int(rest) - self._embedded_before
        elif word == "database":
            self.database_url = rest
        elif word == "load":
            self._embedded_before, self.embedded, self.load_id = self.embedded, 0, rest
            self._begun.set()

    def wait_for_the_load(self) -> None:
        assert self._begun.wait(120), "no load was asked for"
        assert self.load_id, f"{self.process.wait(10)}: {self.complaints}"

    def wait_for(self, beginning: str, *, within_s: float = 90) -> None:
        """Wait until it says a line that begins so."""
        deadline = time.monotonic() + within_s
        while not any(line.startswith(beginning) for line in self.lines):
            assert self.process.poll() is None, f"{self.process.returncode}: {self.lines[-5:]} {self.complaints}"
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.05)

    def end(self, *, within_s: float = 180) -> int:
        """The exit status; a process that hangs is killed and fails the test."""
        try:
            status = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it hung after: {self.lines[-5:]}") from None
        for reader in self._readers:
            reader.join(10)
        return status

    def outcome(self) -> dict[str, Any]:
        """What the process found at its end; it ended well, and its watcher compared something."""
        status = self.end()
        assert status == 0, f"{status}: {self.lines[-5:]} {self.complaints[-2000:]}"
        return json.loads(self.lines[-1])

    @property
    def compared(self) -> int:
        """How often the watcher compared a version with what a search finds of it."""
        return next((int(line.split()[1]) for line in reversed(self.lines) if line.startswith("compared ")), 0)


def strike_when(running: LoadingProcess, reached: Callable[[dict[str, int]], bool], victim: str, data_dir: Path) -> Any:
    """Kill once the load has come so far; returns how far it was, or None when it was over before."""
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        while running.process.poll() is None:
            progress: dict[str, Any] = {"embedded": running.embedded}
            if running.load_id != "none":
                found = connection.execute(REACHED, (running.load_id,))
                assert found.description is not None
                progress |= dict(
                    zip([column.name for column in found.description], found.fetchone() or (), strict=True)
                )
            if progress.get("load_state") in {"finished", "failed", "cancelled"}:
                return None
            if reached(progress):
                return progress if strike(running.process, victim, data_dir) else None
            time.sleep(0.003)
    return None


def strike(process: "subprocess.Popen[str]", victim: str, data_dir: Path) -> bool:
    """Kill one; False when no child was at work."""
    if victim == "nobody":
        return True
    if victim == "application":
        os.kill(process.pid, signal.SIGKILL)
        return True
    if victim == "postgresql":
        first_line = (data_dir / "postgresql" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(first_line), signal.SIGKILL)
        return True
    deadline = time.monotonic() + 30
    at_work: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):  # a child lives for a moment: wait for one
        while not at_work and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.003)
            at_work = children_at_work(process.pid)
        for child in at_work:
            child.kill()
    return bool(at_work)


def children_at_work(process_id: int) -> list[psutil.Process]:
    """The children of the fork server, which is a child of the process."""
    children = psutil.Process(process_id).children(recursive=True)
    return [child for child in children if child.ppid() != process_id and "postgres" not in child.name()]


def plain(outcome: dict[str, Any], token: str) -> dict[str, Any]:
    """An outcome without the name of its run."""
    return json.loads(json.dumps(outcome, sort_keys=True).replace(token, "run"))


def without(outcome: dict[str, Any], paths: set[str]) -> dict[str, Any]:
    """An outcome without some documents."""
    return {kind: [row for row in rows if row[0] not in paths] for kind, rows in outcome.items()}
