"""Each kind of remote source, against a real server on loopback."""

import hashlib
import traceback
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.definitions import LIMIT, opened
from connectors.servers import MANY, NFD_NAME, PLAIN_QUOTED_NAME, QUOTED_NAME, SERVERS, Server
from sourcier_core.domain.sources import AccessMode, Credentials
from sourcier_core.errors import (
    ConfigurationError,
    DocumentTooLarge,
    DocumentUnreadable,
    EngineUnavailable,
    SourceRefused,
    SourcierError,
)
from sourcier_ingest.connectors import found as found_files
from sourcier_ingest.connectors.copying import local_copy
from sourcier_ingest.connectors.found import FoundFile

every_server = pytest.mark.parametrize("server", SERVERS, indirect=True)


def expected_paths(server: Server) -> list[str]:
    quoted = PLAIN_QUOTED_NAME if server.scheme == "smb" else QUOTED_NAME
    names = ["top.txt", "Rapport annuel.txt", quoted, unicodedata.normalize("NFC", NFD_NAME), "large.bin"]
    # An object without content is an object; what a folder holds, an empty file included, is listed.
    names += ["empty.txt", "reports/2024/deep.txt", "reports/b.txt"]
    return sorted(names + [f"many/document number {number:04}.txt" for number in range(MANY)])


@every_server
def test_every_file_is_found_once_and_its_bytes_come(server: Server, tmp_path: Path) -> None:
    source = opened(server)
    found = list(source.walk())
    assert sorted(file.path for file in found) == expected_paths(server)
    assert source.incomplete_prefixes == ()
    assert [file.path for file in source.walk()] == [file.path for file in found]
    by_path = {file.path: file for file in found}
    assert isinstance(by_path["large.bin"].problem, DocumentTooLarge)
    assert {file.path for file in found if file.problem is not None} == {"large.bin"}
    wanted = {"top.txt": b"top", "reports/2024/deep.txt": b"deep" * 1000, "procédure.txt": b"decomposed"}
    wanted[PLAIN_QUOTED_NAME if server.scheme == "smb" else QUOTED_NAME] = b"quoted"
    for path, content in wanted.items():
        assert by_path[path].size_bytes == len(content)
        with local_copy(source, by_path[path], tmp_path) as place:
            assert hashlib.sha256(place.read_bytes()).digest() == hashlib.sha256(content).digest()
    assert list(tmp_path.iterdir()) == []
    source.close()


@every_server
def test_marks_stay_the_same_until_a_file_changes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_files, "_SETTLED_AFTER", timedelta(seconds=-60))
    source = opened(server, include=("/top.txt", "/reports/b.txt"))
    marks = {file.path: file.mark for file in source.walk()}
    assert all(marks.values())
    assert len(marks) == 2
    assert {file.path: file.mark for file in source.walk()} == marks
    server.write("top.txt", b"TOP", modified=1_700_000_000)
    try:
        again = {file.path: file.mark for file in source.walk()}
    finally:
        server.write("top.txt", b"top", modified=1_700_000_001)
        source.close()
    assert again["top.txt"] not in {"", marks["top.txt"]}
    assert again["reports/b.txt"] == marks["reports/b.txt"]


