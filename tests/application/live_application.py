"""The whole application on a free loopback port: real PostgreSQL, real Edge index, real parsers, a small embedder."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from sourcier_api.application import Services, make_services
from sourcier_api.server import create_application
from sourcier_core.blobs import FolderBlobStore
from sourcier_core.chat_models.opening import ChatBackend
from sourcier_core.composition import Engines
from sourcier_core.db.database import Database, open_database
from sourcier_core.db.vector_spaces import VectorSpaceRecord
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import DocumentError
from sourcier_core.ports import DocumentParser, Embedder, Reranker
from sourcier_core.settings import Settings
from sourcier_core.vector_space_opening import index_places, open_vector_spaces


@dataclass
class LiveApplication:
    url: str
    services: Services
    http: httpx.Client
    application: FastAPI

    @property
    def token(self) -> dict[str, str]:
        return {"X-Sourcier-Token": self.services.local_token}

    def wait(self, load_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            view = self.http.get(f"/api/loads/{load_id}", params={"items": "all"}).json()
            if view["state"] in {"finished", "failed", "cancelled"}:
                return view
            time.sleep(0.05)
        raise AssertionError(f"the load did not end: {view}")

    def load(self, folder: Path, corpus: str = "hr", **options: Any) -> dict[str, Any]:
        self.http.post("/api/corpora", json={"id": corpus, "title": corpus.upper()})
        started = self.http.post(
            f"/api/corpora/{corpus}/loads", json={"folder": str(folder), **options}, headers=self.token
        )
        assert started.status_code == 202, started.text
        return self.wait(started.json()["id"])


def _no_previous_model(record: VectorSpaceRecord) -> Embedder:
    raise AssertionError(f"the index was made with {record.identity}")


def open_test_engines(
    data_dir: Path,
    *,
    database: Database | None = None,
    embedder: Embedder | None = None,
    chat_model: BaseChatModel | None = None,
    reranker: Reranker | None = None,
    refusal_threshold: float = 0.0,
    disk_reserve_mb: int = 0,
    open_previous: Callable[[VectorSpaceRecord], Embedder] | None = None,
    source_folders: tuple[Path, ...] = (),
    proxy_secret: str | None = None,
) -> Engines:
    settings = Settings(
        data_dir=data_dir,
        refusal_threshold=refusal_threshold,
        chat_backend="quotes" if chat_model is None else "openai",
        chat_timeout_s=5.0,
        reranker_timeout_s=30.0,  # what is tested must not depend on how busy the machine is
        source_folders=list(source_folders),
        disk_reserve_mb=disk_reserve_mb,
        proxy_secret=None if proxy_secret is None else SecretStr(proxy_secret),
    )
    opened, places = database or open_database(data_dir), index_places(settings)
    return Engines(
        settings=settings,
        database=opened,
        blobs=FolderBlobStore(data_dir / "files", reserve_mb=disk_reserve_mb),
        spaces=open_vector_spaces(
            opened,
            embedder or HashingEmbedder(),
            model="test",
            places=places,
            open_previous=open_previous or _no_previous_model,
        ),
        places=places,
        sparse_encoder=Bm25Encoder(),
        chat=ChatBackend(model=chat_model),
        reranker=reranker,
    )


class BorrowedParser:
    """A parser that many applications use, each of which must leave it open: its start is most of a short test."""

    def __init__(self, parser: DocumentParser) -> None:
        self._parser = parser

    def parse_many(
        self, files: Sequence[tuple[Path, str]], passwords: DocumentPasswords = NO_PASSWORDS
    ) -> list[ParsedDocument | DocumentError]:
        return self._parser.parse_many(files, passwords)

    def close(self) -> None:
        pass


@contextmanager
def live_application(
    open_engines: Callable[[], Engines], *, parser: DocumentParser | None = None
) -> Iterator[LiveApplication]:
    opened: list[Services] = []

    def open_services() -> Services:
        opened.append(make_services(open_engines(), parser=parser))
        return opened[0]

    application = create_application(open_services, allowed_hosts=["127.0.0.1", "localhost"], run_worker=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="warning", lifespan="on", ws="none", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the application did not start"
        time.sleep(0.02)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
            yield LiveApplication(url=url, services=opened[0], http=http, application=application)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive(), "the application did not stop"


def borrowed(database: Database) -> Database:
    """The shared database, which closing an application must leave open."""
    copy = Database(database.url)
    copy.embedded = database.embedded
    return copy


__all__ = ["BorrowedParser", "LiveApplication", "borrowed", "live_application", "open_test_engines"]
