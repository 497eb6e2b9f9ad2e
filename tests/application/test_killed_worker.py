"""kill -9 of a separate worker: another one takes its load over, without loss or doubles."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from application.killed_loads import LoadingProcess, make_sources, strike_when
from application.loading_process import request
from application.worker_process import shared_client
from sourcier_core.db import corpora, loads, tables
from sourcier_core.db.database import Database

TAKEN_OVER_WITHIN_S = 240
"""Half a minute without a heartbeat, a look every minute, and the rest of the load."""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[LoadingProcess]]:
    """The index's holder, and the workers that a test adds; all end with the test."""
    started = [LoadingProcess(["index", str(tmp_path / "socket")], script="worker_process.py")]
    yield started
    for one in started:
        one.process.kill()
        one.end()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("phase", ["chunked", "published"])
def test_another_worker_takes_over(
    phase: str, database: Database, tmp_path: Path, processes: list[LoadingProcess]
) -> None:
    processes[0].wait_for("ready")
    source, _ = make_sources(tmp_path, "notes")
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="notes", title="C", now=datetime.now(UTC))
    load_id = request(database, "notes", source)
    arguments = ["worker", str(tmp_path / "socket"), "--database", database.url, "--load", load_id]
    arguments += ["--data-dir", str(tmp_path / "data")]
    first = LoadingProcess(arguments, script="worker_process.py")
    processes.append(first)
    first.wait_for("ready")  # and has the load, as the only one
    processes.append(LoadingProcess(arguments, script="worker_process.py"))
    assert strike_when(first, lambda progress: progress[phase] >= 3, "application", tmp_path), first.lines
    assert first.end() == -9
    deadline = time.monotonic() + TAKEN_OVER_WITHIN_S
    while True:
        with database.transaction() as connection:
            load = loads.get_load(connection, load_id)
            items = loads.list_items(connection, load_id)
        if load.state in loads.FINAL_LOAD_STATES:
            break
        assert time.monotonic() < deadline, (load, processes[2].lines[-5:], processes[2].complaints)
        time.sleep(0.5)
    assert load.state == "finished"
    assert Counter(item.outcome for item in items) == {"published": 16, "failed": 1}
    check_index(database, shared_client(tmp_path / "socket"))


def check_index(database: Database, client: Any) -> None:
    """Every document is published once, and has one point for each of its passages and no other."""
    with database.transaction() as connection:
        published = Counter(connection.execute(select(tables.publications.c.document_id)).scalars())
        passages = {str(row) for row in connection.execute(select(tables.passages.c.id)).scalars()}
    assert set(published.values()) == {1}
    assert len(published) == 16
    records, rest = client.scroll("passages", limit=10_000, with_payload=False, with_vectors=False)
    assert rest is None
    assert {str(record.id) for record in records} == passages
