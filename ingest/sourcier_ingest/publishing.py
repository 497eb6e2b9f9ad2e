"""Embeds passages, puts them into the index, and publishes versions atomically (docs/decisions/0003)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from sourcier_core.db import documents
from sourcier_core.db.database import Database
from sourcier_core.domain.documents import Corpus, DocumentState, Passage, embedding_text
from sourcier_core.domain.identifiers import DocumentId, VersionId
from sourcier_core.domain.search import IndexPoint
from sourcier_core.ports import Embedder, PassageIndex, SparseEncoder

_PASSAGES_PER_SLICE = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyDocument:
    """A parsed and stored version that is to be indexed and published."""

    path: str
    document_id: DocumentId
    version_id: VersionId
    title: str
    passages: tuple[Passage, ...]


def _slices(ready: Sequence[ReadyDocument]) -> Iterator[list[tuple[ReadyDocument, Passage]]]:
    pairs = [(document, passage) for document in ready for passage in document.passages]
    for start in range(0, len(pairs), _PASSAGES_PER_SLICE):
        yield pairs[start : start + _PASSAGES_PER_SLICE]


class Publisher:
    """The last steps of a load: embed, index, flush, publish."""

    def __init__(
        self, *, database: Database, embedder: Embedder, sparse_encoder: SparseEncoder, index: PassageIndex
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._sparse_encoder = sparse_encoder
        self._index = index
        self._dates_lock = threading.Lock()

    def index(self, corpus: Corpus, ready: Sequence[ReadyDocument], *, still_wanted: Callable[[], None]) -> None:
        """Put all passages into the index, not yet published, and return when they are on disk.

        Embedding goes across documents, a slice of passages at a time; `still_wanted` is called between slices and
        may raise.
        """
        for pairs in _slices(ready):
            still_wanted()
            texts = [embedding_text(document.title, passage.heading_path, passage.text) for document, passage in pairs]
            vectors = self._embed(texts)
            self._index.upsert(
                [
                    IndexPoint(
                        passage_id=passage.id,
                        version_id=passage.version_id,
                        document_id=document.document_id,
                        corpus_id=corpus.id,
                        groups=corpus.groups,
                        language=passage.language,
                        dense=vector,
                        sparse=self._sparse_encoder.encode_passage(text, passage.language),
                    )
                    for (document, passage), text, vector in zip(pairs, texts, vectors, strict=True)
                ]
            )
        self._index.flush()
        with self._database.transaction() as connection:
            documents.set_state(
                connection, [document.version_id for document in ready], DocumentState.INDEXED, datetime.now(UTC)
            )

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension); a text that occurs twice is embedded once."""
        unique = list(dict.fromkeys(texts))
        vectors = self._embedder.embed_passages(unique)
        row = {text: number for number, text in enumerate(unique)}
        return vectors[[row[text] for text in texts]]

    def publish(self, ready: Sequence[ReadyDocument], *, also: Callable[[Connection], None]) -> None:
        """Make indexed versions the valid ones, in one transaction together with what `also` writes."""
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            for document in sorted(ready, key=lambda document: document.document_id):
                documents.publish_version(connection, document.version_id, now)
            also(connection)
        self.write_pending_dates()

    def write_pending_dates(self) -> None:
        """Bring the index's dates up to PostgreSQL's, which is the authority. Idempotent; repeated after a crash."""
        with self._dates_lock:
            with self._database.transaction() as connection:
                pending = documents.pending_index_dates(connection)
            if not pending:
                return
            for dates in pending:
                self._index.set_validity(dates.version_id, valid_from=dates.valid_from, valid_to=dates.valid_to)
            self._index.flush()
            with self._database.transaction() as connection:
                documents.index_dates_written(connection, pending)
