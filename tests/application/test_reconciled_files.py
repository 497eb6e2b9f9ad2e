"""Every file with what is there and what is missing, and what was lost put back: the same, or nothing."""

import csv
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from application.live_application import LiveApplication
from application.test_loading import paths
from application.test_reconciliation import finished, reconcile, repaired, wait_for_loads
from sourcier_api.announcement import RunningApplication, announce
from sourcier_api.command_line import application
from sourcier_core.db.loads import defer_job
from sourcier_core.errors import ConfigurationError
from sourcier_ingest.loading import LOAD_QUEUE
from sourcier_ingest.worker import NIGHTLY, NIGHTLY_TASK


def execute(live: LiveApplication, statement: str, **values: Any) -> list[Any]:
    with live.services.engines.database.transaction() as connection:
        done = connection.execute(text(statement), values)
        return list(done) if done.returns_rows else []


def files(live: LiveApplication, **query: Any) -> dict[str, dict[str, Any]]:
    response = live.http.get("/api/reconciliations/last/files", params=query)
    assert response.status_code == 200, response.text
    return {item["path"]: item for item in response.json()["items"]}


def stored(live: LiveApplication, version: str) -> tuple[list[Any], list[Any]]:
    """The passages and pages of a version, whole."""
    return (
        execute(live, "SELECT * FROM passages WHERE version_id = :version ORDER BY ordinal", version=version),
        execute(live, "SELECT * FROM pages WHERE version_id = :version ORDER BY number", version=version),
    )


def version_of(live: LiveApplication, query: str) -> str:
    (document,) = live.http.get("/api/documents", params={"query": query}).json()["items"]
    return str(document["version_id"])


def lose(live: LiveApplication, version: str) -> None:
    execute(live, "DELETE FROM passages WHERE version_id = :version AND ordinal > 0", version=version)
    execute(live, "DELETE FROM pages WHERE version_id = :version", version=version)


@pytest.fixture
def long_policy(folder: Path) -> Path:
    """A document of several passages."""
    articles = (f"## Article {n}\n\n" + f"Le plafond numéro {n} est de {n * 7} euros par nuit. " * 20 for n in range(4))
    (folder / "telework.md").write_text("# Télétravail\n\n" + "\n\n".join(articles), "utf-8")
    return folder


def test_lost_pages_and_passages_come_back_as_they_were(live: LiveApplication, long_policy: Path) -> None:
    live.load(long_policy)
    version = version_of(live, "telework")
    before = stored(live, version)
    assert len(before[0]) > 2
    lose(live, version)
    assert reconcile(live)["kinds"] == {"pages_missing": 1, "passages_missing": 1}
    row = files(live, only_differing=True)["telework.md"]
    assert (row["pages"], row["pages_expected"]) == (0, len(before[1]))
    assert (row["passages"], row["passages_expected"], row["points"]) == (1, len(before[0]), len(before[0]))
    view = repaired(live)
    assert [finding["repaired"] for finding in view["findings"]] == [True, True]
    assert stored(live, version) == before
    assert reconcile(live)["kinds"] == {}
    assert files(live, only_differing=True) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("chunker = 'by-title-0'", "it would be cut into other passages now"),
        ("canonical_text = canonical_text || ' '", "its text is read otherwise now"),
    ],
)
def test_a_published_version_never_gets_other_passages(
    live: LiveApplication, long_policy: Path, change: str, reason: str
) -> None:
    live.load(long_policy)
    version = version_of(live, "telework")
    execute(live, f"UPDATE versions SET {change} WHERE id = :version", version=version)
    lose(live, version)
    left = stored(live, version)
    view = repaired(live)
    assert {(finding["kind"], finding["repaired"]) for finding in view["findings"]} == {
        ("pages_missing", False),
        ("passages_missing", False),
    }
    assert all(reason in finding["detail"] for finding in view["findings"])
    assert stored(live, version) == left
    assert live.services.engines.index.version_points(version) > len(left[0])


