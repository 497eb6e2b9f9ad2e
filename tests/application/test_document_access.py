"""Who may read a document: the corpus, a manifest beside the files, changed later without loading them again."""

from pathlib import Path

from application.live_application import LiveApplication
from application.test_loading_files_inside import archive, letter
from sourcier_core.access import Principal, resolve_access_scope
from sourcier_core.db import corpora, publications


def readable(live: LiveApplication, *groups: str) -> set[str]:
    """The paths a member of these groups finds."""
    with live.services.engines.database.transaction() as connection:
        known = corpora.list_corpora(connection)
    scope = resolve_access_scope(Principal(id="anne", groups=frozenset(groups)), corpora=known)
    hits = live.services.search.search("jours de télétravail par semaine password", scope=scope, limit=20)
    return {hit.document.path for hit in hits}


def load(live: LiveApplication, folder: Path, *, problems: int = 0, **options: object) -> None:
    started = live.http.post("/api/corpora/hr/loads", json={"folder": str(folder), **options}, headers=live.token)
    assert started.status_code == 202, started.text
    assert live.wait(started.json()["id"])["failed"] == problems


def test_a_manifest_decides_and_changes_without_a_new_version(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff"]})
    manifest = folder / ".sourcier.yaml"
    manifest.write_text("groups: [managers]\n", "utf-8")
    load(live, folder, access="manifest")
    assert readable(live, "staff") == set()
    assert readable(live, "managers") == set(), "a document's groups never widen the corpus's"
    assert readable(live, "staff", "managers") == {"telework.md", "passwords.txt"}
    manifest.write_text("groups: [managers]\nfiles:\n  telework.md: {groups: [staff]}\n", "utf-8")
    load(live, folder, access="manifest")
    assert readable(live, "staff") == {"telework.md"}
    manifest.write_text("groups: {broken", "utf-8")
    load(live, folder, access="manifest", problems=1)
    assert readable(live, "staff", "managers") == set(), "a manifest that cannot be read opens nothing"
    load(live, folder)
    assert readable(live, "staff") == {"telework.md", "passwords.txt"}


def test_what_is_inside_a_file_follows_its_groups(live: LiveApplication, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    manifest = folder / ".sourcier.yaml"
    rule = b"# Astreinte\n\nLe mot de passe password vaut deux jours par semaine.\n"
    (folder / "e.zip").write_bytes(archive({"t.md": rule, "deep.zip": archive({"u.md": rule + b"\nAutre.\n"})}))
    (folder / "l.eml").write_bytes(letter({"n.md": rule + b"\nEncore.\n"}))
    inside = {"e.zip!/t.md", "e.zip!/deep.zip!/u.md", "l.eml!/n.md"}
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff", "managers"]})
    manifest.write_text("groups: [staff]\n", "utf-8")
    load(live, folder, access="manifest")
    assert readable(live, "staff") >= inside
    manifest.write_text("groups: [managers]\n", "utf-8")
    load(live, folder, access="manifest")
    assert readable(live, "staff") == set()
    assert readable(live, "managers") >= inside
    with live.services.engines.database.transaction() as connection:
        assert publications.pending_index_groups(connection) == [], "the index has been told"
    load(live, folder)
    assert readable(live, "staff") >= inside


def test_groups_of_a_corpus_change_for_what_is_loaded(live: LiveApplication, folder: Path) -> None:
    live.load(folder)
    assert readable(live, "staff") == set()
    live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
    assert readable(live, "staff") == {"telework.md", "passwords.txt"}


def test_patterns_choose_files(live: LiveApplication, folder: Path) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "HR", "groups": ["staff"]})
    load(live, folder, exclude=["*.txt"])
    assert readable(live, "staff") == {"telework.md"}
