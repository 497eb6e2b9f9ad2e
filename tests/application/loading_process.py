"""Run as a process of its own so that it can be killed: loads a folder, or builds the index for another model.

What it does it says in lines on its standard output. It ends with 0 when all is done, and with 3 when its watcher, who
reads as any reader does, saw half a document.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Text, cast, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from application.live_application import open_test_engines
from sourcier_api.application import Services, make_services, reembedding_beside, worker_inside
from sourcier_core.access import LOCAL_ADMINISTRATOR, AccessScope, resolve_access_scope
from sourcier_core.composition import Engines
from sourcier_core.db import corpora, loads, tables
from sourcier_core.db.database import Database
from sourcier_core.db.vector_spaces import VectorSpaceRecord
from sourcier_core.domain.search import EmbeddingModelIdentity, IndexPoint
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import EngineUnavailable, StorageFull
from sourcier_core.index.edge import EdgePassageIndex
from sourcier_core.ports import Embedder
from sourcier_ingest import loading, parse_ahead
from sourcier_retrieval.search import SearchMode

SAW_HALF, THREAD_FAILED = 3, 4
SOURCE_NAME = "notes"
EVERYTHING = 10_000


def say(*words: object) -> None:
    print(*words, flush=True)


class NamedEmbedder(HashingEmbedder):
    """A model of the dimension that was asked for, so slow that there is time to be killed."""

    def __init__(self, dimension: int, *, slowly: bool) -> None:
        super().__init__(dimension)
        self._pause_s = 0.02 if slowly else 0.0
        self._done = 0

    @property
    def identity(self) -> EmbeddingModelIdentity:
        found = super().identity
        return EmbeddingModelIdentity(
            name=found.name, fingerprint=f"hashing-{found.dimension}", dimension=found.dimension
        )

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self._pause_s * len(texts))
        found = super().embed_passages(texts)
        self._done += len(texts)
        say("embedded", self._done)
        return found


class Watcher:
    """Looks for half a document, as a reader would see it, until the process ends."""

    def __init__(self, services: Services, corpus: str) -> None:
        self._services = services
        self._corpus = corpus
        self.compared = 0
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def _run(self) -> None:
        while True:
            with contextlib.suppress(
                EngineUnavailable, StorageFull
            ):  # a test has killed PostgreSQL, or filled its disk
                self._look()
            time.sleep(0.02)

    def _look(self) -> None:
        """Of each document that could be read before and after, a search finds one version, and that one whole.

        Which one may change in between: a publication bears the instant of its decision and is seen a moment later.
        """
        with self._services.engines.database.transaction() as connection:
            known = corpora.list_corpora(connection)
        scope = resolve_access_scope(LOCAL_ADMINISTRATOR, corpora=known, requested=[self._corpus])
        before = self._read(scope)
        hits = self._services.search.search("paragraph", scope=scope, limit=500, mode=SearchMode.DENSE)
        after = self._read(scope)
        found: dict[str, set[str]] = defaultdict(set)
        for hit in hits:
            found[hit.document.document_id].add(hit.document.version_id)
        texts = {hit.passage.text for hit in hits}
        for document in before.keys() & after.keys() | found.keys():
            versions = found[document]
            whole = {**before.get(document, {}), **after.get(document, {})}
            missing = set[str]().union(*(whole.get(version, {"all of it"}) for version in versions)) - texts
            if len(versions) != 1 or missing:
                say(f"HALF {document}: {len(versions)} versions found, {len(missing)} passages missing")
                os._exit(SAW_HALF)
            self.compared += 1

    def _read(self, scope: AccessScope) -> dict[str, dict[str, set[str]]]:
        """The texts by document and version."""
        read: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for passage, document in self._services.reader.read_in_order(scope, document=None, at_most=EVERYTHING):
            read[document.document_id][document.version_id].add(passage.text)
        return read


def lose_points() -> None:
    """Break the index: every seventh point is lost, so that the watcher has something to see."""
    upsert = EdgePassageIndex.upsert

    def losing(self: EdgePassageIndex, points: Sequence[IndexPoint]) -> None:
        upsert(self, [point for number, point in enumerate(points) if number % 7])

    EdgePassageIndex.upsert = losing  # type: ignore[method-assign]


def in_small_steps() -> None:
    """Store, parse and publish a few at a time, so that a kill falls between."""
    parse_ahead._FIRST_SHARES = parse_ahead._MOST_SHARES = 3
    loading._REGISTER_AT_ONCE = 4
    loading._PASSAGES_AT_ONCE = 12
    loading._PASSAGES_WHEN_IDLE = 4


def open_services(chosen: argparse.Namespace) -> Services:
    def previous(record: VectorSpaceRecord) -> Embedder:
        return NamedEmbedder(record.identity.dimension, slowly=False)

    return make_services(
        open_test_engines(
            chosen.data_dir,
            embedder=NamedEmbedder(chosen.dimension, slowly=chosen.slowly),
            disk_reserve_mb=chosen.reserve,
            open_previous=previous,
        )
    )


def request(database: Database, corpus: str, folder: Path) -> str:
    options = loading.LoadOptions(folder=str(folder))
    return loading.request_load(database, corpus_id=corpus, source=SOURCE_NAME, options=options).id


async def until(true: Callable[[], bool]) -> None:
    while True:
        if true():
            return
        await asyncio.sleep(0.02)


async def wait_for(database: Database, load_id: str) -> str:
    shown = ""
    while True:
        with contextlib.suppress(EngineUnavailable, StorageFull):
            with database.transaction() as connection:
                load = loads.get_load(connection, load_id)
            if shown != (shown := f"state {load.state} {load.message or ''}"):
                say(shown)
            if load.state in loads.FINAL_LOAD_STATES:
                return load.state
        await asyncio.sleep(0.02)


async def load(chosen: argparse.Namespace) -> None:
    services = open_services(chosen)
    database = services.engines.database
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id=chosen.corpus, title="C", now=datetime.now(UTC))
    watcher = Watcher(services, chosen.corpus)
    async with worker_inside(services):
        if chosen.before:
            assert await wait_for(database, request(database, chosen.corpus, chosen.before)) == "finished"
        if chosen.slowly:
            in_small_steps()
        load_id = chosen.resume or request(database, chosen.corpus, chosen.source)
        say("database", database.url)
        say("load", load_id)
        state = await wait_for(database, load_id)
    assert state == "finished", state
    await until(lambda: watcher.compared > 0)
    say("compared", watcher.compared)
    dump(services.engines, chosen.corpus, load_id)
    await services.aclose()


async def reembed(chosen: argparse.Namespace) -> None:
    """Build the index for a model of another dimension, and return when it serves."""
    services = open_services(chosen)
    watcher = Watcher(services, chosen.corpus)
    say("database", services.engines.database.url)
    say("load", "none")
    async with worker_inside(services):
        with reembedding_beside(services, works=True):
            await until(lambda: services.engines.spaces.serving.identity.dimension == chosen.dimension)
            say("switched")
            seen = watcher.compared
            await until(lambda: watcher.compared > seen)  # read once from the new index
    say("compared", watcher.compared)
    dump(services.engines, chosen.corpus, None)
    await services.aclose()


def dump(engines: Engines, corpus: str, load_id: str | None) -> None:
    """Print all there is: each published passage has exactly one point, and no point is left over."""
    of_document = tables.documents.join(tables.versions, tables.versions.c.document_id == tables.documents.c.id)
    with engines.database.transaction() as connection:
        passages = connection.execute(
            select(
                tables.documents.c.path,
                tables.passages.c.start_offset,
                tables.passages.c.end_offset,
                tables.passages.c.text,
                tables.passages.c.version_id,
            )
            .select_from(
                of_document.join(tables.passages, tables.passages.c.version_id == tables.versions.c.id).join(
                    tables.publications, tables.publications.c.version_id == tables.versions.c.id
                )
            )
            .where(tables.publications.c.valid_to.is_(None), tables.documents.c.corpus_id == corpus)
            .order_by(tables.documents.c.path, tables.passages.c.ordinal)
        ).all()
        publications = connection.execute(
            select(tables.documents.c.path, tables.versions.c.sequence, tables.publications.c.valid_to.is_(None))
            .select_from(
                of_document.join(tables.publications, tables.publications.c.version_id == tables.versions.c.id)
            )
            .where(tables.documents.c.corpus_id == corpus)
            .order_by(tables.documents.c.path, tables.versions.c.sequence, tables.publications.c.valid_from)
        ).all()
        states = connection.execute(
            select(tables.documents.c.path, tables.versions.c.sequence, tables.versions.c.state)
            .select_from(of_document)
            .where(tables.documents.c.corpus_id == corpus)
            .order_by(tables.documents.c.path, tables.versions.c.sequence)
        ).all()
        items = [] if load_id is None else loads.list_items(connection, load_id)
        everything = set(connection.execute(select(cast(tables.passages.c.id, Text))).scalars())
    counts: dict[str, int] = defaultdict(int)
    for row in passages:
        counts[str(row.version_id)] += 1
    for version, count in counts.items():
        assert engines.index.version_points(version) == count, version
    assert engines.index.describe().points == len(everything), (engines.index.describe(), len(everything))
    found = {
        "passages": [list(row)[:4] for row in passages],
        "publications": [list(row) for row in publications],
        "states": [list(row) for row in states],
        "items": [[item.path, item.outcome, item.code, bool(item.message)] for item in items],
    }
    say(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["load", "reembed"])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("corpus")
    parser.add_argument("--source", type=Path, help="the folder to load")
    parser.add_argument("--before", type=Path, help="a folder to load first, whole and fast")
    parser.add_argument("--resume", help="wait for this load instead of asking for one")
    parser.add_argument("--slowly", action="store_true")
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--reserve", type=int, default=0)
    parser.add_argument("--lose-points", action="store_true")
    chosen = parser.parse_args()
    if chosen.lose_points:
        lose_points()
    asyncio.run(load(chosen) if chosen.what == "load" else reembed(chosen))


def end(arguments: threading.ExceptHookArgs) -> None:
    """A thread's exception would otherwise only be printed."""
    print(f"thread failed: {arguments.exc_type.__name__}: {arguments.exc_value}", file=sys.stderr, flush=True)
    os._exit(THREAD_FAILED)


if __name__ == "__main__":
    threading.excepthook = end
    main()
