"""The page in a real browser, when an unusual share of a source is gone: shown, left, withdrawn by the keyboard."""

from pathlib import Path

from playwright.sync_api import Page, expect

from application.live_application import LiveApplication
from application.test_loading import paths
from application.test_page import page, pytestmark

__all__ = ["page", "pytestmark"]


def test_what_is_gone_is_left_or_withdrawn_by_the_keyboard(live: LiveApplication, page: Page, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    wanted = {"name": "Dossier", "url": str(folder)}
    source = live.http.post("/api/corpora/hr/sources", json=wanted, headers=live.token).json()["id"]
    live.wait(live.http.post(f"/api/sources/{source}/loads", json={}).json()["id"])
    for file in folder.iterdir():
        file.unlink()

    page.goto("/#/documents")
    page.get_by_role("heading", name="Sources").click()
    page.get_by_role("button", name="Charger Dossier maintenant").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("2 documents sur 2 (100", timeout=30_000)
    alert.get_by_role("button", name="Les laisser dans les réponses").press("Enter")
    expect(page.get_by_text("Ils restent dans les réponses")).to_be_focused()
    assert paths(live, "password") != set()

    page.get_by_role("button", name="Regarder la liste de nouveau").first.press("Enter")
    alert.get_by_role("button", name="Les retirer").press("Enter")
    dialog = page.get_by_role("dialog", name="Retirer 2 documents")
    expect(dialog).to_contain_text("telework.md")
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)"), "the focus is inside"
    confirm = dialog.get_by_role("button", name="Retirer 2 documents")
    expect(confirm).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(alert.get_by_role("button", name="Les retirer")).to_be_focused()

    page.keyboard.press("Enter")
    dialog.get_by_role("checkbox").press("Space")
    confirm.press("Enter")
    expect(page.get_by_test_id("load-result").first).to_contain_text("Retirés", ignore_case=True, timeout=30_000)
    expect(page.get_by_test_id("held-back")).to_have_count(0)
    assert paths(live, "password") == set()
