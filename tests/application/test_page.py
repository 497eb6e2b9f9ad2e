"""The page in a real browser: load, ask, click a source, see the highlight."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from application.live_application import LiveApplication

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("SOURCIER_TEST_CHROMIUM") or shutil.which("chromium")
BUILT = (ROOT / "api" / "sourcier_api" / "static" / "index.html").is_file()

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.skipif(not BUILT, reason="the page is not built: make ui"),
]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page(live: LiveApplication) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(locale="fr-FR", base_url=live.url)
        shown = context.new_page()
        outside: list[str] = []
        problems: list[str] = []
        shown.on(
            "request", lambda request: outside.append(request.url) if not request.url.startswith(live.url) else None
        )
        shown.on("pageerror", lambda error: problems.append(str(error)))
        yield shown
        browser.close()
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
        assert problems == []


def test_load_ask_open_a_source_and_see_the_highlight(live: LiveApplication, page: Page, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    page.goto("/#/documents")
    expect(page.get_by_test_id("upload-input")).to_be_enabled(timeout=30_000)
    page.get_by_test_id("upload-input").set_input_files([folder / "telework.md", folder / "passwords.txt"])
    upload = page.get_by_role("button", name="Charger", exact=False)
    if upload.count() and upload.first.is_enabled() and page.get_by_test_id("load-result").count() == 0:
        upload.first.click()
    expect(page.get_by_test_id("load-result").first).to_be_visible(timeout=30_000)

    page.goto("/#/ask")
    page.get_by_test_id("question").fill("Combien de jours de télétravail par semaine ?")
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine", timeout=30_000)
    page.get_by_test_id("citation-1").first.click()
    expect(page.get_by_test_id("source-panel")).to_be_visible()
    image = page.get_by_test_id("page-image")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True, timeout=30_000)
    assert image.evaluate("image => image.naturalWidth") > 100
    source = image.get_attribute("src") or ""
    assert "passage=" in source
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("source-panel")).not_to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('data-testid')") == "citation-1"


def test_the_page_speaks_both_languages(page: Page) -> None:
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_test_id("language-switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
