"""The page in a real browser: a question of some documents only, with the keyboard, on a narrow screen."""

from pathlib import Path

from playwright.sync_api import Page, expect

from application.live_application import LiveApplication
from application.test_page import page, pytestmark

__all__ = ["page", "pytestmark"]


def test_a_question_is_narrowed_refused_and_asked_of_all_with_the_keyboard(
    live: LiveApplication, page: Page, folder: Path
) -> None:
    live.load(folder)
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto("/#/ask")
    narrow = page.get_by_test_id("narrow")
    expect(narrow.get_by_role("group", name="Type")).to_be_hidden()
    narrow.locator("summary").press("Enter")
    narrow.get_by_role("group", name="Type").get_by_role("checkbox", name="PDF").press("Space")
    narrow.get_by_role("textbox", name="Dossier").fill("nulle/part/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400, "nothing is cut off at the side"
    narrow.locator("summary").press("Enter")
    expect(narrow.locator("summary")).to_contain_text("PDF, sous nulle/part/")

    page.get_by_test_id("question").fill("Combien de jours de télétravail par semaine ?")
    page.get_by_test_id("question").press("Enter")
    refusal = page.get_by_test_id("refusal")
    expect(refusal).to_contain_text("Pas de réponse dans les documents interrogés", timeout=30_000)
    expect(refusal).to_contain_text("D’autres documents n’ont pas été interrogés")
    notice = page.get_by_test_id("narrow-notice")
    expect(notice).to_contain_text("Seuls ces documents ont été interrogés\u00a0: PDF, sous nulle/part/.")

    page.get_by_role("link", name="Lien vers cette réponse").press("Enter")
    page.reload()
    expect(notice).to_contain_text("PDF, sous nulle/part/", timeout=30_000)
    notice.get_by_role("button", name="Interroger tous les documents").press("Enter")
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine", timeout=30_000)
    expect(notice).to_have_count(0)
    expect(refusal).to_have_count(0)


def test_narrowing_stays_for_the_next_question_until_it_is_cleared(
    live: LiveApplication, page: Page, folder: Path
) -> None:
    live.load(folder)
    page.goto("/#/ask")
    narrow = page.get_by_test_id("narrow")
    narrow.locator("summary").click()
    narrow.get_by_role("checkbox", name="Anglais").check()
    notice = page.get_by_test_id("narrow-notice")
    for question in ("How long are passwords?", "Combien de jours de télétravail par semaine ?"):
        page.get_by_test_id("question").fill(question)
        page.get_by_test_id("question").press("Enter")
        expect(page.get_by_test_id("answer").get_by_role("heading", name=question)).to_be_visible(timeout=30_000)
        expect(page.get_by_test_id("answer")).to_have_attribute("data-state", "finished", timeout=30_000)
        expect(notice).to_contain_text("Anglais")
        expect(page.get_by_test_id("answer")).not_to_contain_text("deux jours par semaine")

    narrow.get_by_role("button", name="Effacer ces choix").press("Enter")
    expect(narrow.locator("summary")).to_be_focused()
    page.get_by_test_id("question").fill("Combien de jours de télétravail par semaine ?")
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine", timeout=30_000)
    expect(notice).to_have_count(0)
