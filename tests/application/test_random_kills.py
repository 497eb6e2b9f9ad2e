"""kill -9 of the application, of PostgreSQL and of parsing children at random moments of a load; then again.

Afterwards every document is published exactly once or failed with its reason, the passages equal those of an
uninterrupted load, and no reader saw half a document. Slow: `make slow`.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from parsing.document_builders import docx, pdf

SCRIPT = [sys.executable, str(Path(__file__).parent / "loading_process.py")]
RUNS = int(os.environ.get("SOURCIER_TEST_KILLS", "60"))
VICTIMS = ("application", "application", "postgresql", "parsing child")


def make_source(folder: Path) -> None:
    folder.mkdir()
    for number in range(20):
        paragraphs = [f"Paragraph {part} of note {number}. " + "word " * 60 for part in range(3)]
        (folder / f"note-{number:02}.txt").write_text("\n\n".join(paragraphs), "utf-8")
    (folder / "contract.docx").write_bytes(docx())
    (folder / "report.pdf").write_bytes(pdf(pages=3))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")


def load(data_dir: Path, source: Path, corpus: str) -> list[list[object]]:
    """Load undisturbed; path, offsets and text of everything published (identifiers hang on the corpus's name)."""
    done = subprocess.run(
        [*SCRIPT, "load", str(data_dir), str(source), corpus], check=True, capture_output=True, text=True, timeout=180
    )
    assert "HALF" not in done.stdout, done.stdout
    return [[row[0], *row[2:]] for row in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("kills")
    yield folder
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or []):
            process.kill()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_random_kills(place: Path) -> None:
    data_dir, source = place / "data", place / "source"
    make_source(source)
    expected = load(data_dir, source, "whole")
    assert len({row[0] for row in expected}) == 22
    struck: dict[str, int] = {}
    for run in range(RUNS):
        dice = random.Random(run)
        victim = VICTIMS[run % len(VICTIMS)]
        corpus = f"run-{run}"
        process = subprocess.Popen(
            [*SCRIPT, "load-slowly", str(data_dir), str(source), corpus],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        process.stdout.readline()  # the load has been requested
        time.sleep(dice.uniform(0, 2.5))
        if strike(process, victim, data_dir):
            struck[victim] = struck.get(victim, 0) + 1
        try:
            output, _ = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            pytest.fail(f"run {run}: the application hung after the {victim} was killed")
        assert "HALF" not in output, f"run {run}: {output}"
        assert load(data_dir, source, corpus) == expected, f"run {run}, {victim} killed"
    assert struck["application"] >= RUNS // 3, struck
    assert min(struck.get(victim, 0) for victim in set(VICTIMS)) >= RUNS // 12, struck


def strike(process: "subprocess.Popen[str]", victim: str, data_dir: Path) -> bool:
    """Kill one; False when the load was already over or no child was at work."""
    if process.poll() is not None:
        return False
    if victim == "application":
        os.kill(process.pid, signal.SIGKILL)
        return True
    if victim == "postgresql":
        first_line = (data_dir / "postgresql" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(first_line), signal.SIGKILL)
        return True
    # The parsers take seconds to import, and a child lives for a moment: wait for one.
    deadline = time.monotonic() + 30
    at_work: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        while not at_work and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
            children = psutil.Process(process.pid).children(recursive=True)
            at_work = [child for child in children if child.ppid() != process.pid and "postgres" not in child.name()]
        for child in at_work:
            child.kill()
    return bool(at_work)
