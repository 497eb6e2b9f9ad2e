"""kill -9 of the application, of PostgreSQL and of parsing children in each phase of a load; then the load goes on.

Afterwards every document is published exactly once or failed with its reason, the passages equal those of an
uninterrupted load, and no reader saw half a document. The many runs are slow: `make slow`.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import psutil
import pytest

from application.killed_loads import BROKEN, LoadingProcess, make_sources, plain, strike_when, without

RUNS = int(os.environ.get("SOURCIER_TEST_KILLS", "60"))
REPORT = os.environ.get("SOURCIER_TEST_KILLS_REPORT")
PARSING_CODES = {"parsing_crashed", "parsing_out_of_memory"}
MOST = {"begun": 0, "stored": 10, "chunked": 6, "embedded": 12, "published": 5, "withdrawn": 1}
MOST_CHANGED = MOST | {"stored": 4, "chunked": 3, "embedded": 5, "published": 3}
"""How far a load may have come, at most, when it is struck in a phase (in documents; embedded: in passages)."""
FIRST, CHANGED = "a first load", "a changed source"
KINDS = [
    *product([FIRST], ["application", "postgresql"], ["begun", "stored", "chunked", "embedded", "published"]),
    *product([CHANGED], ["application", "postgresql"], ["stored", "chunked", "embedded", "published", "withdrawn"]),
    *product([FIRST], ["parsing child"], ["stored", "chunked", "embedded"]),
    *product([CHANGED], ["parsing child"], ["stored"]),  # of few files: later none is at work
]


def kinds_of_runs() -> list[tuple[str, str, str]]:
    """In an order that spreads the kinds: a smaller number of runs has some of each."""
    shuffled = random.Random(7).sample(KINDS, len(KINDS))
    return list(islice(cycle(shuffled), RUNS))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("kills")
    yield folder
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or []):
            process.kill()


def begin(place: Path, token: str, scenario: str, *more: str) -> LoadingProcess:
    first, changed = make_sources(place, token)
    source = ["--source", str(first)] if scenario == FIRST else ["--source", str(changed), "--before", str(first)]
    running = LoadingProcess(["load", str(place / "data"), token, "--slowly", *source, *more])
    running.wait_for_the_load()
    return running


def go_on(place: Path, token: str, load_id: str) -> LoadingProcess:
    return LoadingProcess(["load", str(place / "data"), token, "--resume", load_id])


class Uninterrupted:
    """What uninterrupted loads leave, each found out when it is first wanted."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._found: dict[str, dict[str, Any]] = {}

    def __getitem__(self, scenario: str) -> dict[str, Any]:
        if scenario not in self._found:
            token = f"whole-{len(self._found)}"
            running = begin(self._place, token, scenario)
            self._found[scenario] = plain(running.outcome(), token)
            assert running.compared >= 16, running.compared
        return self._found[scenario]


@pytest.fixture(scope="module")
def expected(place: Path) -> Uninterrupted:
    return Uninterrupted(place)


def test_an_uninterrupted_load_is_what_it_should_be(expected: Uninterrupted) -> None:
    first = expected[FIRST]
    assert [BROKEN, "failed", "document_corrupt", True] in first["items"]
    assert len({row[0] for row in first["passages"]}) == 16
    assert Counter(row[1] for row in first["items"]) == {"published": 16, "failed": 1}
    assert max(Counter(row[0] for row in first["passages"]).values()) > 1, "documents of several passages"


@pytest.mark.slow
def test_the_watcher_sees_half_a_document(place: Path) -> None:
    apart = place / "apart"  # the points lost here must not be missed by the tests that follow
    apart.mkdir()
    running = begin(apart, "half", FIRST, "--lose-points")
    assert running.end() == 3, running.lines
    assert any(line.startswith("HALF") for line in running.lines)


