"""The ports: small protocols named for the domain. Each has an in-memory twin and one contract suite in tests/."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import AnswerRecord
from sourcier_core.domain.documents import ParsedDocument, Passage
from sourcier_core.domain.entailment import Entailment
from sourcier_core.domain.identifiers import DocumentId, PassageId, VersionId
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.domain.search import (
    DenseVector,
    DocumentReference,
    EmbeddingModelIdentity,
    IndexDescription,
    IndexPoint,
    ScoredPoint,
    SparseVector,
)
from sourcier_core.errors import DocumentError


class Embedder(Protocol):
    """Makes dense vectors. Passages and queries go through different methods. Thread-safe."""

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length, in the order given."""
        ...

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        ...


@runtime_checkable
class TokenStateEncoder(Protocol):
    """An embedder that also tells what it makes of each token. Thread-safe."""

    def passage_token_states(self, text: str) -> NDArray[np.float32]:
        """Shape (tokens, dimension), each row of unit length; at least one row."""
        ...

    def query_token_states(self, text: str) -> NDArray[np.float32]:
        """Shape (tokens, dimension), each row of unit length, for the text's own tokens; at least one row."""
        ...


class SparseEncoder(Protocol):
    """Makes BM25 term weights; inverse document frequency is applied by the index engine. Thread-safe."""

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Saturated term frequencies of a passage in `language` ("fr", "en" or other)."""
        ...

    def encode_query(self, text: str) -> SparseVector:
        """Terms of a query, whatever its language."""
        ...


class PassageSearcher(Protocol):
    """Searches one kind of vector; the scope is applied inside the engine, of `scope.only` languages and versions."""

    def search(self, query: DenseVector | SparseVector, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """At most `limit` points open to the scope, best first. An empty sparse vector finds nothing."""
        ...


class PassageWriter(Protocol):
    """Changes the index. Every operation is idempotent."""

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points."""
        ...

    def set_validity(self, version: VersionId, *, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """Set the dates on all points of a version (None: open on that side)."""
        ...

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """Set the groups that may read it on all points of a version."""
        ...

    def delete_version(self, version: VersionId) -> None:
        """Remove all points of a version."""
        ...

    def flush(self) -> None:
        """Return only when everything written so far survives a power cut."""
        ...


class PassageIndex(PassageSearcher, PassageWriter, Protocol):
    """Both sides of the index, and its lifecycle. Thread-safe."""

    def describe(self) -> IndexDescription:
        """Engine, place, counts and model."""
        ...

    def version_points(self, version: VersionId) -> int:
        """How many points a version has."""
        ...

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """The passages of a version that have a point."""
        ...

    def count_by_version(self) -> dict[VersionId, int]:
        """How many points each version in the index has; what reconciling compares with PostgreSQL."""
        ...

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """The stored unit-length vectors of shape (dimension,) of those passages that have a point."""
        ...

    def close(self) -> None:
        """Flush and release the index."""
        ...


class Reranker(Protocol):
    """Reads a question and passages together. It is given only what the one who asks may read. Thread-safe."""

    @property
    def name(self) -> str:
        """What it is, for the status page and the record of an answer."""
        ...

    @property
    def weight(self) -> float:
        """Its share of the joint score, from 0 to 1; the rest is the first search's. 1: its order counts alone."""
        ...

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> NDArray[np.float32]:
        """Scores of shape (read,) of the first `read` texts; higher is a better match, and all are finite.

        `read` is below len(texts) only where the time did not suffice. Raises RerankingFailed.
        """
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class EntailmentModel(Protocol):
    """Tells whether a text entails a sentence (natural language inference). Thread-safe."""

    @property
    def name(self) -> str:
        """What it is, for the status page and the record of an answer."""
        ...

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """What the first of each pair, the premise, says of the second, the hypothesis; in order.

        What is too long for the model is cut at the premise's end. Raises EntailmentFailed.
        """
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class BlobStore(Protocol):
    """Content-addressed bytes."""

    def put(self, data: bytes) -> str:
        """Store bytes durably and return their sha256 (hexadecimal). Raises StorageFull."""
        ...

    def put_file(self, path: Path) -> tuple[str, int]:
        """Store a file without reading it whole into memory; returns (sha256, size in bytes)."""
        ...

    def path(self, sha256: str) -> Path:
        """A readable local path to the bytes. Raises NotFound."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove the bytes for good; it is no error when there are none."""
        ...

    def hashes(self) -> Iterator[str]:
        """The sha256 of everything stored, in no order."""
        ...


class DocumentParser(Protocol):
    """Parses files in isolated children."""

    def parse_many(
        self, files: Sequence[tuple[Path, str]], passwords: DocumentPasswords = NO_PASSWORDS
    ) -> list[ParsedDocument | DocumentError]:
        """Parse (path of the bytes, original file name) pairs, in order; a bad file is a value, never an exception.

        `passwords` are tried on those that ask for one.
        A crash, a time-out or memory exhaustion concerns the one file that caused it.
        """
        ...

    def close(self) -> None:
        """Stop the children."""
        ...


class PassageReader(Protocol):
    """Reads stored passages; the authority on what is published, valid and readable."""

    def read_readable(
        self, passages: Sequence[PassageId], scope: AccessScope
    ) -> dict[PassageId, tuple[Passage, DocumentReference]]:
        """Those of `passages` that are published, valid at `scope.as_of`, in its corpora, open to it and asked of.

        One query, one snapshot: either all or none of a version's passages are seen.
        """
        ...

    def matching_versions(self, scope: AccessScope, *, at_most: int) -> frozenset[VersionId] | None:
        """The versions open to the scope, of the media types and paths it asks of; None: more than `at_most`."""
        ...

    def read_in_order(
        self, scope: AccessScope, *, document: DocumentId | None, at_most: int
    ) -> list[tuple[Passage, DocumentReference]]:
        """The first `at_most` passages open to the scope, by path and then as the document reads; of one document only
        where it is given."""
        ...

    def read_beside(
        self, passages: Sequence[Passage], scope: AccessScope
    ) -> dict[PassageId, list[tuple[Passage, DocumentReference]]]:
        """The passages right before and after each of `passages` in its version, where they are open to the scope.

        In the order in which the document reads; a passage without any is left out.
        """
        ...

    def read_text(self, version: VersionId, start: int, end: int) -> str:
        """The characters [start, end) of a version's canonical text. Raises NotFound."""
        ...


class AnswerRecorder(Protocol):
    """Stores what was asked and answered."""

    def record(self, record: AnswerRecord) -> None:
        """Store durably before returning. Raises RecordFailed."""
        ...
