from collections.abc import Iterator
from pathlib import Path

import pytest

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from sourcier_core.db.database import Database


@pytest.fixture
def live(database: Database, tmp_path: Path) -> Iterator[LiveApplication]:
    with live_application(lambda: open_test_engines(tmp_path / "data", database=borrowed(database))) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "policies"
    place.mkdir()
    (place / "telework.md").write_text(
        "# Télétravail\n\nUn salarié peut télétravailler deux jours par semaine.\n\n"
        "## Indemnité\n\nL'indemnité est de 2,70 euros par jour.\n",
        encoding="utf-8",
    )
    (place / "passwords.txt").write_text(
        "Passwords\n\nA password must have at least 14 characters.\n", encoding="utf-8"
    )
    return place
