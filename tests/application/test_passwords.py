"""Passwords of a corpus's documents, from the API to the page that is shown; none comes out again."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from application.live_application import LiveApplication
from application.test_reconciliation import reconcile
from parsing import document_builders as builders
from parsing.protected_builders import protected_office, protected_pdf
from sourcier_api import commands_corpora
from sourcier_api.announcement import RunningApplication
from sourcier_api.client import Client
from sourcier_api.command_line import application
from sourcier_api.dependencies import principal_of
from sourcier_core.access import Principal
from sourcier_core.db import passwords as stored

RIGHT, WRONG = "Été-2026 à Nevers", "hunter2-wrong"
ADDRESS = "/api/corpora/hr/passwords"


@pytest.fixture
def protected(tmp_path: Path) -> Path:
    place = tmp_path / "protected"
    place.mkdir()
    (place / "paie.pdf").write_bytes(protected_pdf(RIGHT))
    (place / "conges.docx").write_bytes(protected_office(".docx", RIGHT))
    (place / "libre.txt").write_text("Le badge rouge ouvre le bâtiment C.", "utf-8")
    return place


@pytest.fixture
def nothing_said(live: LiveApplication, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every body the API answers with; none of them, and no log, may hold a password."""
    bodies: list[str] = []
    live.http.event_hooks["response"].append(lambda response: (response.read(), bodies.append(response.text)))
    with caplog.at_level(logging.DEBUG):
        yield bodies
    for secret in (RIGHT, WRONG):
        assert not any(secret in body for body in bodies)
        assert secret not in caplog.text


def outcomes(view: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {item["path"]: (item["outcome"], item["code"]) for item in view["items"]}


def documents(live: LiveApplication) -> dict[str, dict[str, Any]]:
    return {document["path"]: document for document in live.http.get("/api/documents").json()["items"]}


def give(live: LiveApplication, *passwords: str, method: str = "PUT") -> int:
    answer = live.http.request(method, ADDRESS, json={"passwords": list(passwords)})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"count", "most"}
    return answer.json()["count"]


@pytest.mark.usefixtures("nothing_said")
def test_what_failed_for_its_password_is_read_once_that_is_given(live: LiveApplication, protected: Path) -> None:
    encrypted = ("failed", "document_encrypted")
    first = live.load(protected)
    assert outcomes(first) == {"paie.pdf": encrypted, "conges.docx": encrypted, "libre.txt": ("published", None)}
    assert live.http.get("/api/corpora/hr/failures").json()["retryable"] == 0
    assert "none is kept" in documents(live)["paie.pdf"]["failure_message"]

    assert give(live, WRONG) == 1
    assert live.http.get("/api/corpora/hr/failures").json()["retryable"] == 2
    again = [live.wait(load["id"]) for load in live.http.post("/api/corpora/hr/retry").json()]
    assert outcomes(again[0]) == {"paie.pdf": encrypted, "conges.docx": encrypted}
    assert "the one that is kept for its corpus does not open it" in documents(live)["paie.pdf"]["failure_message"]
    assert live.http.get("/api/corpora/hr/failures").json()["retryable"] == 0

    assert give(live, RIGHT, method="POST") == 2
    one = live.http.post(f"/api/documents/{documents(live)['conges.docx']['id']}/retry").json()
    assert outcomes(live.wait(one["id"])) == {"conges.docx": ("published", None)}
    rest = [live.wait(load["id"]) for load in live.http.post("/api/corpora/hr/retry").json()]
    assert outcomes(rest[0]) == {"paie.pdf": ("published", None)}
    answer = live.http.post("/api/search", json={"question": "congé d'ancienneté", "corpora": ["hr"]}).json()
    assert {hit["path"] for hit in answer["hits"]} >= {"paie.pdf", "conges.docx"}


@pytest.mark.usefixtures("nothing_said")
def test_a_protected_document_is_shown_and_its_original_stays_protected(live: LiveApplication, protected: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    give(live, WRONG, RIGHT)
    assert set(outcomes(live.load(protected)).values()) == {("published", None)}
    version = {path: document["version_id"] for path, document in documents(live).items()}
    for path in ("paie.pdf", "conges.docx"):
        page = live.http.get(f"/api/versions/{version[path]}/pages/1.png")
        assert page.content.startswith(b"\x89PNG"), page.text
        original = live.http.get(f"/api/versions/{version[path]}/original")
        assert original.content == (protected / path).read_bytes()
    assert live.http.delete(ADDRESS).status_code == 204
    assert live.http.get(ADDRESS).json()["count"] == 0
    refused = live.http.get(f"/api/versions/{version['paie.pdf']}/pages/1.png")
    assert refused.json()["error"]["code"] == "page_unavailable"
    assert "asks for a password" in refused.json()["error"]["message"]
    assert live.http.get(f"/api/versions/{version['conges.docx']}/pages/1.png").status_code == 200
    assert {document["state"] for document in documents(live).values()} == {"published"}
    assert set(outcomes(live.load(protected)).values()) == {("unchanged", None)}


def test_a_protected_pdf_inside_a_mail_is_read_with_the_passwords_of_the_corpus(
    live: LiveApplication, tmp_path: Path
) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Fiche de paie", "rh@example.org"
    mail.set_content("La fiche est jointe.")
    mail.add_attachment(protected_pdf(RIGHT), maintype="application", subtype="pdf", filename="fiche.pdf")
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "paie.eml").write_bytes(bytes(mail))
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    give(live, RIGHT)
    assert outcomes(live.load(tmp_path / "mails"))["paie.eml!/fiche.pdf"] == ("published", None)


