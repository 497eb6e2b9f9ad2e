"""What is inside a file that waits in quarantine waits with it, and what is inside a rejected one never comes in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from application.live_application import LiveApplication
from application.test_loading import paths
from application.test_loading_files_inside import NOTE, RULE, archive, letter, outcomes
from application.test_reviews import ATTACK, decide_over_http, waiting
from sourcier_core.errors import EngineUnavailable
from sourcier_ingest.registering import PendingFile, Registrar

ASTREINTE = "astreinte du week-end"


def suspicious_letter(note: str = NOTE) -> bytes:
    return letter({"n.md": note.encode(), "deep.zip": archive({"badge.md": RULE.encode()})}, text=ATTACK)


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "l.eml").write_bytes(suspicious_letter())
    return folder


def test_what_is_inside_waits_with_its_file_and_comes_in_with_it(live: LiveApplication, mails: Path) -> None:
    assert outcomes(live.load(mails)) == {"l.eml": "quarantined"}
    assert paths(live, ASTREINTE) == set()
    assert outcomes(live.load(mails)) == {"l.eml": "quarantined"}
    (review,) = waiting(live)
    released = live.wait(decide_over_http(live, review["version_id"], "approved").json()["load_id"])
    expected = {"l.eml", "l.eml!/n.md", "l.eml!/deep.zip", "l.eml!/deep.zip!/badge.md"}
    assert outcomes(released) == dict.fromkeys(expected, "published")
    assert {"l.eml!/n.md"} <= paths(live, ASTREINTE)
    assert outcomes(live.load(mails)) == dict.fromkeys(expected, "unchanged")


def test_nothing_inside_a_rejected_file_comes_in(live: LiveApplication, mails: Path) -> None:
    live.load(mails)
    (review,) = waiting(live)
    assert decide_over_http(live, review["version_id"], "rejected", "Consigne cachée").status_code == 200
    assert outcomes(live.load(mails)) == {"l.eml": "failed"}
    assert paths(live, ASTREINTE) == set()


def test_a_held_content_leaves_what_is_inside_the_valid_one(live: LiveApplication, mails: Path) -> None:
    (mails / "l.eml").write_bytes(letter({"n.md": NOTE.encode(), "gone.md": RULE.encode()}))
    live.load(mails)
    (mails / "l.eml").write_bytes(suspicious_letter(NOTE.replace("90", "80")))
    assert outcomes(live.load(mails)) == {"l.eml": "quarantined"}
    assert "l.eml!/n.md" in paths(live, ASTREINTE)
    assert "l.eml!/gone.md" in paths(live, "badge perdu remplacé")
    (review,) = waiting(live)
    decide_over_http(live, review["version_id"], "rejected", "Consigne cachée")
    assert "l.eml!/gone.md" in paths(live, "badge perdu remplacé")


@pytest.mark.parametrize("done", [False, True], ids=["before what is inside", "after what is inside"])
def test_a_release_that_is_cut_off_goes_on(
    live: LiveApplication, mails: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    live.load(mails)
    register = Registrar.register_inside
    cut = [True]

    def cut_off_once(registrar: Registrar, parsed: Sequence[Any]) -> list[PendingFile]:
        found = register(registrar, parsed) if done else []
        if cut.pop() if cut else False:
            raise EngineUnavailable
        return found if done else register(registrar, parsed)

    monkeypatch.setattr(Registrar, "register_inside", cut_off_once)
    (review,) = waiting(live)
    released = live.wait(decide_over_http(live, review["version_id"], "approved").json()["load_id"])
    assert not cut
    assert set(outcomes(released).values()) == {"published"}
    assert len(outcomes(released)) == 4
