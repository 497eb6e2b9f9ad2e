"""The page in a real browser: a question as the documents stood on a day, its source, and today's documents again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import text

from application.live_application import LiveApplication
from application.test_page import page, pytestmark

__all__ = ["page", "pytestmark"]


def loaded_twice(live: LiveApplication, folder: Path) -> None:
    """The folder as if it had been loaded nine days ago, and loaded again with another content now."""
    live.load(folder)
    earlier = datetime.now(UTC) - timedelta(days=9)
    with live.services.engines.database.transaction() as connection:
        connection.execute(text("UPDATE publications SET valid_from = :earlier"), {"earlier": earlier})
        connection.execute(text("UPDATE versions SET index_dates_pending = true"))
    live.services.publisher.write_pending()
    changed = "# Télétravail\n\nUn salarié peut télétravailler trois jours par semaine.\n"
    (folder / "telework.md").write_text(changed, "utf-8")
    live.load(folder)


def test_a_day_is_chosen_shown_on_the_answer_and_cleared(live: LiveApplication, page: Page, folder: Path) -> None:
    loaded_twice(live, folder)
    page.goto("/#/ask")
    day = (datetime.now().astimezone() - timedelta(days=5)).date()
    page.get_by_label("Tels qu’ils étaient le").fill(day.isoformat())
    page.get_by_test_id("question").fill("Combien de jours de télétravail par semaine ?")
    page.get_by_test_id("question").press("Enter")
    notice = page.get_by_test_id("as-of-notice")
    expect(notice).to_contain_text(f"tels qu’ils étaient le {day.day}", timeout=30_000)
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine", timeout=30_000)
    page.get_by_test_id("citation-1").first.click()
    panel = page.get_by_test_id("source-panel")
    expect(panel).to_be_visible()
    image = panel.get_by_test_id("page-image")
    expect(image).to_have_js_property("complete", True, timeout=30_000)
    assert image.evaluate("image => image.naturalWidth") > 100
    expect(panel.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")

    notice.get_by_role("button").press("Enter")
    expect(page.get_by_test_id("claim").first).to_contain_text("trois jours par semaine", timeout=30_000)
    expect(notice).to_have_count(0)
    expect(page.get_by_label("Tels qu’ils étaient le")).to_have_value("")


def test_a_document_is_summarised_as_it_stood_with_the_keyboard(
    live: LiveApplication, page: Page, folder: Path
) -> None:
    loaded_twice(live, folder)
    page.goto("/#/documents")
    page.get_by_role("button", name="Détails de Télétravail").press("Enter")
    summary = page.get_by_role("dialog").get_by_role("region", name="Résumé")
    field = summary.get_by_label("Tels qu’ils étaient le")
    tomorrow = (datetime.now().astimezone() + timedelta(days=1)).date()
    field.fill(tomorrow.isoformat())
    field.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()  # the browser refuses a day to come
    assert field.evaluate("field => field.validity.rangeOverflow")
    day = (datetime.now().astimezone() - timedelta(days=5)).date()
    field.fill(day.isoformat())
    field.press("Enter")
    notice = page.get_by_test_id("as-of-notice")
    expect(notice).to_contain_text(f"tels qu’ils étaient le {day.day}", timeout=30_000)
    expect(page.get_by_test_id("claim").first).to_contain_text("deux jours par semaine", timeout=30_000)

    page.get_by_role("link", name="Lien vers cette réponse").press("Enter")
    page.reload()
    page.get_by_role("button", name="Effacer la date et résumer les documents d’aujourd’hui").press("Enter")
    expect(page.get_by_test_id("claim").first).to_contain_text("trois jours par semaine", timeout=30_000)
    expect(page.get_by_role("heading", name="Résumé de Télétravail")).to_be_visible()
    expect(notice).to_have_count(0)