def test_passwords_of_one_corpus_open_nothing_of_another(live: LiveApplication, protected: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    give(live, RIGHT)
    assert outcomes(live.load(protected, corpus="it"))["paie.pdf"] == ("failed", "document_encrypted")
    assert live.http.get("/api/corpora/it/passwords").json() == {"count": 0, "most": 20}


def test_they_are_stored_encrypted_and_counted_once(live: LiveApplication) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    assert give(live, RIGHT, RIGHT, WRONG) == 2
    assert give(live, RIGHT, "third", method="POST") == 3
    with live.services.engines.database.transaction() as connection:
        sealed = stored.sealed_passwords(connection, "hr")
    assert sealed is not None
    assert RIGHT.encode() not in sealed
    assert WRONG.encode() not in sealed
    assert live.services.passwords.of("hr").values == (RIGHT, WRONG, "third")
    assert give(live) == 0, "an empty list keeps none"
    assert give(live, "other", method="POST") == 1


@pytest.mark.usefixtures("nothing_said")
@pytest.mark.parametrize(
    "wanted",
    [[RIGHT + str(number) for number in range(21)], [""], [RIGHT * 20], [RIGHT, f"{WRONG}\0"], RIGHT, [[WRONG]]],
)
def test_what_cannot_be_passwords_is_refused_and_not_repeated(live: LiveApplication, wanted: object) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    refused = live.http.put(ADDRESS, json={"passwords": wanted})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")
    assert live.http.get(ADDRESS).json()["count"] == 0


def test_no_more_than_may_be_kept_are_added(live: LiveApplication) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    assert give(live, *(f"a{number}" for number in range(20))) == 20
    refused = live.http.post(ADDRESS, json={"passwords": ["one more"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")
    assert live.http.get(ADDRESS).json()["count"] == 20


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_only_administrators_and_only_of_a_corpus_there_is(live: LiveApplication, method: str) -> None:
    body = {"json": {"passwords": [RIGHT]}} if method in {"PUT", "POST"} else {}
    missing = live.http.request(method, ADDRESS, **body)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff"]})
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset({"staff"}))
    try:
        refused = live.http.request(method, ADDRESS, **body)
    finally:
        live.application.dependency_overrides.clear()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")


def test_without_the_key_only_protected_documents_fail_and_new_passwords_mend_it(
    live: LiveApplication, protected: Path
) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    give(live, RIGHT)
    (live.services.engines.settings.data_dir / "secrets.key").unlink()
    assert outcomes(live.load(protected))["libre.txt"] == ("published", None)
    assert "cannot be decrypted" in documents(live)["paie.pdf"]["failure_message"]
    assert live.http.get(ADDRESS).json()["count"] == 1
    added = live.http.post(ADDRESS, json={"passwords": ["more"]})
    assert (added.status_code, added.json()["error"]["code"]) == (409, "credentials_unreadable")
    assert give(live, RIGHT) == 1
    again = [live.wait(load["id"]) for load in live.http.post("/api/corpora/hr/retry").json()]
    assert set(outcomes(again[0]).values()) == {("published", None)}


def test_a_lost_passage_of_a_protected_document_is_put_back(live: LiveApplication, protected: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    give(live, RIGHT)
    live.load(protected)
    from sqlalchemy import text

    with live.services.engines.database.transaction() as connection:
        connection.execute(
            text(
                "DELETE FROM passages WHERE version_id IN (SELECT versions.id FROM versions JOIN documents "
                "ON documents.id = document_id WHERE path = 'paie.pdf')"
            )
        )
    reconcile(live, repair=True)
    answer = live.http.post("/api/search", json={"question": "congé d'ancienneté", "corpora": ["hr"]}).json()
    assert "paie.pdf" in {hit["path"] for hit in answer["hits"]}
    assert builders.SENTENCE in " ".join(hit["text"] for hit in answer["hits"])


@pytest.fixture
def command(live: LiveApplication, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The command line on the application of this test; returns what it printed."""
    from contextlib import contextmanager

    @contextmanager
    def connected() -> Iterator[Client]:
        client = Client(RunningApplication(url=live.url, token=live.services.local_token))
        yield client
        client.close()

    monkeypatch.setattr(commands_corpora, "open_client", connected)

    def run(*words: str, typed: str = "") -> str:
        result = CliRunner().invoke(application, ["corpora", *words], input=typed)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    return run


def test_the_command_asks_without_showing_what_is_typed(
    live: LiveApplication, command: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "Ressources"})
    said = command("passwords", "hr", typed=f"{RIGHT}\n{WRONG}\n\n")
    assert live.services.passwords.of("hr").values == (RIGHT, WRONG)
    said += command("passwords", "hr", typed="third\n\n")
    assert live.services.passwords.count("hr") == 3
    said += command("passwords", "hr", "--replace", typed=f"{RIGHT}\n\n")
    assert live.services.passwords.of("hr").values == (RIGHT,)
    command("passwords", "hr", "--count")
    command("passwords", "hr", "--clear", typed="y\n")
    assert live.services.passwords.count("hr") == 0
    command()
    said += "".join(capsys.readouterr())
    assert not any(secret in said for secret in (RIGHT, WRONG, "third"))
