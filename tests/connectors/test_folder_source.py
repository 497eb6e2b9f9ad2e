"""A folder of this machine, with names and permissions as they come."""

import os
import pickle
import unicodedata
from pathlib import Path

import pytest

from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import (
    AccessManifestInvalid,
    ConfigurationError,
    DocumentTooLarge,
    DocumentUnreadable,
    StorageFull,
)
from sourcier_ingest.connectors.found import FoundFile, list_source
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.sources import FolderSource, local_copy, scratch_folder

LIMIT = 1000


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text")


def walk(root: Path, **options: object) -> dict[str, FoundFile]:
    return {found.path: found for found in FolderSource(root, max_file_bytes=LIMIT, **options).walk()}


def test_order_names_and_what_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "b/z.txt", "b/a/1.txt", 'a\'s "x" #1.txt', "z.txt", ".git/x", "~$a.docx", "Thumbs.db", "empty")
    (tmp_path / "empty").write_text("")
    found = list(FolderSource(tmp_path, max_file_bytes=LIMIT).walk())
    assert [file.path for file in found] == ['a\'s "x" #1.txt', "empty", "z.txt", "b/z.txt", "b/a/1.txt"]
    assert all(file.location == tmp_path / file.path and file.groups is None for file in found)
    assert pickle.loads(pickle.dumps(found)) == found


def test_two_names_that_look_alike(tmp_path: Path) -> None:
    write(tmp_path, "é.txt", unicodedata.normalize("NFD", "é.txt"), unicodedata.normalize("NFD", "ü/à.txt"))
    found = walk(tmp_path)
    assert set(found) == {"é.txt", "é.txt#2", "ü/à.txt"}
    assert isinstance(found["é.txt#2"].problem, DocumentUnreadable)
    assert found["ü/à.txt"].location is not None
    assert found["ü/à.txt"].location.read_text() == "text"


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    assert set(walk(tmp_path)) == {"caf�.txt"}


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "big.txt", "a.txt")
    (tmp_path / "big.txt").write_bytes(b"x" * (LIMIT + 1))
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    found = walk(tmp_path)
    assert isinstance(found["big.txt"].problem, DocumentTooLarge)
    assert {path for path, file in found.items() if file.problem is None} == {"a.txt"}
    assert set(found) == {"a.txt", "big.txt", "link.txt", "folder", "pipe"}


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt", "closed/b.txt", "open/c.txt")
    real = os.scandir

    def scandir(place: Path):
        if Path(place).name in closed:
            raise PermissionError(13, "Permission denied", str(place))
        return real(place)

    closed = {"closed"}
    monkeypatch.setattr(os, "scandir", scandir)
    source = FolderSource(tmp_path, max_file_bytes=LIMIT)
    listing = list_source(source)
    assert listing.incomplete_prefixes == ("closed",)
    assert [file.path for file in listing.files] == ["a.txt", "closed", "open/c.txt"]
    assert isinstance(listing.files[1].problem, DocumentUnreadable)
    closed.clear()
    assert list_source(source).incomplete_prefixes == ()
    closed.add(tmp_path.name)
    with pytest.raises(ConfigurationError):
        list_source(source)
    with pytest.raises(ConfigurationError):
        walk(tmp_path / "none")


def test_patterns(tmp_path: Path) -> None:
    write(tmp_path, "a.pdf", "a.txt", "old/b.pdf")
    assert set(walk(tmp_path, patterns=PathPatterns(["*.pdf"], ["old/"]))) == {"a.pdf"}


def test_manifests(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "hr/b.txt", "hr/pay.xlsx", "bad/c.txt", "bad/below/d.txt", "yml/e.txt", "linked/f.txt")
    (tmp_path / ".sourcier.yaml").write_text("groups: [all]")
    (tmp_path / "hr" / ".sourcier.yaml").write_text("files: {'*.xlsx': {groups: [board]}}")
    (tmp_path / "bad" / ".sourcier.yaml").write_text("groups: all")
    (tmp_path / "bad" / "below" / ".sourcier.yaml").write_text("groups: [all]")
    (tmp_path / "yml" / ".sourcier.yml").write_text("groups: [board]")
    (tmp_path / "linked" / ".sourcier.yaml").symlink_to(tmp_path / ".sourcier.yaml")
    found = walk(tmp_path, access=AccessMode.MANIFEST, patterns=PathPatterns(exclude=["*.yaml", "*.yml"]))
    groups = {path: file.groups for path, file in found.items() if file.problem is None}
    assert groups == {
        "a.txt": {"all"},
        "hr/b.txt": {"all"},
        "hr/pay.xlsx": {"board"},
        "bad/c.txt": frozenset(),
        "bad/below/d.txt": frozenset(),
        "yml/e.txt": frozenset(),
        "linked/f.txt": frozenset(),
    }
    problems = {path for path, file in found.items() if isinstance(file.problem, AccessManifestInvalid)}
    assert problems == {"bad/.sourcier.yaml", "yml/.sourcier.yml", "linked/.sourcier.yaml"}
    assert "list" in found["bad/below/d.txt"].access_note


def test_unix_permissions_of_files_and_of_the_folders_above(tmp_path: Path) -> None:
    write(tmp_path, "all.txt", "own.txt", "shut/all.txt")
    tmp_path.chmod(0o755)
    (tmp_path / "own.txt").chmod(0o600)
    (tmp_path / "all.txt").chmod(0o644)
    (tmp_path / "shut" / "all.txt").chmod(0o644)
    (tmp_path / "shut").chmod(0o700)
    groups = {path: file.groups for path, file in walk(tmp_path, access=AccessMode.POSIX).items()}
    assert groups == {"all.txt": None, "own.txt": frozenset(), "shut/all.txt": frozenset()}


def test_fetching_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    write(tmp_path / "from", "a.txt")
    source = FolderSource(tmp_path / "from", max_file_bytes=3)
    found = FoundFile(path="a.txt", location=tmp_path / "from" / "a.txt", size_bytes=4)
    with pytest.raises(DocumentTooLarge):
        source.fetch(found, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    with pytest.raises(StorageFull):
        source.fetch(found, tmp_path / "none" / "copy")
    with local_copy(source, found, tmp_path) as place:
        assert place == found.location


def test_a_scratch_folder_takes_away_what_a_killed_run_left(tmp_path: Path) -> None:
    left = tmp_path / "fetched" / "load-1" / "fetched-secret"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"secret")
    with scratch_folder(tmp_path / "fetched", "load-1") as folder:
        assert not list(folder.iterdir())
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "copy").write_bytes(b"copy")
    assert not folder.exists()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFull), scratch_folder(tmp_path / "file", "load-1"):
        pass