def test_a_lost_file_is_taken_out_of_the_file_it_was_found_in(live: LiveApplication, folder: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/leave.txt", "Les congés sont de vingt-cinq jours par an.")
    with zipfile.ZipFile(folder / "rules.zip", "w") as archive:
        archive.writestr("old.zip", inner.getvalue())
    live.load(folder)
    lost = execute(
        live,
        "SELECT content_sha256 FROM versions JOIN documents ON documents.id = document_id WHERE path LIKE '%old.zip%'",
    )
    blobs = live.services.engines.blobs
    before = {row[0]: blobs.path(row[0]).read_bytes() for row in lost}
    assert len(before) == 2
    for blob in before:
        blobs.delete(blob)
    (folder / "rules.zip").unlink()  # what is stored of it must do
    assert reconcile(live)["kinds"] == {"file_missing": 2, "gone_from_source": 1}
    repaired(live)
    assert reconcile(live)["kinds"] == {"gone_from_source": 1}
    assert {blob: blobs.path(blob).read_bytes() for blob in before} == before


def test_every_file_is_listed_with_the_reason_of_what_is_missing(
    live: LiveApplication, folder: Path, tmp_path: Path
) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "=gone.md").write_text("# Congés\n\nVingt-cinq jours.\n", "utf-8")
    live.load(folder)
    (folder / "=gone.md").unlink()
    (folder / "new.txt").write_text("Arrivé depuis.", "utf-8")
    reconcile(live)
    found = files(live)
    assert {path: (row["state"], row["code"], row["in_source"]) for path, row in found.items()} == {
        "broken.pdf": ("failed", "document_corrupt", True),
        "empty.txt": ("refused", "document_empty", True),
        "=gone.md": ("published", None, False),
        "new.txt": ("not_loaded", None, True),
        "passwords.txt": ("published", None, True),
        "telework.md": ("published", None, True),
    }
    assert {path for path, row in found.items() if row["findings"]} == {"=gone.md", "new.txt"}
    telework = found["telework.md"]
    assert telework["points"] == telework["points_expected"] == telework["passages"] > 0
    assert telework["file_stored"]
    assert found["broken.pdf"]["message"]

    view = live.http.get("/api/reconciliations/last/files", params={"limit": 2, "offset": 2}).json()
    assert (len(view["items"]), view["total"]) == (2, 6)
    assert list(files(live, only_differing=True, query="GONE")) == ["=gone.md"]
    assert files(live, corpus="other") == {}
    announce(tmp_path / "data", RunningApplication(url=live.url, token=live.services.local_token))
    written = tmp_path / "files.csv"
    arguments = ["reconcile", "--files", "--csv", str(written)]
    outcome = CliRunner().invoke(application, arguments, env={"SOURCIER_DATA_DIR": str(tmp_path / "data")})
    assert outcome.exit_code == 4, outcome.output
    assert "hr/telework.md" in outcome.output
    # However wide the console is taken for: the cells of the last column, put together.
    shown = outcome.output.partition("every file")[2].splitlines()
    why = [line.split("│")[-2].strip() for line in shown if "│" in line]
    assert "not_loaded: no load has seen it" in " ".join(why)
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(written.read_text("utf-8-sig"), newline=""))}
    assert set(rows) == {"'=gone.md" if path == "=gone.md" else path for path in found}
    assert rows["new.txt"]["findings"] == "not_loaded: no load has seen it"
    assert rows["telework.md"]["in_source"] == "yes"


def test_the_nightly_job_compares_and_repairs(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    live.services.engines.index.delete_version(version_of(live, "telework"))
    registered = live.services.jobs.periodic_registry.periodic_tasks.values()
    assert {task.cron for task in registered if task.task.name == NIGHTLY_TASK} == {NIGHTLY}
    with live.services.engines.database.transaction() as connection:  # as the engine does when its hour comes
        defer_job(connection, queue=LOAD_QUEUE, task=NIGHTLY_TASK, arguments={"timestamp": 1_800_000_000})
    view = finished_by(live, "schedule")
    assert (view["state"], view["repaired"], view["kinds"]) == ("finished", True, {"points_missing": 1})
    wait_for_loads(live)
    assert reconcile(live)["kinds"] == {}
    assert "telework.md" in paths(live, "jours de télétravail")


def finished_by(live: LiveApplication, name: str) -> dict[str, Any]:
    for _ in range(600):
        found = live.http.get("/api/reconciliations").json()
        if found and found[0]["requested_by"] == name:
            return finished(live, found[0]["id"])
        time.sleep(0.1)
    raise AssertionError("the nightly job did not run")


def test_one_that_was_cut_off_begins_again_and_one_that_fails_says_why(
    live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.load(folder)
    number = reconcile(live)["id"]
    execute(live, "UPDATE reconciliations SET state = 'running', finished_at = NULL")
    assert live.services.reconciler.run(number).agrees
    assert len(files(live)) == 2

    def broken(_index: object) -> dict[str, int]:
        raise ConfigurationError("The index is not there.")

    monkeypatch.setattr(type(live.services.engines.index), "count_by_version", broken)
    started = live.http.post("/api/reconciliations", json={"repair": False}).json()
    view = finished(live, started["id"])
    assert (view["state"], view["message"]) == ("failed", "configuration_invalid: The index is not there.")
    assert len(files(live)) == 2  # the one before is still there
