"""A reranking server on loopback, in either shape; and whatever else a server may answer."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sourcier_core.reranking.words import WordReranker

Answer = Callable[["Request", BaseHTTPRequestHandler], None]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class RerankingServer:
    url: str
    requests: list[Request] = field(default_factory=list)


def send_json(handler: BaseHTTPRequestHandler, answer: Any, status: int = 200) -> None:
    send(handler, json.dumps(answer).encode(), status)


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def like_tei(request: Request, handler: BaseHTTPRequestHandler) -> None:
    """text-embeddings-inference: reads `texts`, answers a list sorted by score."""
    scores = WordReranker().score(request.body["query"], request.body["texts"], timeout_s=1)
    entries = [{"index": index, "score": float(score)} for index, score in enumerate(scores)]
    send_json(handler, sorted(entries, key=lambda entry: -entry["score"]))


def like_jina(request: Request, handler: BaseHTTPRequestHandler) -> None:
    """vLLM and Jina: read `documents`, answer an object of results that holds the texts too."""
    scores = WordReranker().score(request.body["query"], request.body["documents"], timeout_s=1)
    results = [
        {"index": index, "relevance_score": float(score), "document": {"text": request.body["documents"][index]}}
        for index, score in enumerate(scores)
    ]
    answer = {"id": "rerank-1", "model": request.body.get("model"), "usage": {"total_tokens": 9}, "results": results}
    send_json(handler, answer)


@contextmanager
def server_that(answers: Answer) -> Iterator[RerankingServer]:
    found = RerankingServer(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = Request(self.path, dict(self.headers.items()), json.loads(self.rfile.read(length)))
            found.requests.append(request)
            answers(request, self)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that went away, on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/rerank"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
