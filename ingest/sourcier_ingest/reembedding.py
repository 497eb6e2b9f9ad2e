"""Fills the index of a new embedding model while the old one serves, then switches (docs/decisions/0008).

What is missing is found by comparing the new index with PostgreSQL, so a killed process goes on where it stopped.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress

from sourcier_core.db import documents, vector_spaces
from sourcier_core.db.corpora import get_corpus
from sourcier_core.db.database import Database
from sourcier_core.db.passages import list_passages
from sourcier_core.domain.identifiers import CorpusId, VersionId
from sourcier_core.errors import SourcierError
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_ingest.publishing import Publisher, ReadyDocument

logger = logging.getLogger(__name__)

_PASSAGES_AT_ONCE = 256
_PASSAGES_PER_SLICE = 64
"""So few that a process that is to end need not wait long."""
_LOOK_AGAIN_S = 5.0
_PAUSE_AFTER_ERROR_S = 30.0
_OLD_INDEX_KEPT_S = 60.0


class Stopped(Exception):
    """The process is about to end."""


class Reembedder:
    """Fills the space that is being built. One process does the work; the others follow the switch."""

    def __init__(
        self,
        *,
        database: Database,
        spaces: VectorSpaces,
        publisher: Publisher,
        delete_index: Callable[[str], None],
        old_index_kept_s: float = _OLD_INDEX_KEPT_S,
    ) -> None:
        """`old_index_kept_s`: how long questions that began before the switch may still use the old index."""
        self._database = database
        self._spaces = spaces
        self._publisher = publisher
        self._delete_index = delete_index
        self._old_index_kept_s = old_index_kept_s

    def run(self, stop: threading.Event, *, works: bool) -> None:
        """Return when the new space serves and the old one is gone, or soon after `stop` is set.

        With `works` false, another process fills the index, and this one only follows it.
        """
        building = self._spaces.building
        while building is not None and not stop.is_set():
            try:
                if self._follow(building):
                    return
                with self._database.advisory_lock("reembedding") if works else nullcontext(enter_result=False) as mine:
                    if mine and not self._follow(building):
                        self._fill(building, stop)
                        self._switch(building, stop)
                        return
            except Stopped:
                return
            except Exception as error:  # whatever it was, the old index serves on: it is said, and tried again
                logger.exception("building the index for the new embedding model stopped and is tried again")
                self._note_error(building, error)
                stop.wait(_PAUSE_AFTER_ERROR_S)
                continue
            stop.wait(_LOOK_AGAIN_S)

    def _follow(self, building: VectorSpace) -> bool:
        """Switch when another process has."""
        with self._database.transaction() as connection:
            if vector_spaces.serving_fingerprint(connection) != building.identity.fingerprint:
                return False
        self._spaces.switch()
        return True

    def _fill(self, building: VectorSpace, stop: threading.Event) -> None:
        tried: dict[VersionId, int] = {}
        while missing := self._missing(building):
            if missing == tried:
                raise SourcierError(f"{len(missing)} documents could not be put into the new index.")
            tried = missing
            for versions in _portions(missing):
                if stop.is_set():
                    raise Stopped
                self._take_over(building, versions, stop)

    def _missing(self, building: VectorSpace) -> dict[VersionId, int]:
        """Versions with fewer points than passages, with their passages; notes the progress."""
        with self._database.transaction() as connection:
            expected = vector_spaces.indexed_versions(connection)
        counts = building.index.count_by_version()
        missing = {version: count for version, count in expected.items() if counts.get(version, 0) != count}
        total = sum(expected.values())
        self._note_progress(building, total - sum(missing.values()), total)
        return missing

    def _take_over(self, building: VectorSpace, versions: list[VersionId], stop: threading.Event) -> None:
        def still_wanted() -> None:
            if stop.is_set():
                raise Stopped

        ready = self._stored(versions)
        for corpus_id, chosen in ready.items():
            with self._database.transaction() as connection:
                corpus = get_corpus(connection, corpus_id)
            self._publisher.index_in(
                building, corpus, chosen, still_wanted=still_wanted, slice_size=_PASSAGES_PER_SLICE
            )
        # Dates and groups may have changed since they were read: what PostgreSQL says now is written to each index.
        with self._database.transaction() as connection:
            left = vector_spaces.mark_all_for_index(connection, versions)
            done, total = vector_spaces.progress(connection, building.identity.fingerprint)
        for version in set(versions) - left:  # purged, or rejected, meanwhile
            building.index.delete_version(version)
        self._publisher.write_pending()
        building.index.flush()
        passages = sum(len(document.passages) for chosen in ready.values() for document in chosen)
        self._note_progress(building, min(done + passages, total), total)

    def _stored(self, versions: list[VersionId]) -> dict[CorpusId, list[ReadyDocument]]:
        ready = defaultdict[CorpusId, list[ReadyDocument]](list)
        with self._database.transaction() as connection:
            for content in documents.stored_contents(connection, versions):
                version = documents.get_version(connection, content.version_id)
                ready[version.corpus_id].append(
                    ReadyDocument(
                        path=content.path,
                        document_id=content.document_id,
                        version_id=content.version_id,
                        title=version.title,
                        passages=tuple(list_passages(connection, content.version_id)),
                        groups=content.groups,
                    )
                )
        return ready

    def _switch(self, building: VectorSpace, stop: threading.Event) -> None:
        self._publisher.write_pending()
        building.index.flush()
        with self._database.transaction() as connection:
            vector_spaces.switch_serving(connection, building.identity.fingerprint)
        retired = self._spaces.switch()
        logger.info("the index now serves vectors of %s", building.identity.name)
        if stop.wait(self._old_index_kept_s):
            return  # the next start deletes it
        self._spaces.close_retired(retired)
        with self._database.transaction() as connection:
            known = vector_spaces.list_vector_spaces(connection)
        for record in known:
            if record.identity == retired.identity and record.state == "retired":
                self._delete_index(record.location)
                with self._database.transaction() as connection:
                    vector_spaces.forget_vector_space(connection, record.identity.fingerprint)

    def _note_progress(self, building: VectorSpace, done: int, total: int, message: str | None = None) -> None:
        with self._database.transaction() as connection:
            vector_spaces.note_progress(
                connection, building.identity.fingerprint, done=done, total=total, message=message
            )

    def _note_error(self, building: VectorSpace, error: Exception) -> None:
        message = error.message if isinstance(error, SourcierError) else f"Unforeseen: {type(error).__name__}."
        with suppress(SourcierError), self._database.transaction() as connection:
            done, total = vector_spaces.progress(connection, building.identity.fingerprint)
            vector_spaces.note_progress(
                connection, building.identity.fingerprint, done=done, total=total, message=message
            )


def _portions(missing: dict[VersionId, int]) -> Iterator[list[VersionId]]:
    """Versions in portions of about `_PASSAGES_AT_ONCE` passages."""
    portion: list[VersionId] = []
    passages = 0
    for version, count in missing.items():
        portion.append(version)
        passages += count
        if passages >= _PASSAGES_AT_ONCE:
            yield portion
            portion, passages = [], 0
    if portion:
        yield portion
