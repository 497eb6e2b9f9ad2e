"""People who come through a sign-in proxy: who they are, what they may read, and that nobody gets past it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import ask
from sourcier_core.db.database import Database
from sourcier_core.ports import DocumentParser
from sourcier_core.settings import Settings

SECRET = "a secret of the proxy, 32 letters or more"


@pytest.fixture
def live(database: Database, tmp_path: Path, shared_parser: DocumentParser) -> Iterator[LiveApplication]:
    def engines() -> Any:
        return open_test_engines(tmp_path / "data", database=borrowed(database), proxy_secret=SECRET)

    with live_application(engines, parser=shared_parser) as running:
        yield running


def as_person(user: str, *groups: str) -> httpx.Headers:
    sent = {"X-Sourcier-Proxy-Secret": SECRET, "X-Forwarded-User": user, "X-Forwarded-Groups": ", ".join(groups)}
    return httpx.Headers(sent, encoding="utf-8")


def as_administrator(user: str) -> httpx.Headers:
    return as_person(user, "staff", "sourcier-administrators")


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_no_route_answers_a_request_past_the_proxy(live: LiveApplication) -> None:
    asked = 0
    for path, methods in live.application.openapi()["paths"].items():
        if not path.startswith("/api/"):
            assert path in {"/healthz", "/readyz"}
            assert live.http.get(path).status_code == 200
            continue
        for method in methods:
            address = re.sub(r"{\w+}", "00000000-0000-4000-8000-000000000000", path)
            response = live.http.request(method.upper(), address)
            assert code(response) == (401, "sign_in_required"), f"{method} {address}"
            asked += 1
    assert asked > 40
    assert code(live.http.get("/api/no-such-route")) == (401, "sign_in_required")


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Forwarded-User", "anne")],
        [("X-Sourcier-Proxy-Secret", SECRET)],
        [("X-Sourcier-Proxy-Secret", SECRET + "!"), ("X-Forwarded-User", "anne")],
        [("X-Sourcier-Proxy-Secret", "é"), ("X-Forwarded-User", "anne")],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", "anne"), ("X-Forwarded-User", "claire")],
        [
            ("X-Sourcier-Proxy-Secret", SECRET),
            ("X-Forwarded-User", "anne"),
            ("X-Forwarded-Groups", "sourcier-administrators"),
            ("X-Forwarded-Groups", "staff"),
        ],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", "")],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", "Local")],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", "anne, claire")],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", "a" * 201)],
        [("X-Sourcier-Proxy-Secret", SECRET), ("X-Forwarded-User", b"anne\xff")],
        [("X-Sourcier-Token", "guess"), ("X-Forwarded-User", "anne")],
    ],
)
def test_whom_nobody_vouches_for_is_refused(live: LiveApplication, headers: list[tuple[str, str | bytes]]) -> None:
    sent = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    response = live.http.get("/api/me", headers=sent)
    assert code(response) == (401, "sign_in_required")
    assert SECRET not in response.text


def test_the_proxy_says_who_asks(live: LiveApplication) -> None:
    zoe = live.http.get("/api/me", headers=as_person("Zoé.Martin", "staff", "", "Ressources humaines")).json()
    assert zoe == {
        "id": "zoé.martin",
        "groups": ["Ressources humaines", "staff"],
        "is_administrator": False,
        "is_local": False,
    }
    assert live.http.get("/api/me", headers=as_administrator("anne")).json()["is_administrator"] is True
    assert live.http.get("/api/me", headers=live.token).json()["is_local"] is True


def test_people_find_what_is_open_to_their_groups_and_nothing_else(live: LiveApplication, folder: Path) -> None:
    live.http.headers.update(live.token)
    live.load(folder)
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    del live.http.headers["X-Sourcier-Token"]
    question = {"question": "jours de télétravail par semaine"}
    member, stranger = as_person("marc", "staff"), as_person("eve", "visitors")
    assert [hit["path"] for hit in live.http.post("/api/search", json=question, headers=member).json()["hits"]]
    assert live.http.post("/api/search", json=question, headers=stranger).json()["hits"] == []
    assert live.http.get("/api/documents", headers=member).json()["total"] == 2
    assert live.http.get("/api/documents", headers=stranger).json()["total"] == 0
    for address in ("/api/status", "/api/reviews"):
        assert code(live.http.get(address, headers=member)) == (403, "permission_denied")


def test_two_people_publish_and_the_approver_stands_in_the_source(live: LiveApplication, folder: Path) -> None:
    anne, claire = as_administrator("anne@example.org"), as_administrator("claire@example.org")
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"}, headers=anne)
    live.http.patch("/api/corpora/hr", json={"approval_required": True, "groups": ["staff"]}, headers=anne)
    sent = [("files", ("telework.md", (folder / "telework.md").read_bytes()))]
    started = live.http.post("/api/corpora/hr/uploads", files=sent, headers=anne)
    live.http.headers.update(claire)
    assert live.wait(started.json()["id"])["proposed"] == 1
    (review,) = live.http.get("/api/reviews").json()
    assert review["proposed_by"] == "anne@example.org"
    address, approval = f"/api/reviews/{review['version_id']}/decision", {"decision": "approved"}
    for same in ("anne@example.org", "ANNE@Example.org"):
        refused = live.http.post(address, json=approval, headers=as_administrator(same))
        assert refused.json()["error"]["code"] == "second_person_required"
    assert live.http.post(address, json=approval, headers=as_person("marc", "staff")).status_code == 403
    assert live.http.post(address, json=approval).status_code == 200
    live.http.headers.update(as_person("marc", "staff"))
    (source,) = ask(live, "Combien de jours de télétravail par semaine ?")[0]["answer"]["sources"]
    assert source["approved_by"] == "claire@example.org"
    assert source["approved_at"]


def test_a_short_secret_is_no_secret() -> None:
    with pytest.raises(ValidationError):
        Settings(proxy_secret="short")  # pyright: ignore[reportArgumentType]
