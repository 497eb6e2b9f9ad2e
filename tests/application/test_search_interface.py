"""Finding passages over HTTP, and LangChain's retriever on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from application.command import run_command
from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from reranking.reranking_servers import like_jina, like_tei, send_json, server_that
from sourcier_api.dependencies import principal_of
from sourcier_core.access import LOCAL_ADMINISTRATOR, Principal, resolve_access_scope
from sourcier_core.composition import Engines
from sourcier_core.db import corpora
from sourcier_core.db.answers import get_record
from sourcier_core.db.database import Database
from sourcier_core.domain.search import SearchFilter
from sourcier_core.errors import EngineUnavailable, InvalidRequest, NotFound
from sourcier_core.ports import DocumentParser
from sourcier_core.reranking.server import ServerReranker
from sourcier_retrieval.langchain_retriever import SourcierRetriever

QUESTION = "Combien de jours de télétravail par semaine ?"


def hits(live: LiveApplication, question: str = QUESTION, **options: Any) -> list[dict[str, Any]]:
    response = live.http.post("/api/search", json={"question": question, **options})
    assert response.status_code == 200, response.text
    return response.json()["hits"]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_a_hit_is_the_stored_text_at_its_place(live: LiveApplication, folder: Path, mode: str) -> None:
    live.load(folder)
    best = hits(live, mode=mode)[0]
    assert best["path"] == "telework.md"
    assert "deux jours par semaine" in best["text"]
    assert best["text"] == live.services.reader.read_text(best["version_id"], best["start"], best["end"])
    assert (best["dense_score"] is None) == (mode == "sparse")
    passage = live.http.get(f"/api/passages/{best['passage_id']}").json()
    assert passage["text"] == best["text"]


def test_corpora_limit_and_date(live: LiveApplication, folder: Path) -> None:
    before = datetime.now(UTC)
    live.load(folder)
    live.load(folder, corpus="it")
    after = datetime.now(UTC)
    assert {hit["corpus_id"] for hit in hits(live, corpora=["it"])} == {"it"}
    assert hits(live, corpora=[]) == []
    assert len(hits(live, limit=1)) == 1
    assert hits(live, as_of=before.isoformat()) == []
    assert hits(live, as_of=after.isoformat()) != []
    (folder / "telework.md").write_text("# Télétravail\n\nTrois jours de télétravail par semaine.\n", "utf-8")
    between = datetime.now(UTC)
    live.load(folder)
    assert any("Trois jours" in hit["text"] for hit in hits(live, corpora=["hr"]))
    old = " ".join(hit["text"] for hit in hits(live, corpora=["hr"], as_of=between.isoformat()))
    assert "deux jours" in old
    assert "Trois jours" not in old


def test_a_search_and_a_question_are_narrowed(live: LiveApplication, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "phones.md").write_text("# Phones\n\nThe office phone costs 14 euros a month.\n", "utf-8")
    live.load(folder)
    question = "télétravail phone password"

    def paths(**only: Any) -> set[str]:
        return {hit["path"] for hit in hits(live, question, only=only)}

    everything = {"telework.md", "passwords.txt", "sub/phones.md"}
    assert paths() == everything
    assert paths(media_types=["text/plain"]) == {"passwords.txt"}
    assert paths(media_types=["text/markdown"]) == {"telework.md", "sub/phones.md"}
    assert paths(document_types=["text"]) == everything
    assert paths(document_types=["pdf", "mail"]) == set()
    assert paths(document_types=["pdf"], media_types=["text/plain"]) == {"passwords.txt"}, "of any of both"
    assert paths(languages=["fr"]) == {"telework.md"}
    assert paths(languages=["fr", "en", "und"]) == everything
    assert paths(path_prefix="sub/") == {"sub/phones.md"}
    assert paths(path_prefix="sub/", languages=["fr"]) == set()
    asked = {"question": "How much is the office phone a month?", "only": {"path_prefix": "sub/"}}
    answer = ask_with(live, asked)
    assert {source["path"] for source in answer["sources"]} == {"sub/phones.md"}
    with live.services.engines.database.transaction() as connection:
        scope = get_record(connection, answer["id"], LOCAL_ADMINISTRATOR).scope
    assert (scope["path_prefix"], scope["languages"], scope["media_types"]) == ("sub/", [], [])
    refused = ask_with(live, {**asked, "only": {"languages": ["und"]}})
    assert (refused["state"], refused["refusal_reason"]) == ("refused", "no_passages")
    past = ask_with(live, {**asked, "as_of": "2020-01-01T00:00:00Z"})
    assert past["refusal_reason"] == "no_passages"
    with SourcierRetriever.over_http(live.url, only=SearchFilter(path_prefix="sub/")) as retriever:
        assert {document.metadata["path"] for document in retriever.invoke(question)} == {"sub/phones.md"}
    only = {"languages": frozenset({"fr"}), "media_types": frozenset({"text/markdown"})}
    with SourcierRetriever.over_http(live.url, only=SearchFilter(**only)) as retriever:
        assert {document.metadata["path"] for document in retriever.invoke(question)} == {"telework.md"}


def test_a_recorded_question_says_what_it_was_asked_of(live: LiveApplication, folder: Path) -> None:
    live.load(folder)

    def told(**only: Any) -> dict[str, Any] | None:
        answer = ask_with(live, {"question": QUESTION, "only": only or None})
        return live.http.get(f"/api/answers/{answer['id']}").json()["only"]

    assert told() is None
    nothing: dict[str, Any] = {"document_types": [], "languages": [], "media_types": [], "path_prefix": ""}
    assert told(languages=["fr"], path_prefix="a/") == {**nothing, "languages": ["fr"], "path_prefix": "a/"}
    kinds = {"document_types": ["mail", "pdf"], "media_types": ["text/plain", "application/x-odd"]}
    assert told(**kinds) == {
        **nothing,
        "document_types": ["pdf", "mail"],
        "media_types": ["application/x-odd", "text/plain"],
    }


def test_commands_are_narrowed(live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "telework.txt").write_text("Le télétravail est de deux jours par semaine au siège.", "utf-8")
    live.load(folder)
    for words, there, absent in (
        (("--type", "text", "--path", "sub/"), "sub/telework.txt", "hr/telework.md"),
        (("--in-language", "fr"), "telework.md", "passwords.txt"),
        (("--type", "text/plain", "--type", "pdf"), "sub/telework.txt", "hr/telework.md"),
        (("--path", "/sub/"), "sub/telework.txt", "hr/telework.md"),
    ):
        found = run_command(live, monkeypatch, "search", QUESTION, *words)
        assert found.exit_code == 0, found.output
        assert there in found.output
        assert absent not in found.output
    nothing = run_command(live, monkeypatch, "search", QUESTION, "--type", "pdf", "--type", "mail")
    assert "0 passages" in nothing.output
    assert "Only these documents were asked: pdf, mail\n" in nothing.output
    refused = run_command(live, monkeypatch, "ask", QUESTION, "--in-language", "und", "--path", "[b]nowhere/")
    assert "Seuls documents interrogés\u00a0: und, sous [b]nowhere/\n" in refused.output
    assert "interrogés" not in run_command(live, monkeypatch, "ask", QUESTION).output
    asked = run_command(live, monkeypatch, "ask", QUESTION, "--path", "sub/", "--json")
    assert {source["path"] for source in json.loads(asked.stdout)["sources"]} == {"sub/telework.txt"}
    for command in ("ask", "search"):
        for words, said in (
            (("--type", "exe"), "there is no kind"),
            (("--type", "Text/Plain!"), "each as in application/pdf"),
            (("--in-language", "de"), "write fr, en or und"),
            (("--path", "a" * 2001), "at most 2,000 characters"),
        ):
            wrong = run_command(live, monkeypatch, command, QUESTION, *words)
            assert wrong.exit_code == 2
            assert said in wrong.output


def ask_with(live: LiveApplication, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of a question's last event."""
    said = live.http.post("/api/ask", json=body)
    assert said.status_code == 200, said.text
    return json.loads(said.text.strip().rsplit("data:", 1)[1])["answer"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": ""},
        {"limit": 0},
        {"limit": 101},
        {"mode": "exact"},
        {"as_of": "2026-01-01T00:00:00"},
        {"corpus": "hr"},
        {"only": {"languages": ["Français"]}},
        {"only": {"media_types": ["pdf"]}},
        {"only": {"document_types": ["application/pdf"]}},
        {"only": {"path_prefix": "a\x00b"}},
        {"only": {"versions": []}},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(live: LiveApplication, wrong: dict[str, Any]) -> None:
    response = live.http.post("/api/search", json={"question": QUESTION, **wrong})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_request"


@contextmanager
def asked_by(live: LiveApplication, *groups: str) -> Iterator[None]:
    """While the block lasts, whoever asks over HTTP is a member of these groups and no administrator."""
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset(groups))
    try:
        yield
    finally:
        live.application.dependency_overrides.clear()


