"""What a Qdrant server adds to the contract: a model kept with the collection, and clear words when it is away."""

import dataclasses
import socket
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from qdrant_client import QdrantClient, models

from index.index_samples import IDENTITY, make_id, make_point, make_scope, unit
from sourcier_core.errors import (
    ConfigurationError,
    EmbeddingModelChanged,
    EngineUnavailable,
    SourcierError,
    StorageFull,
)
from sourcier_core.index.server import open_server_index


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    client = QdrantClient(":memory:")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")  # said by local mode only
        yield client
    client.close()


def test_the_collection_remembers_its_model(client: QdrantClient) -> None:
    first = open_server_index(client, collection="passages", identity=IDENTITY)
    first.upsert([make_point(1)])
    again = open_server_index(client, collection="passages", identity=IDENTITY)
    assert again.version_points(make_id(10_000)) == 1
    other = dataclasses.replace(IDENTITY, name="other")
    with pytest.raises(EmbeddingModelChanged, match=r"'tiny'.*'other'"):
        open_server_index(client, collection="passages", identity=other)
    open_server_index(client, collection="elsewhere", identity=other)
    first.close()
    assert client.collection_exists("passages"), "a client that was given stays open"


def test_a_collection_of_someone_else_is_refused(client: QdrantClient) -> None:
    client.create_collection(
        "theirs", vectors_config={"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
    )
    with pytest.raises(ConfigurationError, match="theirs"):
        open_server_index(client, collection="theirs", identity=IDENTITY)


def test_a_note_on_the_model_that_cannot_be_read_is_refused(client: QdrantClient) -> None:
    client.create_collection("odd", vectors_config={}, metadata={"sourcier_embedding_model": {"nom": "tiny"}})
    with pytest.raises(ConfigurationError, match=r"odd.*cannot be read"):
        open_server_index(client, collection="odd", identity=IDENTITY)


class Refusals(BaseHTTPRequestHandler):
    """Answers everything with one status, and notes what was asked."""

    status = 500
    body = b"{}"
    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"{}", ConfigurationError),
        (403, b"{}", ConfigurationError),
        (500, b'{"status": {"error": "No space left on device"}}', StorageFull),
        (507, b"{}", StorageFull),
        (503, b"{}", EngineUnavailable),
        (200, b"<html>not Qdrant</html>", EngineUnavailable),
        (200, b'{"result": "not Qdrant"}', EngineUnavailable),
    ],
)
def test_what_a_server_says_becomes_our_errors(status: int, body: bytes, error: type[SourcierError]) -> None:
    handler = type("Handler", (Refusals,), {"status": status, "body": body, "paths": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(error) as caught:
                open_server_index(f"http://127.0.0.1:{server.server_port}", collection="passages", identity=IDENTITY)
        finally:
            server.shutdown()
            thread.join()
    assert type(caught.value) is error
    assert handler.paths == ["/collections/passages/exists"], "nothing else is asked, no version either"


def test_a_server_that_is_away_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EngineUnavailable, match="does not answer"):
            open_server_index(url, collection="passages", identity=IDENTITY)


def test_a_server_that_goes_away_is_unavailable(client: QdrantClient, monkeypatch: pytest.MonkeyPatch) -> None:
    index = open_server_index(client, collection="passages", identity=IDENTITY)

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("refused")

    for name in ("query_points", "upsert", "count", "delete", "set_payload"):
        monkeypatch.setattr(client, name, refuse)
    for call in (
        lambda: index.search(unit(1), scope=make_scope(), limit=1),
        lambda: index.upsert([make_point(1)]),
        lambda: index.version_points(make_id(1)),
        lambda: index.delete_version(make_id(1)),
        lambda: index.set_validity(make_id(1), valid_from=None, valid_to=None),
        index.describe,
    ):
        with pytest.raises(EngineUnavailable):
            call()
