"""Embeds passages, puts them into the index, and publishes versions atomically (docs/decisions/0003)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from sourcier_core.db import documents, loads, publications
from sourcier_core.db.database import Database, commit_lazily
from sourcier_core.db.loads import Load
from sourcier_core.db.passages import embedded_passages, embedding_key
from sourcier_core.domain.documents import NO_PAGES, Corpus, DocumentState, PageTally, Passage, embedding_text
from sourcier_core.domain.identifiers import DocumentId, VersionId
from sourcier_core.domain.search import IndexPoint
from sourcier_core.ports import SparseEncoder
from sourcier_core.vector_spaces import IndexOfSpaces, VectorSpace, VectorSpaces

_PASSAGES_PER_SLICE = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyDocument:
    """A parsed and stored version that is to be indexed and published."""

    path: str
    document_id: DocumentId
    version_id: VersionId
    title: str
    passages: tuple[Passage, ...]
    groups: frozenset[str] | None = None
    """Who may read it; None: the corpus's groups."""
    tally: PageTally = NO_PAGES
    """Its pages, for the account of the load."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Applied:
    """What was set in which indexes and has not been brought to disk yet."""

    spaces: Sequence[VectorSpace]
    dates: list[publications.IndexDates]
    groups: list[publications.IndexGroups]


def _slices(ready: Sequence[ReadyDocument], size: int) -> Iterator[list[tuple[ReadyDocument, Passage]]]:
    pairs = [(document, passage) for document in ready for passage in document.passages]
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]


class Publisher:
    """The last steps of a load: embed, index, flush, publish."""

    def __init__(self, *, database: Database, spaces: VectorSpaces, sparse_encoder: SparseEncoder) -> None:
        self._database = database
        self._spaces = spaces
        self._sparse_encoder = sparse_encoder
        self._index = IndexOfSpaces(spaces)
        self._pending_lock = threading.Lock()
        self._applied: _Applied | None = None

    def index(self, corpus: Corpus, ready: Sequence[ReadyDocument], *, still_wanted: Callable[[], None]) -> None:
        """Embed all passages and put them into the index, without dates and not yet on disk.

        Embedding goes across documents, a slice of passages at a time; `still_wanted` is called between slices and
        may raise. While the index is built anew for another model, both get the passages: whenever the switch comes,
        what is published afterwards is there. Each document is noted as embedded and as indexed.
        """
        *others, last = self._spaces.open
        for space in others:
            self.index_in(space, corpus, ready, still_wanted=still_wanted)
        self.index_in(last, corpus, ready, still_wanted=still_wanted, note_step=self._note_step)

    def _note_step(self, wanted: Sequence[VersionId], state: DocumentState) -> None:
        with self._database.transaction() as connection:
            commit_lazily(connection)  # only progress: a crash may forget it
            documents.note_step(connection, wanted, state, datetime.now(UTC))

    def index_in(
        self,
        space: VectorSpace,
        corpus: Corpus,
        ready: Sequence[ReadyDocument],
        *,
        still_wanted: Callable[[], None],
        slice_size: int = _PASSAGES_PER_SLICE,
        note_step: Callable[[Sequence[VersionId], DocumentState], None] | None = None,
    ) -> None:
        """Like `index`, in one space, `slice_size` passages at a time.

        `note_step` is told of the documents that are embedded, and of those that are in the index.
        """
        for pairs in _slices(ready, slice_size):
            still_wanted()
            texts = [embedding_text(document.title, passage.heading_path, passage.text) for document, passage in pairs]
            keys = [embedding_key(document.title, passage) for document, passage in pairs]
            vectors = self._vectors(space, keys, texts)
            through = [document.version_id for document, passage in pairs if passage is document.passages[-1]]
            if note_step is not None:
                note_step(through, DocumentState.EMBEDDED)
            space.index.upsert(
                [
                    IndexPoint(
                        passage_id=passage.id,
                        version_id=passage.version_id,
                        document_id=document.document_id,
                        corpus_id=corpus.id,
                        groups=corpus.groups if document.groups is None else document.groups,
                        language=passage.language,
                        dense=vector,
                        sparse=self._sparse_encoder.encode_passage(text, passage.language),
                    )
                    for (document, passage), text, vector in zip(pairs, texts, vectors, strict=True)
                ]
            )
            if note_step is not None:
                note_step(through, DocumentState.INDEXED)

    def _vectors(self, space: VectorSpace, keys: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension); a text embedded before, or occurring twice, is not embedded again.

        The index itself is the cache: it holds one model's vectors, so another model never finds any.
        """
        text_of = dict(zip(keys, texts, strict=True))
        with self._database.transaction() as connection:
            passage_of = embedded_passages(connection, list(text_of))
        stored = space.index.dense_vectors(list(passage_of.values())) if passage_of else {}
        vector_of = {key: stored[passage] for key, passage in passage_of.items() if passage in stored}
        new = [key for key in text_of if key not in vector_of]
        if new:
            vector_of.update(zip(new, space.embedder.embed_passages([text_of[key] for key in new]), strict=True))
        return np.stack([vector_of[key] for key in keys])

    def publish(
        self, ready: Sequence[ReadyDocument], *, corpus: Corpus, load: Load, also: Callable[[Connection], None]
    ) -> None:
        """Make indexed versions the valid ones, or propose them where the corpus wants a second person's approval.

        Who asked for the load proposes them; when it follows up an earlier one, who brought them does.

        First the index is brought to disk; then one transaction, together with what `also` writes. The dates go into
        the index afterwards and to disk with the next publication or `write_pending`, which has to follow the last
        one: bringing an index to disk holds up everything else.
        """
        wanted = [document.version_id for document in ready]
        with self._pending_lock:
            self._index.flush()
            now = datetime.now(UTC)
            with self._database.transaction() as connection:
                if corpus.approval_required:
                    proposers = loads.brought_by(connection, wanted) if load.follows_up else None
                    publications.propose_versions(
                        connection, wanted, by=load.requested_by, now=now, proposers=proposers
                    )
                else:
                    publications.publish_versions(connection, wanted, now)
                also(connection)
                self._note_written(connection)
            self._apply_pending()

    def restore(self, ready: Sequence[ReadyDocument], *, also: Callable[[Connection], None]) -> None:
        """Give published versions, whose points were indexed again, their dates back."""
        self._index.flush()
        with self._database.transaction() as connection:
            publications.mark_for_index(connection, [document.version_id for document in ready])
            also(connection)
        self.write_pending()

    def write_pending(self) -> None:
        """Bring the index's dates and groups up to PostgreSQL's, which is the authority.

        Idempotent; repeated after a crash.
        """
        with self._pending_lock:
            self._apply_pending()
            if self._applied is None:
                return
            self._index.flush()
            with self._database.transaction() as connection:
                self._note_written(connection)

    def _apply_pending(self) -> None:
        """Set what is pending in the index, not yet on disk. Call with the lock held, as `_note_written`."""
        spaces = self._spaces.open
        with self._database.transaction() as connection:
            dates = publications.pending_index_dates(connection)
            groups = publications.pending_index_groups(connection)
        for item in dates:
            self._index.set_validity(item.version_id, valid_from=item.valid_from, valid_to=item.valid_to)
        for item in groups:
            self._index.set_groups(item.version_id, item.groups)
        self._applied = _Applied(spaces=spaces, dates=dates, groups=groups) if dates or groups else None

    def _note_written(self, connection: Connection) -> None:
        """The index came to disk: note what had been set, unless an index was added or taken away since."""
        applied, self._applied = self._applied, None
        if applied is None or applied.spaces != self._spaces.open:
            return
        if applied.dates:
            publications.index_dates_written(connection, applied.dates)
        if applied.groups:
            publications.index_groups_written(connection, applied.groups)