def test_two_people_find_each_only_what_they_may_read(live: LiveApplication, folder: Path) -> None:
    for corpus, groups in (("hr", ["staff", "board"]), ("closed", ["board"])):
        live.http.post("/api/corpora", json={"id": corpus, "title": corpus, "groups": groups})
    (folder / ".sourcier.yaml").write_text(
        "groups: [board]\nfiles:\n  telework.md: {groups: [staff, board]}\n", encoding="utf-8"
    )
    for corpus in ("hr", "closed"):
        started = live.http.post(
            f"/api/corpora/{corpus}/loads", json={"folder": str(folder), "access": "manifest"}, headers=live.token
        )
        assert live.wait(started.json()["id"])["published"] == 2
    question = "jours de télétravail password characters"
    found: dict[str, set[tuple[str, str]]] = {}
    for group in ("staff", "board", "nobody"):
        with asked_by(live, group), SourcierRetriever.over_http(live.url, limit=50) as retriever:
            found[group] = {(hit["corpus_id"], hit["path"]) for hit in hits(live, question, limit=50)}
            documents = retriever.invoke(question)
            assert {(item.metadata["corpus"], item.metadata["path"]) for item in documents} == found[group]
    everything = {(corpus, path) for corpus in ("hr", "closed") for path in ("telework.md", "passwords.txt")}
    # The same text in two corpora is given once, from whichever stands first.
    assert found["staff"] == {("hr", "telework.md")}
    assert found["board"] <= everything
    assert {path for _, path in found["board"]} == {"telework.md", "passwords.txt"}
    assert found["nobody"] == set()
    with asked_by(live, "staff"), SourcierRetriever.over_http(live.url, corpora=["closed"]) as retriever:
        assert live.http.post("/api/search", json={"question": question, "corpora": ["closed"]}).status_code == 404
        with pytest.raises(NotFound, match="closed"):
            retriever.invoke(question)


