"""The documents of a corpus that others resemble, page by page, for who may read both; and the commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from application.command import run_command
from application.live_application import LiveApplication
from sourcier_api.dependencies import principal_of
from sourcier_core.access import Principal

RULES = "# Astreintes\n\n" + " ".join(f"La règle {number} porte sur le site {number * 3}." for number in range(60))


@contextmanager
def asking_as(live: LiveApplication, *groups: str) -> Iterator[None]:
    live.application.dependency_overrides[principal_of] = lambda: Principal(id="anne", groups=frozenset(groups))
    try:
        yield
    finally:
        del live.application.dependency_overrides[principal_of]


def listed(live: LiveApplication, corpus: str = "hr", **options: Any) -> Any:
    answer = live.http.get(f"/api/corpora/{corpus}/duplicates", params=options)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def copies(live: LiveApplication, folder: Path, tmp_path: Path) -> None:
    """Two corpora: `hr` with three documents that have copies and two that have none; `archive` with two of them."""
    archive = tmp_path / "archive"
    archive.mkdir()
    (folder / "a.md").write_text(RULES, "utf-8")
    (folder / "b.md").write_text(RULES.replace("La règle 7 ", "La consigne 7 "), "utf-8")
    (archive / "copie.md").write_text(RULES, "utf-8")
    (archive / "passwords.txt").write_bytes((folder / "passwords.txt").read_bytes())
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH", "groups": ["staff"]})
    live.http.post("/api/corpora", json={"id": "archive", "title": "Archive", "groups": ["archivists"]})
    live.load(folder)
    live.load(archive, corpus="archive")


@pytest.mark.usefixtures("copies")
def test_each_document_with_those_that_resemble_it(live: LiveApplication) -> None:
    found = listed(live)
    assert found["next"] is None
    assert [
        (one["path"], [(other["path"], other["same_bytes"]) for other in one["duplicates"]]) for one in found["items"]
    ] == [
        ("a.md", [("copie.md", True), ("b.md", False)]),
        ("b.md", [("a.md", False), ("copie.md", False)]),
        ("passwords.txt", [("passwords.txt", True)]),
    ]
    assert [one["path"] for one in listed(live, "archive")["items"]] == ["copie.md", "passwords.txt"]


@pytest.mark.usefixtures("copies")
def test_page_by_page(live: LiveApplication) -> None:
    first = listed(live, limit=2)
    assert [one["path"] for one in first["items"]] == ["a.md", "b.md"]
    second = listed(live, limit=2, after=first["next"])
    assert ([one["path"] for one in second["items"]], second["next"]) == (["passwords.txt"], None)


@pytest.mark.usefixtures("copies")
def test_nothing_is_told_of_what_the_caller_may_not_read(live: LiveApplication) -> None:
    with asking_as(live, "staff"):
        found = listed(live)
        assert {other["path"] for one in found["items"] for other in one["duplicates"]} == {"a.md", "b.md"}
        assert live.http.get("/api/corpora/archive/duplicates").status_code == 404
    with asking_as(live, "staff", "archivists"):
        assert len(listed(live)["items"]) == 3
    with asking_as(live):
        assert live.http.get("/api/corpora/hr/duplicates").status_code == 404


@pytest.mark.usefixtures("copies")
def test_withdrawn_documents_are_no_duplicates(live: LiveApplication) -> None:
    (document,) = live.http.get("/api/documents", params={"corpus": "archive", "query": "passwords"}).json()["items"]
    live.http.post(f"/api/documents/{document['id']}/withdraw")
    assert [one["path"] for one in listed(live)["items"]] == ["a.md", "b.md"]


@pytest.mark.usefixtures("copies")
def test_the_commands(live: LiveApplication, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_command(live, monkeypatch, "duplicates", "hr")
    assert shown.exit_code == 0, shown.output
    assert "hr/a.md" in shown.output
    assert "the same file: archive/copie.md" in shown.output
    assert "% alike: hr/b.md" in shown.output
    assert "3 documents with others" in shown.output
    assert "5 documents with others" in run_command(live, monkeypatch, "duplicates").output

    (folder / "telework.md").write_text("# Télétravail\n\nTrois jours par semaine.\n", "utf-8")
    live.load(folder)
    (document,) = live.http.get("/api/documents", params={"query": "telework"}).json()["items"]
    versions = run_command(live, monkeypatch, "versions", document["id"])
    assert versions.exit_code == 0, versions.output
    first, second, count = [line for line in versions.output.splitlines() if not line.startswith("    ")]
    assert first.startswith("2 published, in the answers since 2")
    assert second.startswith("1 published, in the answers from 2")
    assert count == "2 versions"
