"""Another embedding model: the index is built anew beside the one that serves, which answers until the switch."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from application.live_application import LiveApplication, borrowed, live_application, open_test_engines
from application.test_loading import paths
from application.test_reconciliation import reconcile
from sourcier_core.composition import Engines
from sourcier_core.db import vector_spaces
from sourcier_core.db.database import Database
from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import PreviousEmbeddingModelMissing
from sourcier_core.ports import DocumentParser
from sourcier_core.settings import Settings
from sourcier_core.vector_space_opening import open_previous_model
from sourcier_ingest.reembedding import Reembedder

_WORK = "reembedding"


class OtherEmbedder(HashingEmbedder):
    """Another model, which the background work may use only when it is let."""

    def __init__(self, name: str = "other", dimension: int = 48) -> None:
        super().__init__(dimension)
        self.name = name
        self.let = threading.Event()
        self.waits = threading.Event()
        self.texts: list[str] = []
        self.breaks_after: int | None = None

    @property
    def identity(self) -> EmbeddingModelIdentity:
        return EmbeddingModelIdentity(
            name=self.name, fingerprint=f"{self.name}-{self._dimension}", dimension=self._dimension
        )

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if threading.current_thread().name == _WORK:
            self.waits.set()
            assert self.let.wait(60)
            if self.breaks_after is not None and len(self.texts) >= self.breaks_after:
                raise MemoryError
        self.texts.extend(texts)
        return super().embed_passages(texts)


Start = Callable[..., "contextmanager[LiveApplication]"]


@pytest.fixture
def start(database: Database, tmp_path: Path, shared_parser: DocumentParser) -> Start:
    @contextmanager
    def started(embedder: HashingEmbedder, previous: HashingEmbedder | None = None) -> Iterator[LiveApplication]:
        def engines() -> Engines:
            return open_test_engines(
                tmp_path / "data",
                database=borrowed(database),
                embedder=embedder,
                open_previous=None if previous is None else lambda _record: previous,
            )

        with live_application(engines, parser=shared_parser) as running:
            yield running

    return started


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_switched(live: LiveApplication) -> bool:
    return live.services.engines.spaces.building is None


def finding(live: LiveApplication, subject: str) -> str:
    findings = live.http.get("/api/status").json()["findings"]
    return next((item["value"] for item in findings if item["subject"] == subject), "")


def recorded_model(database: Database) -> str:
    with database.transaction() as connection:
        query = "SELECT versions->'embedding_model'->>'name' FROM answers ORDER BY asked_at DESC LIMIT 1"
        return connection.execute(text(query)).scalar_one()


def document(live: LiveApplication, path: str) -> dict[str, str]:
    found = live.http.get("/api/documents", params={"query": path}).json()["items"]
    return next(item for item in found if item["path"] == path)


def test_the_old_index_serves_until_the_new_one_is_whole(
    start: Start, database: Database, tmp_path: Path, folder: Path
) -> None:
    (folder / "secret.txt").write_text("Le code du coffre est connu du directeur.\n", "utf-8")
    (folder / "purged.txt").write_text("Ce texte sera effacé pour toujours.\n", "utf-8")
    old, new = HashingEmbedder(), OtherEmbedder()
    with start(old) as live:
        live.load(folder)
        (folder / "telework.md").write_text("# Télétravail\n\nTrois jours de télétravail par semaine.\n", "utf-8")
        live.load(folder)
    with start(new, old) as live:
        assert new.waits.wait(60)
        # It stands at the first passage; everything goes on with the old model.
        assert "telework.md" in paths(live, "jours de télétravail")
        assert recorded_model(database) == "hashing"
        assert "0 of " in finding(live, "new embedding model")
        (folder / "parking.txt").write_text("Le parking ouvre à six heures.\n", "utf-8")
        assert live.load(folder)["published"] == 1
        assert "parking.txt" in paths(live, "parking ouvre")
        secret, purged = document(live, "secret.txt"), document(live, "purged.txt")
        assert live.http.post(f"/api/documents/{secret['id']}/withdraw").status_code == 200
        assert live.http.post(f"/api/documents/{purged['id']}/purge").status_code == 200
        live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
        assert not is_switched(live)
        new.let.set()
        wait_for(lambda: is_switched(live))
        assert "parking.txt" in paths(live, "parking ouvre")
        assert "telework.md" in paths(live, "jours de télétravail")
        assert recorded_model(database) == "other"
        assert "secret.txt" not in paths(live, "code du coffre")
        assert finding(live, "embedding model").startswith("other")
        assert finding(live, "new embedding model") == ""
        report = reconcile(live)
        assert (report["kinds"], report["points"]) == ({}, report["passages"])
        index = live.services.engines.spaces.serving.index
        counts = index.count_by_version()
        assert purged["version_id"] not in counts
        assert counts[secret["version_id"]] == 1  # as-of reads still need it
        assert (tmp_path / "data" / "index").is_dir()  # questions that began before may still use it
        live.load(folder)
    with start(new) as live:
        assert not (tmp_path / "data" / "index").exists()
        assert "telework.md" in paths(live, "jours de télétravail")
        assert reconcile(live)["kinds"] == {}
        with database.transaction() as connection:
            assert [known.state for known in vector_spaces.list_vector_spaces(connection)] == ["serving"]


def test_dates_and_groups_reach_the_new_index(start: Start, folder: Path) -> None:
    """The new index alone must not show what PostgreSQL closes: its own filter is asked, without the second check."""
    from datetime import UTC, datetime

    from sourcier_core.access import AccessScope

    old, new = HashingEmbedder(), OtherEmbedder()
    new.let.set()
    with start(old) as live:
        live.load(folder)
        live.http.patch("/api/corpora/hr", json={"groups": ["staff"]})
        before = datetime.now(UTC)
        live.http.post(f"/api/documents/{document(live, 'telework.md')['id']}/withdraw")
    with start(new, old) as live:
        wait_for(lambda: is_switched(live))
        index = live.services.engines.spaces.serving.index
        query = new.embed_query("jours de télétravail")

        def found(group: str, at: datetime) -> set[str]:
            scope = AccessScope(
                principal_id="p", corpora=frozenset({"hr"}), groups=frozenset({group}), is_administrator=False, as_of=at
            )
            return {point.version_id for point in index.search(query, scope=scope, limit=50)}

        withdrawn = document(live, "telework.md")["version_id"]
        assert withdrawn in found("staff", before)
        assert withdrawn not in found("staff", datetime.now(UTC))
        assert found("staff", datetime.now(UTC))
        assert not found("visitors", before)


def test_what_was_embedded_before_a_stop_is_not_embedded_again(start: Start, folder: Path) -> None:
    for number in range(600):
        (folder / f"note-{number:03}.txt").write_text(f"Note {number}: le dossier {number} est clos.\n", "utf-8")
    old, new = HashingEmbedder(), OtherEmbedder()
    with start(old) as live:
        live.load(folder)
    new.let.set()
    new.breaks_after = 256
    with start(new, old) as live:
        wait_for(lambda: "256 of " in finding(live, "new embedding model") and "Unforeseen" in str(status(live)))
        assert not is_switched(live)
        assert len(paths(live, "dossier 17 est clos")) > 0
    done = len(new.texts)
    assert 256 <= done < 600
    new.breaks_after = None
    with start(new, old) as live:
        wait_for(lambda: is_switched(live))
        assert len(set(new.texts)) == len(new.texts) >= 602
        assert reconcile(live)["kinds"] == {}


def status(live: LiveApplication) -> object:
    return live.http.get("/api/status").json()


def test_going_back_leaves_the_new_index_behind(start: Start, tmp_path: Path, folder: Path) -> None:
    old, new = HashingEmbedder(), OtherEmbedder()
    with start(old) as live:
        live.load(folder)
    with start(new, old) as live:
        assert new.waits.wait(60)
        new.let.set()
        wait_for(lambda: is_switched(live))
    again = OtherEmbedder("third")
    with start(again, new) as live:
        assert again.waits.wait(60)
        assert (tmp_path / "data" / "index-third-48").is_dir()
        again.breaks_after = 0
        again.let.set()
    with start(new) as live:
        assert is_switched(live)
        assert not (tmp_path / "data" / "index-third-48").exists()
        assert "telework.md" in paths(live, "jours de télétravail")


def test_another_process_follows_the_switch(start: Start, database: Database, folder: Path) -> None:
    old, new = HashingEmbedder(), OtherEmbedder()
    with start(old) as live:
        live.load(folder)
    with start(new, old) as live:
        assert new.waits.wait(60)
        engines = live.services.engines
        follower = Reembedder(
            database=database,
            spaces=engines.spaces,
            publisher=live.services.publisher,
            delete_index=lambda _location: pytest.fail("the process that builds deletes"),
        )
        stop = threading.Event()
        following = threading.Thread(target=lambda: follower.run(stop, works=False))
        following.start()
        with database.transaction() as connection:
            vector_spaces.switch_serving(connection, new.identity.fingerprint)
        following.join(30)
        assert not following.is_alive()
        assert engines.spaces.serving.embedder is new
        new.let.set()


def test_a_previous_model_that_is_gone_is_said(database: Database, tmp_path: Path) -> None:
    with database.transaction() as connection:
        vector_spaces.add_vector_space(
            connection, HashingEmbedder().identity, model=str(tmp_path / "gone"), location="index", state="serving"
        )
        (record,) = vector_spaces.list_vector_spaces(connection)
    with pytest.raises(PreviousEmbeddingModelMissing, match="hashing"):
        open_previous_model(record, Settings(data_dir=tmp_path))