@every_server
def test_a_wrong_password_is_refused_and_never_shown(
    server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    source = opened(server, credentials=server.wrong_credentials)
    with pytest.raises(SourceRefused) as refused:
        list(source.walk())
    source.close()
    assert not refused.value.retryable
    shown = "".join(traceback.format_exception(refused.value)) + caplog.text + repr(refused.value.details)
    assert server.wrong_credentials.password not in shown
    assert "Archive" in refused.value.message


@every_server
def test_secrets_are_in_no_log_of_a_whole_walk(
    server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    source = opened(server, include=("top.txt",))
    found = list(source.walk())
    source.fetch(found[0], tmp_path / "copy")
    source.close()
    assert (tmp_path / "copy").read_bytes() == b"top"
    for secret in server.credentials.secrets:
        assert secret not in caplog.text


@every_server
def test_a_server_that_dies_between_two_folders_is_no_listing(server: Server) -> None:
    source = opened(server, server.through_proxy())
    walk = source.walk()
    found = [next(walk)]
    server.proxy.refusing = True
    with pytest.raises(EngineUnavailable) as away:
        found.extend(walk)
    source.close()
    assert away.value.retryable
    assert 0 < len(found) < len(expected_paths(server))
    assert server.proxy.connections >= 2, "it was not tried again"


@every_server
def test_a_listing_that_is_cut_off_is_no_listing(server: Server) -> None:
    source = opened(server, server.through_proxy(), include=("/many/",))
    assert len(list(source.walk())) == MANY
    whole = server.proxy.passed
    source.close()
    for share in (0.5, 0.8, 0.95):
        server.proxy.reset()
        server.proxy.cut_after = int(whole * share)
        again = opened(server, server.through_proxy(), include=("/many/",), retry_waits_s=())
        with pytest.raises(EngineUnavailable):
            list(again.walk())
        again.close()


@every_server
def test_after_a_short_interruption_the_walk_goes_on(server: Server) -> None:
    source = opened(server, server.through_proxy(), retry_waits_s=(0.1, 0.1))
    walk = source.walk()
    first = next(walk)
    server.proxy.cut_after = server.proxy.passed + 1
    paths = [first.path]

    def repair_when_it_reconnects() -> None:
        server.proxy.cut_after = None

    connections = server.proxy.connections
    original = source._store.close

    def close() -> None:
        original()
        repair_when_it_reconnects()

    source._store.close = close
    paths += [file.path for file in walk]
    source.close()
    assert sorted(paths) == expected_paths(server)
    assert server.proxy.connections > connections


@every_server
def test_a_silent_server_is_not_waited_for_for_ever(server: Server) -> None:
    server.proxy.cut_after, server.proxy.silent = 0, True
    source = opened(server, server.through_proxy(), timeout_s=1.0, retry_waits_s=())
    with pytest.raises(EngineUnavailable):
        list(source.walk())
    source.close()


@every_server
def test_what_does_not_exist_is_said_so(server: Server, tmp_path: Path) -> None:
    source = opened(server, server.at(below="/no-such-folder"))
    with pytest.raises(ConfigurationError, match="Archive"):
        list(source.walk())
    with pytest.raises(DocumentUnreadable):
        source.fetch(FoundFile(path="gone.txt", size_bytes=1, remote_path="gone.txt"), tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
    source.close()


@every_server
def test_a_file_over_the_limit_or_cut_off_leaves_nothing(server: Server, tmp_path: Path) -> None:
    source = opened(server, server.through_proxy(), retry_waits_s=())
    with pytest.raises(DocumentTooLarge):
        source.fetch(FoundFile(path="large.bin", size_bytes=1, remote_path="large.bin"), tmp_path / "copy")
    with pytest.raises(DocumentUnreadable, match="shorter"):
        source.fetch(FoundFile(path="top.txt", size_bytes=LIMIT, remote_path="top.txt"), tmp_path / "copy")
    server.proxy.cut_after = server.proxy.passed + 2500
    with pytest.raises(EngineUnavailable):
        source.fetch(FoundFile(path="d", size_bytes=4000, remote_path="reports/2024/deep.txt"), tmp_path / "copy")
    source.close()
    assert list(tmp_path.iterdir()) == []


@every_server
def test_manifests_and_patterns_apply_to_remote_stores(server: Server) -> None:
    source = opened(server, access=AccessMode.MANIFEST, include=("*.txt",), exclude=("/many/", "Rapport*"))
    groups = {file.path: file.groups for file in source.walk()}
    source.close()
    assert groups["reports/b.txt"] == {"board"}
    assert groups["reports/2024/deep.txt"] == {"finance"}
    assert groups["top.txt"] == frozenset()
    assert "large.bin" not in groups
    assert not [path for path in groups if path.startswith(("many/", "Rapport"))]


@every_server
def test_wrong_ports_and_unknown_hosts_are_an_outage_not_a_crash(server: Server) -> None:
    source = opened(server, server.at(1), retry_waits_s=())
    with pytest.raises(SourcierError) as failed:
        list(source.walk())
    assert isinstance(failed.value, EngineUnavailable)
    source.close()


@pytest.mark.parametrize("server", ["sftp"], indirect=True)
def test_the_servers_key_has_to_be_the_one_given(server: Server) -> None:
    known = server.credentials.host_key
    stranger = (Path(server.root.parent) / "stranger.pub").read_text()
    for key, words in (("", "not known"), (stranger, "another key")):
        credentials = Credentials(username="nobody", password="secret-77", host_key=key)
        source = opened(server, credentials=credentials)
        with pytest.raises(SourceRefused, match=words) as refused:
            list(source.walk())
        source.close()
        assert "secret-77" not in refused.value.message
    source = opened(server, credentials=Credentials(username="nobody", password="secret-77", host_key=""))
    with pytest.raises(SourceRefused) as refused:
        list(source.walk())
    assert " ".join(known.split()[:2]) in refused.value.message, "the admin can copy the key from the message"
    source.close()