def test_a_killed_load_goes_on_under_its_own_name(place: Path, expected: Uninterrupted) -> None:
    running = begin(place, "killed0", FIRST)  # as long as the other names: they stand in the texts
    assert strike_when(running, lambda progress: progress["published"] >= 3, "application", place / "data")
    assert running.end() == -9
    assert plain(go_on(place, "killed0", running.load_id).outcome(), "killed0") == expected[FIRST]


@pytest.mark.slow
def test_an_uninterrupted_change_is_what_it_should_be(expected: Uninterrupted) -> None:
    changed = expected[CHANGED]
    assert Counter(row[1] for row in changed["items"]) == {
        "published": 5,
        "unchanged": 11,
        "withdrawn": 1,
        "failed": 1,
    }
    assert Counter(row[2] for row in changed["publications"]) == {True: 16, False: 5}


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_random_kills(place: Path, expected: Uninterrupted) -> None:
    struck: list[dict[str, Any]] = []
    compared = 0
    for run, (scenario, victim, phase) in enumerate(kinds_of_runs()):
        token = f"run-{run:03}"
        most = (MOST if scenario == FIRST else MOST_CHANGED)[phase]
        wanted = random.Random(run).randint(1, most) if most else 0
        running = begin(place, token, scenario)
        progress = strike_when(
            running, lambda progress, to=(phase, wanted): progress.get(to[0], 0) >= to[1], victim, place / "data"
        )
        described = f"run {run}: {victim} at {phase} >= {wanted} of {scenario}: {progress}"
        if victim == "application" and progress:
            assert running.end() == -9, f"{described}: {running.lines[-5:]} {running.complaints[-1000:]}"
            running = go_on(place, token, running.load_id)
        found = plain(running.outcome(), token)
        compared += running.compared
        assert running.compared > 0, described
        lost = {row[0] for row in found["items"] if row[1] == "failed" and row[2] in PARSING_CODES and row[3]}
        assert not lost or victim == "parsing child", described
        assert without(found, lost) == without(expected[scenario], lost), described
        if progress:
            struck.append({"scenario": scenario, "victim": victim, "phase": phase, "lost": len(lost), **progress})
    report(struck, compared)
    assert len(struck) >= 0.8 * RUNS, struck  # some loads are over before
    if 2 * len(KINDS) <= RUNS:
        hit = Counter((one["scenario"], one["phase"]) for one in struck)
        assert {(scenario, phase) for scenario, _, phase in KINDS} == set(hit), hit
        assert {one["victim"] for one in struck} == {"application", "postgresql", "parsing child"}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_kills_while_the_index_is_built_for_another_model(place: Path) -> None:
    data_dir, token = place / "other", "models"
    first, _ = make_sources(place, token)
    loaded = LoadingProcess(["load", str(data_dir), token, "--source", str(first)])
    expected = loaded.outcome() | {"items": []}
    struck: list[dict[str, Any]] = []
    dimension = 64
    for run in range(max(2, RUNS // 10)):
        dimension = 96 if dimension == 64 else 64
        victim = ("application", "postgresql")[run % 2]
        arguments = ["reembed", str(data_dir), token, "--dimension", str(dimension)]
        running = LoadingProcess([*arguments, "--slowly"])
        running.wait_for_the_load()
        wanted = random.Random(run).randint(1, 24)
        progress = strike_when(running, lambda progress, to=wanted: progress["embedded"] >= to, victim, data_dir)
        assert progress, f"run {run}: {running.lines[-5:]} {running.complaints[-1000:]}"
        struck.append({"scenario": "another model", "victim": victim, "phase": "embedded", **progress})
        if victim == "application":
            assert running.end() == -9
            running = LoadingProcess(arguments)
        assert running.outcome() == expected, f"run {run}: {victim} at {progress}"
    report(struck, 0)


def report(struck: list[dict[str, Any]], compared: int) -> None:
    """Say how many strikes landed where; the file is for docs/measurements.md."""
    landed = Counter(f"{one['scenario']}, {one['victim']}, {one['phase']}" for one in struck)
    print(json.dumps({"strikes": len(struck), "versions compared": compared, "landed": landed}, indent=1))
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"compared": compared, "struck": struck}) + "\n")