def test_the_retriever_gives_the_same_over_http_and_in_process(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    with live.services.engines.database.transaction() as connection:
        known = corpora.list_corpora(connection)
    here = SourcierRetriever.in_process(
        live.services.search, lambda: resolve_access_scope(LOCAL_ADMINISTRATOR, corpora=known)
    )
    with SourcierRetriever.over_http(live.url, token=live.services.local_token) as there:
        found = there.invoke(QUESTION)
        assert found == here.invoke(QUESTION)
    assert found[0].metadata["path"] == "telework.md"


def test_the_retriever_sends_its_token_options_and_date(live: LiveApplication, folder: Path) -> None:
    before = datetime.now(UTC)
    live.load(folder)
    seen: list[str | None] = []

    def principal(request: Request) -> Principal:
        seen.append(request.headers.get("X-Sourcier-Token"))
        return LOCAL_ADMINISTRATOR

    live.application.dependency_overrides[principal_of] = principal
    with SourcierRetriever.over_http(live.url, token="secret", limit=1, corpora=["hr"]) as retriever:
        assert len(retriever.invoke(QUESTION)) == 1
    with SourcierRetriever.over_http(live.url, as_of=before) as retriever:
        assert retriever.invoke(QUESTION) == []
    assert seen == ["secret", None]


def test_the_retriever_says_when_nothing_or_something_else_answers(live: LiveApplication) -> None:
    with (
        SourcierRetriever.over_http(live.url + "/elsewhere") as retriever,
        pytest.raises((NotFound, InvalidRequest)),
    ):
        retriever.invoke(QUESTION)
    with (
        SourcierRetriever.over_http("http://127.0.0.1:9") as retriever,
        pytest.raises(EngineUnavailable, match="does not answer"),
    ):
        retriever.invoke(QUESTION)


@contextmanager
def reranked_by(url: str, database: Database, data_dir: Path, parser: DocumentParser) -> Iterator[LiveApplication]:
    def engines() -> Engines:
        reranker = ServerReranker(url, model="bge", api_key=None)
        return open_test_engines(data_dir, database=borrowed(database), reranker=reranker)

    with live_application(engines, parser=parser) as running:
        yield running


def reranker_finding(live: LiveApplication) -> dict[str, Any]:
    findings = live.http.get("/api/status").json()["findings"]
    return next(finding for finding in findings if finding["subject"] == "reranker")


def test_the_status_tells_of_the_entailment_model(live: LiveApplication) -> None:
    findings = live.http.get("/api/status").json()["findings"]
    finding = next(finding for finding in findings if finding["subject"] == "entailment")
    assert (finding["state"], finding["value"]) == ("ok", "none: claims are judged by words")
    assert "SOURCIER_ENTAILMENT_MODEL" in finding["remedy"]


def test_without_a_reranker_the_status_says_how_to_get_one(live: LiveApplication) -> None:
    finding = reranker_finding(live)
    assert (finding["state"], finding["value"]) == ("ok", "none: the search's own order")
    assert "SOURCIER_RERANKER_URL" in finding["remedy"]


@pytest.mark.parametrize("shape", [like_tei, like_jina])
def test_a_reranking_server_orders_the_hits(
    database: Database, tmp_path: Path, folder: Path, shape: Any, shared_parser: DocumentParser
) -> None:
    with server_that(shape) as server, reranked_by(server.url, database, tmp_path / "data", shared_parser) as live:
        live.load(folder)
        (folder / "secret.txt").write_text("Le télétravail secret de la direction.", "utf-8")
        live.load(folder, corpus="board")
        server.requests.clear()
        found = hits(live, corpora=["hr"])
        assert "deux jours par semaine" in found[0]["text"]
        (request,) = server.requests
        assert len(request.body["texts"]) == len(found)
        assert not any("secret" in text for text in request.body["texts"])
        finding = reranker_finding(live)
        assert finding["state"] == "ok"
        assert finding["value"].startswith(f"bge at {server.url}: the first 10 passages, within 30 s")


def test_a_broken_reranking_server_breaks_no_search(
    database: Database, tmp_path: Path, folder: Path, shared_parser: DocumentParser
) -> None:
    def broken(_: Any, handler: Any) -> None:
        send_json(handler, {"error": "out of memory"}, 500)

    with server_that(broken) as server, reranked_by(server.url, database, tmp_path / "data", shared_parser) as live:
        live.load(folder)
        assert hits(live)[0]["path"] == "telework.md"
        finding = reranker_finding(live)
        assert finding["state"] == "warning"
        assert "500" in finding["remedy"]
