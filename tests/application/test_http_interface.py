"""The HTTP interface: streams, pages, errors in one shape, guards."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import ask
from sourcier_api import schemas
from sourcier_api.application import Services
from sourcier_api.openapi_document import openapi_text
from sourcier_api.server import create_application
from sourcier_api.views import clean_table
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.db.answers import PostgresAnswerRecorder
from sourcier_core.db.database import Database
from sourcier_core.errors import RecordFailed
from sourcier_core.ports import DocumentParser

ROOT = Path(__file__).resolve().parent.parent.parent


def test_an_answer_streams_is_recorded_and_can_be_read_again(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    body, names = ask(live, "Combien de jours de télétravail par semaine ?")
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert {"token", "claim"} <= set(names)
    answer = schemas.AnswerView.model_validate(body["answer"])
    assert (answer.state, answer.mode, answer.language) == ("answered", "quotes", "fr")
    recorded = live.http.get(f"/api/answers/{answer.id}").json()
    assert recorded["text"] == answer.text
    assert recorded["asked_at"] is not None


def test_no_record_no_answer(live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live.load(folder)

    def full_disk(self: object, record: object) -> None:
        raise RecordFailed

    monkeypatch.setattr(PostgresAnswerRecorder, "record", full_disk)
    body, names = ask(live, "password characters")
    assert names[-1] == "error"
    assert "done" not in names
    assert body["error"]["code"] == "record_failed"


def test_every_quote_shown_is_the_stored_text_and_its_page_is_highlighted(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    answer = ask(live, "Quelle est l'indemnité par jour ?")[0]["answer"]
    for source in answer["sources"]:
        quote = source["quote"]
        assert quote["text"] == live.services.reader.read_text(quote["version_id"], quote["start"], quote["end"])
        passage = live.http.get(f"/api/passages/{source['passage_id']}").json()
        assert passage["text"]
        marked = live.http.get(source["page_image"])
        plain = live.http.get(source["page_image"].split("?")[0])
        assert marked.headers["content-type"] == "image/png"
        assert yellow_pixels(marked.content) > 200
        assert yellow_pixels(plain.content) == 0


def yellow_pixels(png: bytes) -> int:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(
        count
        for count, (red, green, blue) in image.getcolors(1 << 24) or []
        if red > 200 and green > 120 and blue < 190
    )


def test_the_original_comes_back_byte_for_byte_as_a_download(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    document = live.http.get("/api/documents", params={"query": "telework"}).json()["items"][0]
    response = live.http.get(f"/api/versions/{document['version_id']}/original")
    assert response.content == (folder / "telework.md").read_bytes()
    assert response.headers["content-disposition"].startswith("attachment")


def test_a_model_s_claims_are_checked_and_unknown_sources_kept(
    database: Database, tmp_path: Path, folder: Path, shared_parser: DocumentParser
) -> None:
    model = ScriptedChatModel(
        pieces=[
            "Un salarié peut télétravailler ",
            "deux jours par semaine [1]. ",
            "La prime est de 900 euros [1]. Ainsi [9].",
        ]
    )

    def engines() -> Any:
        return open_test_engines(tmp_path / "data", database=borrowed(database), chat_model=model)

    with live_application(engines, parser=shared_parser) as live:
        live.load(folder)
        answer = ask(live, "Combien de jours de télétravail par semaine peut prendre un salarié ?")[0]["answer"]
    verdicts = [claim["verdict"] for claim in answer["claims"]]
    assert verdicts[0] == "supported"
    assert "supported" not in verdicts[1:]
    assert answer["claims"][-1]["citations"][0]["verdict"] == "unknown_source"
    assert "900" not in answer["text"]


def test_a_corpus_says_what_becomes_of_claims_without_proof(
    database: Database, tmp_path: Path, folder: Path, shared_parser: DocumentParser
) -> None:
    model = ScriptedChatModel(pieces=["La prime de télétravail est de 900 euros [1]."])

    def engines() -> Any:
        return open_test_engines(tmp_path / "data", database=borrowed(database), chat_model=model)

    with live_application(engines, parser=shared_parser) as live:
        live.load(folder)

        def answer_where(check: str) -> dict[str, Any]:
            changed = live.http.patch("/api/corpora/hr", json={"claim_check": check}).json()
            listed = {corpus["id"]: corpus["claim_check"] for corpus in live.http.get("/api/corpora").json()}
            assert changed["claim_check"] == listed["hr"] == check
            return ask(live, "Quelle est la prime de télétravail ?")[0]["answer"]

        flagged, unchecked, strict = answer_where("flag"), answer_where("off"), answer_where("default")
        assert live.http.patch("/api/corpora/hr", json={"claim_check": "lax"}).status_code == 422
        assert live.http.patch("/api/corpora/hr", json={"title": "HR"}).json()["claim_check"] == "default"
    assert "900 euros. (sans preuve)" in flagged["text"]
    assert (unchecked["state"], unchecked["claims"][0]["verdict"]) == ("answered", "unchecked")
    assert (strict["state"], strict["refusal_reason"]) == ("refused", "no_supported_claim")


def summarise(live: LiveApplication, **asked: Any) -> dict[str, Any]:
    """The summary that the stream ends with."""
    with live.http.stream("POST", "/api/summaries", json=asked) as response:
        assert response.status_code == 200, response.read()
        data = [line.split(":", 1)[1] for line in response.iter_lines() if line.startswith("data:")]
    return json.loads(data[-1])["answer"]


def test_a_document_and_a_folder_are_summarised(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    document = live.http.get("/api/documents", params={"query": "telework"}).json()["items"][0]
    answer = summarise(live, corpus="hr", document=document["id"])
    assert (answer["state"], answer["mode"], answer["language"]) == ("answered", "quotes", "fr")
    assert answer["question"] == f"Résumé de {document['title']}"
    assert {source["path"] for source in answer["sources"]} == {"telework.md"}
    assert live.http.get(f"/api/answers/{answer['id']}").json()["text"] == answer["text"]
    whole = summarise(live, corpus="hr", language="en")
    assert {source["path"] for source in whole["sources"]} == {"telework.md", "passwords.txt"}
    assert whole["question"] == "Summary of hr/"
    nothing = {"corpus": "hr", "path_prefix": "nowhere/"}
    assert live.http.post("/api/summaries", json=nothing).json()["error"]["code"] == "not_found"
    unknown = {"corpus": "hr", "document": "00000000-0000-0000-0000-000000000000"}
    assert live.http.post("/api/summaries", json=unknown).json()["error"]["code"] == "not_found"
    strange = live.http.post("/api/summaries", json={"corpus": "hr", "path_prefix": "a\x00b"})
    assert (strange.status_code, strange.json()["error"]["code"]) == (422, "invalid_request")
    assert live.http.post("/api/summaries", json={"corpus": "secret"}).json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/api/nothing", {}, 404, "not_found"),
        ("POST", "/api/ask", {"json": {}}, 422, "invalid_request"),
        ("POST", "/api/ask", {"json": {"question": "x" * 5000}}, 422, "invalid_request"),
        ("POST", "/api/ask", {"json": {"question": "x", "corpora": ["secret"]}}, 404, "not_found"),
        ("GET", "/api/documents/not-a-uuid", {}, 422, "invalid_request"),
        ("GET", "/api/documents/00000000-0000-0000-0000-000000000000", {}, 404, "not_found"),
        ("GET", "/api/versions/00000000-0000-0000-0000-000000000000/pages/1.png", {}, 404, "not_found"),
        ("GET", "/api/loads/00000000-0000-0000-0000-000000000000", {}, 404, "not_found"),
        ("GET", "/api/answers/00000000-0000-0000-0000-000000000000", {}, 404, "not_found"),
        ("POST", "/api/corpora", {"json": {"id": "../x", "title": "x"}}, 422, "invalid_request"),
    ],
)
def test_every_error_has_the_one_shape(
    live: LiveApplication, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    response = live.http.request(method, path, **options)
    assert response.status_code == status
    assert schemas.ErrorResponse.model_validate(response.json()).error.code == code


def test_a_folder_of_the_server_needs_the_local_token(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    for headers in ({}, {"X-Sourcier-Token": "guess"}):
        response = live.http.post("/api/corpora/hr/loads", json={"folder": str(folder)}, headers=headers)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    missing = live.http.post("/api/corpora/hr/loads", json={"folder": str(folder / "no")}, headers=live.token)
    assert missing.json()["error"]["code"] == "invalid_request"


def test_other_sites_and_other_host_names_are_turned_away(live: LiveApplication) -> None:
    foreign = live.http.post("/api/corpora", json={"id": "x", "title": "x"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert live.http.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
    assert "default-src 'self'" in live.http.get("/healthz").headers["content-security-policy"]


def test_health_readiness_and_status(live: LiveApplication) -> None:
    assert live.http.get("/healthz").json() == {"status": "ok"}
    assert live.http.get("/readyz").json() == {"ready": True, "engines": {"postgresql": True, "index": True}}
    status = schemas.StatusView.model_validate(live.http.get("/api/status").json())
    assert {"PostgreSQL", "index", "embedding model", "chat model"} <= {finding.subject for finding in status.findings}
    assert status.resident_memory_mb > 10


def test_no_request_is_reported_to_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says, FastAPI sets up no exporter and writes no span, metric or log record."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://192.0.2.1:4318")

    def nothing() -> Services:
        raise AssertionError

    application = create_application(nothing, allowed_hosts=["testserver"], run_worker=False)
    switches = ("auto_configure", "tracing", "metrics", "logs", "operation_spans")
    assert {name: application._telemetry[name] for name in switches} == dict.fromkeys(switches, False)
    assert application._native_telemetry.enabled() is False


def test_the_page_s_openapi_document_is_this_interface_s() -> None:
    written = json.loads((ROOT / "ui" / "openapi.json").read_text("utf-8"))
    assert written == json.loads(openapi_text()), "run: python -m sourcier_api.openapi_document > ui/openapi.json"


def test_a_passage_of_a_table_comes_with_its_rows_and_their_header(live: LiveApplication, tmp_path: Path) -> None:
    rows = "".join(f"PE-{number};Écran de bureau numéro {number};{number}\n" for number in range(150))
    (tmp_path / "prix.csv").write_text(f"Référence;Désignation;Prix\n{rows}", "utf-8")
    live.load(tmp_path)
    (hit, *_) = live.http.post("/api/search", json={"question": "Quel est le prix de PE-77 ?"}).json()["hits"]
    assert "PE-77" in hit["text"]
    assert hit["heading_path"][-1] == "Référence | Désignation | Prix"
    (table,) = live.http.get(f"/api/passages/{hit['passage_id']}").json()["tables"]
    assert "<th>Référence</th>" in table
    assert "<td>PE-77</td>" in table
    assert table.count("<tr>") < 60, "only the rows of this passage"


def test_a_stored_table_is_cleaned_before_it_leaves() -> None:
    dirty = "<table><tr><td onclick='x()' colspan='2' style='x'>a<script>x()</script><img src=x></td></tr></table>"
    assert clean_table(dirty) == '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/documents/nope/versions", None, "“nope” (document_id) is not an identifier; one looks like "),
        ("POST", "/api/ask", {}, "question is missing."),
        ("POST", "/api/search", {"question": "x", "as_of": "hier"}, "as_of is not a date and time such as 2026-"),
        ("GET", "/api/documents?limit=many", None, "“many” (limit): Input should be a valid integer"),
        ("PUT", "/api/corpora/hr/passwords", {"passwords": "s3cret"}, "passwords: Input should be a valid "),
    ],
)
def test_a_request_that_does_not_fit_says_where(
    live: LiveApplication, method: str, path: str, body: Any, expected: str
) -> None:
    response = live.http.request(method, path, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "invalid_request")
    assert error["message"].startswith(expected)
    assert "s3cret" not in response.text, "a body may hold passwords"
    assert len(error["details"]["problems"]) == 1
