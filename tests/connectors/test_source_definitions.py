"""URLs, schedules, the vault, the store of definitions, and the plan of a load."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.definitions import definition
from sourcier_core.db import corpora
from sourcier_core.db import sources as store
from sourcier_core.db.sources import StoredFile
from sourcier_core.domain.source_locations import parse_location
from sourcier_core.domain.sources import AccessMode, Credentials
from sourcier_core.errors import (
    ConfigurationError,
    CredentialsUnreadable,
    DocumentUnreadable,
    ExtraMissing,
    InvalidRequest,
    NotFound,
)
from sourcier_core.schedules import check_schedule, is_due, next_run
from sourcier_core.vault import CredentialVault
from sourcier_ingest.connectors import opening
from sourcier_ingest.connectors.folder import FolderSource
from sourcier_ingest.connectors.found import FoundFile, SourceListing
from sourcier_ingest.connectors.opening import check_definition, open_source
from sourcier_ingest.connectors.planning import plan

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECRET = Credentials(username="reader", password="hunter2-é", private_key="PRIVATE", passphrase="phrase")


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("/srv/My docs#1", "file", "", None, "/srv/My docs#1"),
        ("file:///srv/My%20docs", "file", "", None, "/srv/My docs"),
        ("smb://server/share/a%20b/%23x", "smb", "server", None, "share/a b/#x"),
        ("sftp://10.0.0.1:2222/srv/docs/", "sftp", "10.0.0.1", 2222, "srv/docs"),
        ("sftp://[fd00::1]/srv", "sftp", "fd00::1", None, "srv"),
        ("webdavs://cloud.local/remote.php/dav/é", "webdavs", "cloud.local", None, "remote.php/dav/é"),
        ("s3://bucket/pre/fix?endpoint=http://minio:9000", "s3", "bucket", None, "pre/fix"),
    ],
)
def test_urls(url: str, scheme: str, host: str, port: int | None, path: str) -> None:
    location = parse_location(url)
    assert (location.scheme, location.host, location.port, location.path) == (scheme, host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "docs",
        "ftp://server/a",
        "http://server/a",
        "smb://server",
        "smb:///share",
        "sftp://reader:hunter2@server/a",
        "sftp://reader@server/a",
        "s3://key:hunter2@bucket",
        "s3://bucket?endpoint=http://key:hunter2@server",
        "s3://bucket?endpoint=ftp://server",
        "s3://bucket?secret=hunter2",
        "s3://b",
        "smb://server/share/../other",
        "smb://server/share/%2e%2e/other",
        "smb://server/share\\other",
        "/srv/../etc",
        "webdav://server/a?b",
        "webdav://server/a#b",
        "sftp://server:99999/a",
        "sftp://server/a\nb",
        "sftp://server/%00",
        "sftp://ser ver/a",
    ],
)
def test_urls_that_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_location(url)
    assert "hunter2" not in refused.value.message


def test_schedules() -> None:
    assert check_schedule("  30 2 * *   1-5 ") == "30 2 * * 1-5"
    assert next_run("30 2 * * *", NOW) == datetime(2026, 5, 5, 2, 30, tzinfo=UTC)
    assert is_due("0 12 * * *", last=datetime(2026, 5, 1, tzinfo=UTC), now=NOW)
    assert not is_due("0 12 * * *", last=NOW, now=NOW)
    for wrong in ("", "* * * *", "61 * * * *", "0 0 31 2 *", "@daily", "a b c d e", "* * * * * *", "*/0 * * * *"):
        with pytest.raises(InvalidRequest):
            check_schedule(wrong)


def test_the_vault(tmp_path: Path) -> None:
    vault = CredentialVault(tmp_path)
    sealed = vault.seal(SECRET, source_id="a", origin="smb://server:")
    key_file = tmp_path / "secrets.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.key"]
    assert all(secret.encode() not in sealed for secret in (*SECRET.secrets, SECRET.username))
    assert vault.seal(SECRET, source_id="a", origin="smb://server:") != sealed
    assert CredentialVault(tmp_path).open(sealed, source_id="a", origin="smb://server:") == SECRET
    for source_id, origin in (("b", "smb://server:"), ("a", "smb://other:")):
        with pytest.raises(CredentialsUnreadable):
            vault.open(sealed, source_id=source_id, origin=origin)
    for broken in (b"", sealed[:10], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(CredentialsUnreadable):
            vault.open(broken, source_id="a", origin="smb://server:")


def test_the_vaults_key_missing_changed_or_open_to_others(tmp_path: Path) -> None:
    vault = CredentialVault(tmp_path)
    sealed = vault.seal(SECRET, source_id="a", origin="o")
    key_file = tmp_path / "secrets.key"
    key = key_file.read_bytes()
    key_file.unlink()
    with pytest.raises(CredentialsUnreadable, match="missing"):
        vault.open(sealed, source_id="a", origin="o")
    assert not key_file.exists(), "reading makes no key"
    vault.seal(SECRET, source_id="a", origin="o")
    with pytest.raises(CredentialsUnreadable, match="another key"):
        vault.open(sealed, source_id="a", origin="o")
    key_file.write_bytes(key)
    assert vault.open(sealed, source_id="a", origin="o") == SECRET
    key_file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        vault.open(sealed, source_id="a", origin="o")
    key_file.chmod(0o600)
    key_file.write_bytes(b"not a key")
    with pytest.raises(ConfigurationError, match="damaged"):
        vault.seal(SECRET, source_id="a", origin="o")


def test_secrets_are_in_no_repr() -> None:
    shown = repr(SECRET) + str(SECRET)
    assert all(secret not in shown for secret in SECRET.secrets)


def test_the_store_of_definitions(database: Any) -> None:
    made = definition("smb://server/share", include=("*.pdf",), access=AccessMode.SMB, schedule="0 2 * * *")
    with database.transaction() as connection:
        with pytest.raises(NotFound):
            store.create_source(connection, made)
        corpora.create_corpus(connection, corpus_id="hr", title="HR", groups=frozenset(), now=NOW)
        assert store.create_source(connection, made) == made
        assert store.sealed_credentials(connection, made.id) is None
        with pytest.raises(InvalidRequest, match="already"):
            store.create_source(connection, replace(made, id=store.new_source_id()))
        other = replace(made, id=store.new_source_id(), name="Other")
        assert store.create_source(connection, other, credentials=b"sealed").has_credentials
        assert [source.name for source in store.list_sources(connection)] == ["Archive", "Other"]
        assert store.list_sources(connection, corpus_ids=["it"]) == []
        with pytest.raises(InvalidRequest, match="already"):
            store.update_source(connection, replace(other, name="Archive"))
    with database.transaction() as connection:
        moved = store.update_source(connection, replace(other, url="smb://server/elsewhere", schedule=None))
        assert moved.has_credentials
        assert moved.schedule is None
        assert store.sealed_credentials(connection, other.id) == b"sealed"
        assert store.pause_source(connection, other.id, paused=True).paused
        elsewhere = store.update_source(connection, replace(moved, url="smb://other/share"))
        assert not elsewhere.has_credentials, "they were given for another server"
        store.set_credentials(connection, other.id, b"again")
        assert store.get_source(connection, other.id).has_credentials
        store.delete_source(connection, other.id)
        for act in (store.get_source, store.delete_source, store.sealed_credentials):
            with pytest.raises(NotFound):
                act(connection, other.id)
        with pytest.raises(NotFound):
            store.set_credentials(connection, other.id, None)
        for wrong in ({"name": " "}, {"url": "nowhere"}, {"schedule": "never"}):
            with pytest.raises(InvalidRequest):
                store.update_source(connection, replace(made, **wrong))


def test_definitions_that_make_no_sense_are_refused() -> None:
    check_definition(definition("/srv/docs", access=AccessMode.POSIX))
    for wrong in (
        definition("s3://bucket", access=AccessMode.POSIX),
        definition("/srv/docs", access=AccessMode.SMB),
        definition("/srv/docs", exclude=("a*b*c*d*e*",)),
        definition("/srv/docs", schedule="sometimes"),
    ):
        with pytest.raises(InvalidRequest):
            check_definition(wrong)


def test_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_source(definition(str(tmp_path)), max_file_bytes=1), FolderSource)

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(opening, "import_module", missing)
    with pytest.raises(ExtraMissing, match="connectors"):
        open_source(definition("s3://bucket"), max_file_bytes=1)


def test_a_private_key_that_cannot_be_read_is_refused_without_showing_it() -> None:
    pytest.importorskip("paramiko")
    with pytest.raises(InvalidRequest) as refused:
        open_source(definition("sftp://server/a"), SECRET, max_file_bytes=1)
    assert "PRIVATE" not in refused.value.message


def found(path: str, size: int = 4, **changes: Any) -> FoundFile:
    return FoundFile(path=path, size_bytes=size, **changes)


def stored(path: str, size: int = 4, content: str = "1") -> StoredFile:
    return StoredFile(path=path, size_bytes=size, content_sha256=content)


def test_the_plan_of_a_load() -> None:
    broken = found("broken", problem=DocumentUnreadable())
    listing = SourceListing(
        files=(found("new"), found("same"), found("longer", 5), found("other"), broken, found("empty", 0)),
        incomplete_prefixes=("shut",),
    )
    known = [stored(path) for path in ("same", "longer", "other", "broken", "empty", "shut/a", "shutter/b", "gone")]
    made = plan(listing, known, hashes={"other": "2", "same": "1"}, withdrawal_guard_share=0.2)
    assert [file.path for file in made.new] == ["new"]
    assert [file.path for file in made.unchanged] == ["same"]
    assert [file.path for file in made.changed] == ["longer", "other"]
    assert [(file.path, error.code) for file, error in made.problems] == [
        ("broken", "document_unreadable"),
        ("empty", "document_empty"),
    ]
    assert made.missing == ("gone", "shutter/b")
    assert made.kept == ("shut/a",)
    assert made.needs_confirmation
    assert not plan(listing, known, withdrawal_guard_share=0.5).needs_confirmation
    assert not plan(listing, [], withdrawal_guard_share=0).needs_confirmation
