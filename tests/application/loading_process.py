"""Run as a process of its own so that it can be killed: loads a folder, or prints what is published."""

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Text, cast, select, text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from application.live_application import open_test_engines
from sourcier_api.application import Services, make_services, worker_inside
from sourcier_core.composition import Engines
from sourcier_core.db import corpora, loads, tables
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import EngineUnavailable
from sourcier_ingest import loading


class SlowEmbedder(HashingEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.02 * len(texts))
        return super().embed_passages(texts)


def watch(services: Services, corpus: str) -> None:
    """Look for half a document, as a reader would see it, until the process ends."""
    while True:
        with contextlib.suppress(EngineUnavailable), services.engines.database.transaction() as connection:
            rows = connection.execute(
                text(
                    "SELECT p.version_id, count(*) AS stored FROM passages p JOIN publications u USING (version_id) "
                    "JOIN documents d ON d.id = u.document_id "
                    "WHERE u.valid_to IS NULL AND d.corpus_id = :corpus GROUP BY p.version_id"
                ),
                {"corpus": corpus},
            ).all()
            for row in rows:
                found = services.engines.index.version_points(row.version_id)
                if found != row.stored:
                    print(f"HALF {row.version_id}: {found} of {row.stored}", flush=True)
        time.sleep(0.02)


async def load(data_dir: Path, source: Path, corpus: str, *, slowly: bool) -> None:
    if slowly:
        loading._PASSAGES_AT_ONCE = 12  # publish in small steps, so that a kill falls between them
    services = make_services(open_test_engines(data_dir, embedder=SlowEmbedder() if slowly else None))
    database = services.engines.database
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id=corpus, title="C", now=datetime.now(UTC))
    threading.Thread(target=watch, args=(services, corpus), daemon=True).start()
    async with worker_inside(services):
        found = loading.request_load(
            database, corpus_id=corpus, source=str(source), options=loading.LoadOptions(folder=str(source))
        )
        while True:
            try:
                with database.transaction() as connection:
                    state = loads.get_load(connection, found.id).state
                    published = corpora.count_published(connection).get(corpus, (0, 0))[0]
            except EngineUnavailable:  # a test has killed PostgreSQL
                await asyncio.sleep(0.1)
                continue
            print("published", published, flush=True)
            if state in loads.FINAL_LOAD_STATES:
                break
            await asyncio.sleep(0.02)
    assert state == "finished", state
    if not slowly:
        dump_published(services.engines, corpus)
    await services.aclose()


def dump_published(engines: Engines, corpus: str) -> None:
    """Print every published passage of a corpus; each has exactly one point, and no point is left over."""
    with engines.database.transaction() as connection:
        rows = connection.execute(
            select(
                tables.documents.c.path,
                tables.passages.c.id,
                tables.passages.c.start_offset,
                tables.passages.c.end_offset,
                tables.passages.c.text,
                tables.passages.c.version_id,
            )
            .join(tables.versions, tables.versions.c.id == tables.passages.c.version_id)
            .join(tables.documents, tables.documents.c.id == tables.versions.c.document_id)
            .join(tables.publications, tables.publications.c.version_id == tables.versions.c.id)
            .where(tables.publications.c.valid_to.is_(None), tables.documents.c.corpus_id == corpus)
            .order_by(tables.documents.c.path, tables.passages.c.ordinal)
        ).all()
    versions: dict[str, int] = {}
    for row in rows:
        versions[row.version_id] = versions.get(row.version_id, 0) + 1
    for version, count in versions.items():
        assert engines.index.version_points(version) == count, version
    with engines.database.transaction() as connection:
        everything = set(connection.execute(select(cast(tables.passages.c.id, Text))).scalars())
    assert engines.index.describe().points == len(everything)
    print(json.dumps([list(row)[:5] for row in rows]))


def dump(data_dir: Path, corpus: str) -> None:
    engines = open_test_engines(data_dir)
    dump_published(engines, corpus)
    asyncio.run(engines.aclose())


if __name__ == "__main__":
    threading.excepthook = lambda arguments: sys.exit(f"thread failed: {arguments.exc_value}")
    if sys.argv[1] == "dump":
        dump(Path(sys.argv[2]), sys.argv[3])
    else:
        place, source, corpus = sys.argv[2:5]
        asyncio.run(load(Path(place), Path(source), corpus, slowly=sys.argv[1] == "load-slowly"))
