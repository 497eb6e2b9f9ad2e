"""A separate worker as a process of its own, or the process that holds the index several workers share.

No Qdrant server can be installed where the tests run. Qdrant's client has an engine of its own, exact and in memory;
one process holds it, and the workers call it over a local socket as they would call a server.
"""

import argparse
import asyncio
import sys
import warnings
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from qdrant_client import QdrantClient

from application.loading_process import NamedEmbedder, in_small_steps, say
from sourcier_api.application import make_services
from sourcier_core.blobs import FolderBlobStore
from sourcier_core.chat_models.opening import ChatBackend
from sourcier_core.composition import Engines
from sourcier_core.db.database import Database
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.index.server import delete_server_index, open_server_index
from sourcier_core.settings import Settings
from sourcier_core.vector_space_opening import IndexPlaces, open_vector_spaces
from sourcier_ingest.worker import run_worker

CALLS = [
    "collection_exists", "count", "create_collection", "create_payload_index", "delete", "delete_collection",
    "get_collection", "query_points", "retrieve", "scroll", "set_payload", "upsert",
]  # fmt: skip
KEY = b"of a test"


class IndexManager(BaseManager):
    """Calls the one client from other processes."""


def shared_client(socket: Path) -> Any:
    IndexManager.register("client", exposed=CALLS)
    manager = IndexManager(address=str(socket), authkey=KEY)
    manager.connect()
    return manager.client()  # type: ignore[attr-defined]


def hold_index(socket: Path) -> None:
    warnings.filterwarnings("ignore", message="Payload indexes have no effect")  # said by local mode only
    client = QdrantClient(":memory:")
    IndexManager.register("client", callable=lambda: client, exposed=CALLS)
    server = IndexManager(address=str(socket), authkey=KEY).get_server()
    say("ready")
    server.serve_forever()


def open_engines(database_url: str, data_dir: Path, socket: Path) -> Engines:
    database, client = Database(database_url), shared_client(socket)
    places = IndexPlaces(
        first="passages",
        open=lambda location, identity: open_server_index(client, collection=location, identity=identity),
        delete=lambda location: delete_server_index(client, collection=location),
    )

    def no_previous_model(record: object) -> Any:
        raise AssertionError(record)

    embedder = NamedEmbedder(64, slowly=True)
    return Engines(
        settings=Settings(data_dir=data_dir, chat_backend="quotes"),
        database=database,
        blobs=FolderBlobStore(data_dir / "files"),
        spaces=open_vector_spaces(database, embedder, model="test", places=places, open_previous=no_previous_model),
        places=places,
        sparse_encoder=Bm25Encoder(),
        chat=ChatBackend(model=None),
    )


async def work(chosen: argparse.Namespace) -> None:
    services = make_services(open_engines(chosen.database, chosen.data_dir, chosen.socket))
    in_small_steps()
    say("database", chosen.database)
    say("load", chosen.load)
    await run_worker(services.jobs, concurrency=1, only_worker=False, ready=lambda: say("ready"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["index", "worker"])
    parser.add_argument("socket", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--load")
    chosen = parser.parse_args()
    if chosen.what == "index":
        hold_index(chosen.socket)
    else:
        asyncio.run(work(chosen))


if __name__ == "__main__":
    main()
