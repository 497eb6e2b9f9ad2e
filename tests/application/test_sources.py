"""Configured sources through the running application: four real servers and a folder, plan, load, schedule, secrets."""

import shutil
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import paths
from connectors.servers import SERVERS, Server
from sourcier_core.composition import Engines
from sourcier_core.db import sources as stored_sources
from sourcier_core.db.database import Database
from sourcier_core.domain.sources import Credentials
from sourcier_core.vault import CredentialVault

every_server = pytest.mark.parametrize("server", SERVERS, indirect=True)


@dataclass(frozen=True, kw_only=True)
class Share:
    """A folder of its own on a server, with the two example documents in it."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.at(below=f"/{self.name}")

    @property
    def login(self) -> dict[str, str]:
        return login_of(self.server.credentials)

    def write(self, name: str, text: str | bytes, *, modified: int | None = None) -> None:
        content = text if isinstance(text, bytes) else text.encode()
        self.server.write(f"{self.name}/{name}", content, modified=modified)

    def delete(self, name: str) -> None:
        self.server.delete(f"{self.name}/{name}")


def login_of(credentials: Credentials) -> dict[str, str]:
    return {name: value for name, value in asdict(credentials).items() if value}


@pytest.fixture
def share(server: Server, folder: Path) -> Share:
    """A share that no other test sees."""
    made = Share(server=server, name=f"share-{uuid.uuid4()}")
    for file in folder.iterdir():
        made.write(file.name, file.read_bytes())
    return made


def make_source(live: LiveApplication, url: str, **wanted: Any) -> Any:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    return live.http.post("/api/corpora/hr/sources", json={"name": "Partage", "url": url, **wanted}, headers=live.token)


def load_source(live: LiveApplication, source: str, **wanted: bool) -> dict[str, Any]:
    started = live.http.post(f"/api/sources/{source}/loads", json=wanted)
    assert started.status_code == 202, started.text
    return live.wait(started.json()["id"])


def counts(live: LiveApplication, source: str) -> dict[str, int]:
    planned = live.http.post(f"/api/sources/{source}/plan")
    assert planned.status_code == 200, planned.text
    return {name: count for name, count in planned.json()["counts"].items() if count}


@every_server
def test_a_remote_source_is_planned_loaded_and_kept_up_to_date(live: LiveApplication, share: Share) -> None:
    made = make_source(live, share.url, credentials=share.login)
    assert made.status_code == 201, made.text
    source = made.json()["id"]
    assert made.json()["has_credentials"]
    assert counts(live, source) == {"new": 2}
    assert live.http.get("/api/documents").json()["total"] == 0

    view = load_source(live, source)
    assert (view["state"], view["published"], view["source"]) == ("finished", 2, "Partage")
    assert "telework.md" in paths(live, "télétravail par semaine")

    share.write("passwords.txt", "Passwords\n\nA password must have at least 99 characters.\n")
    share.write("below/ça.md", "# Congés\n\nVingt-cinq jours de congés.\n")
    share.write("broken.pdf", b"%PDF-1.7 nothing")
    view = load_source(live, source)
    assert (view["published"], view["failed"]) == (2, 1)
    assert "below/ça.md" in paths(live, "jours de congés")
    share.delete("telework.md")
    assert counts(live, source) == {"unchanged": 3, "missing": 1}
    view = load_source(live, source)
    assert view["withdrawn"] == 1
    assert "telework.md" not in paths(live, "télétravail par semaine")


LONG_AGO = 1_700_000_000
"""Times of change in the last minute are not believed yet."""


@pytest.mark.parametrize("server", ["webdav", "sftp", "smb"], indirect=True)
def test_a_remote_file_is_fetched_again_only_when_its_store_tells_something_new(
    live: LiveApplication, share: Share
) -> None:
    for name in ("telework.md", "passwords.txt"):
        share.delete(name)
    share.write("rule.txt", "Le plafond est de 111 euros par nuit.", modified=LONG_AGO)
    source = make_source(live, share.url, credentials=share.login).json()["id"]
    assert load_source(live, source)["published"] == 1

    # The server tells nothing of this.
    share.write("rule.txt", "Le plafond est de 222 euros par nuit.", modified=LONG_AGO)
    assert counts(live, source) == {"unchanged": 1}
    assert load_source(live, source)["unchanged"] == 1
    everything = load_source(live, source, read_everything=True)
    assert (everything["published"], everything["unchanged"]) == (1, 0)

    share.write("rule.txt", "Le plafond est de 111 euros par nuit.", modified=LONG_AGO)
    with live.services.engines.database.transaction() as connection:
        connection.execute(text("UPDATE fetched_files SET fetched_at = fetched_at - interval '31 days'"))
    assert load_source(live, source)["published"] == 1, "an old mark is not believed"

    share.write("rule.txt", "Le plafond est de 111 euros par nuit.", modified=LONG_AGO + 1)
    assert counts(live, source) == {"changed": 1}
    view = load_source(live, source)
    assert (view["unchanged"], view["published"]) == (1, 0), "touched, but the bytes are the same"
    assert counts(live, source) == {"unchanged": 1}


@pytest.mark.parametrize("server", ["s3"], indirect=True)
def test_a_store_with_tags_of_the_content_hides_no_change(live: LiveApplication, share: Share) -> None:
    share.write("rule.txt", "Le plafond est de 111 euros par nuit.", modified=LONG_AGO)
    source = make_source(live, share.url, credentials=share.login).json()["id"]
    assert load_source(live, source)["published"] == 3
    share.write("rule.txt", "Le plafond est de 222 euros par nuit.", modified=LONG_AGO)
    view = load_source(live, source)
    assert (view["published"], view["unchanged"]) == (1, 2)


one_server = pytest.mark.parametrize("server", ["webdav"], indirect=True)


@one_server
def test_a_removed_sources_documents_stay_or_are_withdrawn(live: LiveApplication, share: Share) -> None:
    first = make_source(live, share.url, credentials=share.login).json()["id"]
    load_source(live, first)
    assert live.http.delete(f"/api/sources/{first}").status_code == 204
    assert "telework.md" in paths(live, "télétravail par semaine")

    second = make_source(live, share.url, credentials=share.login).json()["id"]
    load_source(live, second)
    gone = live.http.delete(f"/api/sources/{second}", params={"withdraw_documents": "true"})
    assert gone.status_code == 204, gone.text
    found = live.http.get("/api/documents").json()["items"]
    assert sorted(one["withdrawn_at"] is not None for one in found) == [False, False, True, True]
    withdrawn = next(one for one in found if one["withdrawn_at"] is not None)
    assert live.http.post(f"/api/documents/{withdrawn['id']}/restore").json()["withdrawn_at"] is None


@pytest.mark.parametrize("server", ["webdav", "s3"], indirect=True)
def test_another_url_of_a_source_has_everything_fetched_again(live: LiveApplication, share: Share) -> None:
    for name in ("telework.md", "passwords.txt"):
        share.delete(name)
    share.write("rule.txt", "Le plafond est de 111 euros par nuit.", modified=LONG_AGO)
    share.write("below/rule.txt", "Le plafond est de 222 euros par nuit.", modified=LONG_AGO)
    source = make_source(live, share.url, exclude=["/below/"], credentials=share.login).json()["id"]
    assert load_source(live, source)["published"] == 1
    below = share.server.at(below=f"/{share.name}/below")
    moved = live.http.put(f"/api/sources/{source}", json={"name": "Partage", "url": below})
    assert moved.status_code == 200, moved.text
    assert load_source(live, source)["published"] == 1


@every_server
def test_no_answer_table_or_error_holds_a_secret(live: LiveApplication, share: Share) -> None:
    credentials = share.server.wrong_credentials
    made = make_source(live, share.url, credentials=login_of(credentials))
    source = made.json()["id"]
    view = load_source(live, source)
    assert (view["state"], view["message"].partition(":")[0]) == ("failed", "source_refused")
    planned = live.http.post(f"/api/sources/{source}/plan")
    assert planned.json()["error"]["code"] == "source_refused"
    shown = [made.text, planned.text, str(view), live.http.get("/api/corpora/hr/sources").text]
    with live.services.engines.database.transaction() as connection:
        for table in ("sources", "loads", "load_items"):
            shown += [str(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}"))]
    invalid = make_source(live, f"{share.server.scheme}://reader:hunter2@h/x")
    assert invalid.status_code == 422
    assert "hunter2" not in invalid.text
    right = {"name": "Partage", "url": share.url, "credentials": share.login}
    changed = live.http.put(f"/api/sources/{source}", json=right)
    assert changed.status_code == 200
    loaded = load_source(live, source)
    assert loaded["published"] == 2
    with live.services.engines.database.transaction() as connection:
        shown += [str(tuple(row)) for row in connection.execute(text("SELECT * FROM sources"))]
    shown += [changed.text, str(loaded)]
    secrets = {*credentials.secrets, *share.server.credentials.secrets}
    assert secrets
    assert not [one for one in shown for secret in secrets if secret in one]


@every_server
def test_stored_credentials_are_never_sent_to_another_server(live: LiveApplication, share: Share) -> None:
    source = make_source(live, share.url, credentials=share.login).json()["id"]
    elsewhere = {"name": "Partage", "url": share.server.at(port=9)}
    refused = live.http.put(f"/api/sources/{source}", json=elsewhere)
    assert refused.json()["error"]["code"] == "invalid_request"
    unopenable = {**elsewhere, "url": "sftp://127.0.0.2/x", "credentials": {"username": "u", "private_key": "no key"}}
    assert live.http.put(f"/api/sources/{source}", json=unopenable).json()["error"]["code"] == "invalid_request"
    renamed = live.http.put(f"/api/sources/{source}", json={"name": "Autre nom", "url": share.url})
    assert renamed.json()["has_credentials"]
    assert load_source(live, source)["published"] == 2


def test_a_schedule_asks_for_one_load_when_its_time_has_come(live: LiveApplication, folder: Path) -> None:
    yearly = "0 0 1 7 *"
    made = make_source(live, str(folder), schedule=yearly)
    assert made.status_code == 201, made.text
    now = datetime.now(UTC)
    sources = live.services.sources
    assert sources.request_due(now) == []
    (load,) = sources.request_due(now + timedelta(days=366))
    assert live.wait(load.id)["published"] == 2
    paused = {"name": "Partage", "url": str(folder), "schedule": yearly, "paused": True}
    changed = live.http.put(f"/api/sources/{made.json()['id']}", json=paused)
    assert changed.json()["next_run"] is None
    assert sources.request_due(now + timedelta(days=800)) == []
    refused = live.http.put(f"/api/sources/{made.json()['id']}", json={**paused, "schedule": "0 0 31 2 *"})
    assert refused.json()["error"]["code"] == "invalid_request"


def test_a_folder_source_needs_the_local_token_and_two_sources_keep_apart(
    live: LiveApplication, folder: Path, tmp_path: Path
) -> None:
    live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})
    refused = live.http.post("/api/corpora/hr/sources", json={"name": "Dossier", "url": str(folder)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "source_folder_not_allowed")
    assert live.http.get("/api/source-folders").json() == {"folders": []}
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "telework.md", other / "copy.md")
    first = make_source(live, str(folder), exclude=["*.txt"]).json()["id"]
    second = make_source(live, str(other), name="Deux").json()["id"]
    assert load_source(live, first)["published"] == 1
    assert load_source(live, second)["published"] == 1
    assert load_source(live, first)["withdrawn"] == 0
    assert live.http.delete(f"/api/sources/{first}").status_code == 204
    assert live.http.post(f"/api/sources/{first}/loads", json={}).status_code == 404
    assert live.http.get("/api/documents").json()["total"] == 2


def test_an_allowed_folder_needs_no_token_and_is_looked_at_again_each_time(
    database: Database, tmp_path: Path, folder: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "secret.txt").write_text("Le code du coffre est 4711.", "utf-8")

    def engines() -> Engines:
        return open_test_engines(tmp_path / "data", database=borrowed(database), source_folders=(folder,))

    with live_application(engines) as live:
        assert live.http.get("/api/source-folders").json() == {"folders": [str(folder)]}
        live.http.post("/api/corpora", json={"id": "hr", "title": "RH"})

        def add(name: str, url: object, **headers: str) -> Any:
            wanted = {"name": name, "url": str(url)}
            return live.http.post("/api/corpora/hr/sources", json=wanted, headers=headers)

        inner = folder / "inner"
        inner.mkdir()
        (inner / "rule.md").write_text("# Plafond\n\nLe plafond est de 111 euros par nuit.\n", "utf-8")
        for url in (private, f"{folder}-other", f"file://{private}", tmp_path):
            assert add("Dehors", url).json()["error"]["code"] == "source_folder_not_allowed"
        source = add("Dedans", inner).json()["id"]
        assert load_source(live, source)["published"] == 1
        for url in (private, tmp_path):
            moved = live.http.put(f"/api/sources/{source}", json={"name": "Dedans", "url": str(url)})
            assert moved.json()["error"]["code"] == "source_folder_not_allowed"

        inner.rename(tmp_path / "elsewhere")
        inner.symlink_to(private)
        assert live.http.post(f"/api/sources/{source}/plan").json()["error"]["code"] == "source_folder_not_allowed"
        view = load_source(live, source)
        assert (view["state"], view["message"].partition(":")[0]) == ("failed", "source_folder_not_allowed")
        assert "secret.txt" not in paths(live, "code du coffre")

        trusted = add("Jeton", private, **live.token).json()["id"]
        kept = {"name": "Autre nom", "url": str(private)}
        assert live.http.put(f"/api/sources/{trusted}", json=kept).status_code == 200
        assert load_source(live, trusted)["published"] == 1


def test_a_new_password_keeps_the_host_key_of_the_same_server(live: LiveApplication) -> None:
    pytest.importorskip("paramiko")
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    host_key = Ed25519PrivateKey.generate().public_key().public_bytes(encoding, form).decode()
    url = "sftp://files.example/srv"
    first = {"username": "reader", "password": "old", "host_key": host_key}
    source = make_source(live, url, credentials=first).json()["id"]
    changed = {"name": "Partage", "url": url, "credentials": {"username": "reader", "password": "new"}}
    assert live.http.put(f"/api/sources/{source}", json=changed).status_code == 200
    with live.services.engines.database.transaction() as connection:
        definition = stored_sources.get_source(connection, source)
        sealed = stored_sources.sealed_credentials(connection, source)
    assert sealed is not None
    vault = CredentialVault(live.services.engines.settings.data_dir)
    opened = vault.open(sealed, source_id=source, origin=definition.location.origin)
    assert (opened.password, opened.host_key) == ("new", host_key)
