"""Permissions of remote stores: folders that are closed, Unix modes over SFTP, access lists over SMB."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.definitions import opened
from connectors.servers import Server, need_program
from sourcier_core.domain.sources import AccessMode
from sourcier_core.errors import DocumentUnreadable
from sourcier_ingest.connectors.found import list_source
from sourcier_ingest.connectors.planning import plan


@pytest.fixture
def shelf(server: Server) -> Iterator[Path]:
    """A fresh folder in the server's tree."""
    assert server.root is not None
    place = Path(tempfile.mkdtemp(prefix="shelf-", dir=server.root))
    place.chmod(0o755)
    yield place
    subprocess.run(["chmod", "-R", "u+rwx", place], check=True)
    shutil.rmtree(place)


def write(place: Path, *, mode: int = 0o644, group: int = 0) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("text")
    os.chown(place, 0, group)
    place.chmod(mode)


@pytest.mark.parametrize("server", ["smb", "sftp"], indirect=True)
def test_a_closed_folder_is_named_and_what_was_below_it_is_kept(server: Server, shelf: Path, tmp_path: Path) -> None:
    write(shelf / "closed" / "below" / "a.txt")
    write(shelf / "open.txt")
    write(shelf / "secret.txt", mode=0o600)
    below = f"/{shelf.name}"
    source = opened(server, server.at(below=below))
    before = list_source(source)
    assert {found.path for found in before.files} == {"closed/below/a.txt", "open.txt", "secret.txt"}
    (shelf / "closed").chmod(0o700)
    listing = list_source(source)
    by_path = {found.path: found for found in listing.files}
    assert listing.incomplete_prefixes == ("closed",)
    assert isinstance(by_path["closed"].problem, DocumentUnreadable)
    assert by_path["open.txt"].problem is None
    with pytest.raises(DocumentUnreadable):
        source.fetch(by_path["secret.txt"], tmp_path / "copy")
    source.close()
    from sourcier_core.db.sources import StoredFile

    stored = [StoredFile(path=path, content_sha256="0" * 64, size_bytes=4) for path in ("closed/below/a.txt", "x.txt")]
    made = plan(listing, stored)
    assert made.missing == ("x.txt",)
    assert made.kept == ("closed/below/a.txt",)


@pytest.mark.parametrize("server", ["sftp"], indirect=True)
def test_unix_modes_over_sftp(server: Server, shelf: Path) -> None:
    write(shelf / "all.txt")
    write(shelf / "group.txt", mode=0o640, group=4242)
    write(shelf / "owner.txt", mode=0o600)
    write(shelf / "odd.txt", mode=0o604, group=4242)
    write(shelf / "team" / "all.txt")
    os.chown(shelf / "team", 65534, 4242)
    (shelf / "team").chmod(0o750)
    source = opened(server, server.at(below=f"/{shelf.name}"), access=AccessMode.POSIX)
    groups = {found.path: found.groups for found in source.walk()}
    source.close()
    assert groups == {
        "all.txt": None,
        "group.txt": {"unix:4242"},
        "owner.txt": frozenset(),
        "odd.txt": frozenset(),
        "team/all.txt": {"unix:4242"},
    }


def smb_groups(server: Server, shelf: Path) -> dict[str, frozenset[str] | None]:
    # The server tells the access list of what its user may open: the user of these tests is the owner.
    for place in shelf.iterdir():
        os.chown(place, 65534, -1)
    source = opened(server, server.at(below=f"/{shelf.name}"), access=AccessMode.SMB)
    groups = {file.path: file.groups for file in source.walk()}
    source.close()
    return groups


@pytest.mark.parametrize("server", ["smb"], indirect=True)
def test_access_lists_over_smb(server: Server, shelf: Path) -> None:
    write(shelf / "all.txt")
    write(shelf / "group.txt", mode=0o640, group=4242)
    write(shelf / "owner.txt", mode=0o600, group=4242)
    groups = smb_groups(server, shelf)
    assert groups["all.txt"] is None
    assert "sid:S-1-22-2-4242" in (groups["group.txt"] or ())
    assert groups["owner.txt"] is not None
    assert "sid:S-1-22-2-4242" not in groups["owner.txt"]


@pytest.mark.parametrize("server", ["smb"], indirect=True)
def test_a_group_named_in_an_access_list_over_smb(server: Server, shelf: Path) -> None:
    setfacl = need_program("setfacl", "acl")
    write(shelf / "named.txt", mode=0o600)
    if subprocess.run([setfacl, "-m", "g:4343:r", shelf / "named.txt"], capture_output=True).returncode != 0:
        pytest.skip("this file system has no access lists")
    assert "sid:S-1-22-2-4343" in (smb_groups(server, shelf)["named.txt"] or ())


@pytest.mark.parametrize("server", ["smb"], indirect=True)
def test_where_the_access_list_cannot_be_read_nobody_may(
    server: Server, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(shelf / "a.txt")
    source = opened(server, server.at(below=f"/{shelf.name}"), access=AccessMode.SMB)

    def refuse(path: str) -> None:
        raise PermissionError

    monkeypatch.setattr(source._store, "read_access_list", refuse)
    found = next(source.walk())
    source.close()
    assert found.groups == frozenset()
    assert "administrators" in found.access_note
