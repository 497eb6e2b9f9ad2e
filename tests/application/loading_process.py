"""Run as a process of its own so that it can be killed: loads a folder, or prints what is published."""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from application.live_application import open_test_engines
from sourcier_api.application import make_services, worker_inside
from sourcier_core.db import corpora, loads, tables
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_ingest import loading


class SlowEmbedder(HashingEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.02 * len(texts))
        return super().embed_passages(texts)


async def load(data_dir: Path, source: Path, *, slowly: bool) -> None:
    if slowly:
        loading._PASSAGES_AT_ONCE = 12  # publish in small steps, so that a kill falls between them
    services = make_services(open_test_engines(data_dir, embedder=SlowEmbedder() if slowly else None))
    database = services.engines.database
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="c", title="C", now=datetime.now(UTC))
    async with worker_inside(services):
        found = loading.request_load(
            database, corpus_id="c", source=str(source), options=loading.LoadOptions(folder=str(source))
        )
        while True:
            with database.transaction() as connection:
                state = loads.get_load(connection, found.id).state
                published = corpora.count_published(connection).get("c", (0, 0))[0]
            print("published", published, flush=True)
            if state in loads.FINAL_LOAD_STATES:
                break
            await asyncio.sleep(0.02)
    await services.aclose()
    assert state == "finished", state


def dump(data_dir: Path) -> None:
    engines = open_test_engines(data_dir)
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
            .where(tables.publications.c.valid_to.is_(None))
            .order_by(tables.documents.c.path, tables.passages.c.ordinal)
        ).all()
    versions: dict[str, int] = {}
    for row in rows:
        versions[row.version_id] = versions.get(row.version_id, 0) + 1
    for version, count in versions.items():
        assert engines.index.version_points(version) == count, version
    assert engines.index.describe().points == len(rows)
    asyncio.run(engines.aclose())
    print(json.dumps([list(row)[:5] for row in rows]))


if __name__ == "__main__":
    threading.excepthook = lambda arguments: sys.exit(f"thread failed: {arguments.exc_value}")
    if sys.argv[1] == "dump":
        dump(Path(sys.argv[2]))
    else:
        asyncio.run(load(Path(sys.argv[2]), Path(sys.argv[3]), slowly=sys.argv[1] == "load-slowly"))
