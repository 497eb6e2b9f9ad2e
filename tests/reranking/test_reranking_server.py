"""What is sent to a reranking server, and what becomes of answers that are no answer."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pydantic import SecretStr

from reranking.reranking_servers import Request, like_jina, like_tei, send, send_json, server_that
from sourcier_core.errors import RerankingFailed
from sourcier_core.reranking.server import ServerReranker

TEXTS = ["le préavis", "la prime", "le télétravail"]


def _ask(url: str, *, timeout_s: float = 20.0) -> list[float]:
    reranker = ServerReranker(url, model=None, api_key=None)
    try:
        return reranker.score("préavis", TEXTS, timeout_s=timeout_s).tolist()
    finally:
        reranker.close()


def _answering(answer: Any) -> Callable[[Request, BaseHTTPRequestHandler], None]:
    return lambda _, handler: send_json(handler, answer)


@pytest.mark.parametrize("shape", [like_tei, like_jina])
def test_model_key_and_texts_are_sent_as_both_kinds_read_them(shape: Any) -> None:
    with server_that(shape) as server:
        reranker = ServerReranker(server.url, model="bge", api_key=SecretStr("s3cret"))
        assert reranker.score("préavis", TEXTS, timeout_s=20).tolist() == [1.0, 0.0, 0.0]
        reranker.close()
    (request,) = server.requests
    assert request.path == "/rerank"
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert (request.body["model"], request.body["query"]) == ("bge", "préavis")
    assert request.body["texts"] == request.body["documents"] == TEXTS
    assert "s3cret" not in reranker.name


def test_without_a_model_or_a_key_none_is_sent() -> None:
    with server_that(like_tei) as server:
        _ask(server.url)
    assert "model" not in server.requests[0].body
    assert "Authorization" not in server.requests[0].headers


BAD_ANSWERS: dict[str, Any] = {
    "nothing scored": [],
    "one missing": [{"index": 0, "score": 1.0}, {"index": 2, "score": 1.0}],
    "one twice": [{"index": 0, "score": 1.0}, {"index": 1, "score": 1.0}, {"index": 1, "score": 2.0}],
    "one too many": [{"index": index, "score": 1.0} for index in range(4)],
    "below the first": [{"index": index - 1, "score": 1.0} for index in range(3)],
    "an index in words": [{"index": str(index), "score": 1.0} for index in range(3)],
    "a score in words": [{"index": index, "score": "high"} for index in range(3)],
    "no score": [{"index": index} for index in range(3)],
    "not a number": [{"index": index, "score": float("nan")} for index in range(3)],
    "infinite": [{"index": index, "score": float("inf")} for index in range(3)],
    "too large": [{"index": index, "score": 1e300} for index in range(3)],
    "an empty score": [{"index": index, "relevance_score": None} for index in range(3)],
    "an error": {"error": "overloaded"},
    "results that are none": {"results": 3},
    "numbers alone": [1.0, 2.0, 3.0],
    "nothing": None,
    "a word": "ok",
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_an_answer_that_does_not_score_every_text_once_is_refused(answer: Any) -> None:
    with server_that(_answering(answer)) as server, pytest.raises(RerankingFailed):
        _ask(server.url)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 200_000, b"\xff\xfe", b'[{"index": 0, "score"'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with server_that(lambda _, handler: send(handler, body)) as server, pytest.raises(RerankingFailed):
        _ask(server.url)


@pytest.mark.parametrize("status", [400, 401, 413, 429, 500, 503])
def test_a_refusal_says_its_status(status: int) -> None:
    refusing = server_that(lambda _, handler: send_json(handler, {"error": "no"}, status))
    with refusing as server, pytest.raises(RerankingFailed, match=str(status)):
        _ask(server.url)


def test_the_texts_follow_no_redirection() -> None:
    with server_that(like_tei) as elsewhere:

        def redirect(_: Request, handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", elsewhere.url)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with server_that(redirect) as server, pytest.raises(RerankingFailed, match="307"):
            _ask(server.url)
        assert elsewhere.requests == []


def test_a_server_that_is_not_there_fails() -> None:
    with server_that(like_tei) as server:
        pass
    with pytest.raises(RerankingFailed):
        _ask(server.url)


def test_a_slow_server_is_left_in_time() -> None:
    def slow(_: Request, handler: BaseHTTPRequestHandler) -> None:
        time.sleep(2)
        send_json(handler, [])

    _fails_soon(slow)


def test_an_answer_in_drops_is_left_in_time() -> None:
    def dripping(_: Request, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    _fails_soon(dripping)


def _fails_soon(answer: Callable[[Request, BaseHTTPRequestHandler], None]) -> None:
    with server_that(answer) as server:
        started = time.monotonic()
        with pytest.raises(RerankingFailed):
            _ask(server.url, timeout_s=0.2)
        assert time.monotonic() - started < 1.5


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    def endless(_: Request, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" " * 65536)

    with server_that(endless) as server, pytest.raises(RerankingFailed, match="larger"):
        _ask(server.url)


def test_scores_come_back_in_the_order_of_the_texts() -> None:
    entries = [{"index": 2, "score": 0.5}, {"index": 0, "score": -3}, {"index": 1, "score": 0.25}]
    for answer in (entries, {"results": [{"index": e["index"], "relevance_score": e["score"]} for e in entries]}):
        with server_that(_answering(json.loads(json.dumps(answer)))) as server:
            assert _ask(server.url) == [-3.0, 0.25, 0.5]
