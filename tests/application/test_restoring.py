"""Restoring undoes one withdrawal, no more, and is no way around a second person's approval."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from application.live_application import LiveApplication
from application.test_loading import ask, paths
from application.test_loading_files_inside import NOTE, RULE, archive, outcomes
from application.test_reconciliation import repaired
from application.test_reviews import waiting
from sourcier_core.db.reviews import Decision
from sourcier_core.errors import SecondPersonRequired
from sourcier_ingest.reviewing import decide

BADGE, ASTREINTE = "badge perdu remplacé", "astreinte du week-end"


def document(live: LiveApplication, path: str) -> dict[str, Any]:
    found = live.http.get("/api/documents", params={"query": path}).json()["items"]
    return next(item for item in found if item["path"] == path)


def act(live: LiveApplication, path: str, what: str) -> None:
    live.http.post(f"/api/documents/{document(live, path)['id']}/{what}").raise_for_status()


def approve(live: LiveApplication, version: str, by: str) -> None:
    services = live.services
    decide(services.engines.database, services.publisher, services.engines.index, version, Decision.APPROVED, by=by)


def may_not_approve(live: LiveApplication, version: str, by: str) -> bool:
    try:
        approve(live, version, by)
    except SecondPersonRequired:
        return True
    return False


def test_restoring_brings_back_what_the_same_withdrawal_closed(live: LiveApplication, folder: Path) -> None:
    (folder / "envoi.zip").write_bytes(
        archive({"astreinte.md": NOTE.encode(), "deep.zip": archive({"badge.md": RULE.encode()})})
    )
    live.load(folder)
    act(live, "envoi.zip!/astreinte.md", "withdraw")
    act(live, "envoi.zip", "withdraw")
    assert live.load(folder)["withdrawn"] == 1
    act(live, "envoi.zip", "restore")
    assert "envoi.zip!/deep.zip!/badge.md" in paths(live, BADGE)
    assert "envoi.zip!/astreinte.md" not in paths(live, ASTREINTE), "a person has withdrawn it by itself"
    assert outcomes(live.load(folder))["envoi.zip!/deep.zip!/badge.md"] == "unchanged"
    assert "envoi.zip!/astreinte.md" not in paths(live, ASTREINTE)
    act(live, "envoi.zip!/astreinte.md", "restore")
    assert "envoi.zip!/astreinte.md" in paths(live, ASTREINTE)


def test_what_a_person_closed_after_its_file_was_gone_stays_closed(live: LiveApplication, folder: Path) -> None:
    place = folder / "envoi.zip"
    place.write_bytes(archive({"badge.md": RULE.encode()}))
    live.load(folder)
    place.unlink()
    live.load(folder)
    act(live, "envoi.zip", "withdraw")
    place.write_bytes(archive({"badge.md": RULE.encode()}))
    assert outcomes(live.load(folder))["envoi.zip"] == "withdrawn"
    assert "envoi.zip!/badge.md" not in paths(live, BADGE)
    act(live, "envoi.zip", "restore")
    assert "envoi.zip!/badge.md" in paths(live, BADGE)


def test_a_restored_document_keeps_its_approval(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    live.http.patch("/api/corpora/hr", json={"approval_required": True})
    live.load(folder)
    (version,) = [review["version_id"] for review in waiting(live) if review["path"] == "telework.md"]
    approve(live, version, "claire")
    question = "Combien de jours de télétravail par semaine ?"
    before = ask(live, question)[0]["answer"]["sources"][0]
    act(live, "telework.md", "withdraw")
    act(live, "telework.md", "restore")
    after = ask(live, question)[0]["answer"]["sources"][0]
    assert after["approved_by"] == "claire"
    assert after["approved_at"] == before["approved_at"]


def test_restoring_what_nobody_approved_is_a_proposal_where_approval_is_asked_for(
    live: LiveApplication, folder: Path
) -> None:
    live.load(folder)
    live.http.patch("/api/corpora/hr", json={"approval_required": True})
    act(live, "telework.md", "restore")
    assert waiting(live) == [], "what is valid is no question"
    act(live, "telework.md", "withdraw")
    act(live, "telework.md", "restore")
    assert "telework.md" not in paths(live, "jours de télétravail")
    (review,) = waiting(live)
    assert (review["path"], review["proposed_by"]) == ("telework.md", "local")
    assert may_not_approve(live, review["version_id"], "local")
    approve(live, review["version_id"], "claire")
    assert "telework.md" in paths(live, "jours de télétravail")


def test_a_repair_does_not_let_people_approve_their_own_text(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR"})
    live.http.patch("/api/corpora/hr", json={"approval_required": True})
    live.load(folder)
    lost, cut_off = (review["version_id"] for review in waiting(live))
    live.services.engines.index.delete_version(lost)
    with live.services.engines.database.transaction() as connection:
        connection.execute(
            text("UPDATE versions SET state = 'stored', proposed_at = NULL, proposed_by = NULL WHERE id = :version"),
            {"version": cut_off},
        )
    repaired(live)
    assert live.services.engines.index.version_points(lost) > 0
    assert {review["version_id"]: review["proposed_by"] for review in waiting(live)} == {
        lost: "local",
        cut_off: "local",
    }
    assert may_not_approve(live, lost, "local")
