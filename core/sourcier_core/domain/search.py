"""Vectors, index points and hits."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sourcier_core.domain.documents import Passage
from sourcier_core.domain.identifiers import CorpusId, DocumentId, PassageId, VersionId


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFilter:
    """What a question is asked of, within what its scope may read. An empty part filters nothing."""

    languages: frozenset[str] = frozenset()
    """Of the passage: "fr", "en" or "und"."""
    media_types: frozenset[str] = frozenset()
    """Of the document's version, as in "application/pdf"."""
    path_prefix: str = ""
    """How the document's path in its corpus begins; a folder's prefix ends with a slash."""
    versions: frozenset[VersionId] | None = None
    """The versions that are left by the media types and the path, once looked up; None: not looked up, or too many."""

    @property
    def concerns_documents(self) -> bool:
        """Whether it tells documents apart by what only PostgreSQL knows."""
        return bool(self.media_types or self.path_prefix)

    def admits(self, passage: Passage, document: "DocumentReference") -> bool:
        """Whether a stored passage is one of those asked of."""
        return (
            (not self.languages or passage.language in self.languages)
            and (not self.media_types or document.media_type in self.media_types)
            and document.path.startswith(self.path_prefix)
        )


EVERYTHING = SearchFilter()
"""The filter that filters nothing."""

DenseVector = NDArray[np.float32]
"""Shape (dimension,), unit length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseVector:
    """Term weights: `indices` are unsigned 32-bit term hashes, sorted and unique; `values` are positive."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingModelIdentity:
    """Which model made the vectors of an index. Two identities are compatible only when equal."""

    name: str
    fingerprint: str
    """sha256 over the weights and the tokenizer (or the server's model name for a remote model)."""
    dimension: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPoint:
    """One passage as the index stores it.

    `valid_from` None means not yet published: the engine lets such a point through for every date, because
    PostgreSQL is the authority that drops it (docs/decisions/0003-atomic-publish.md).
    """

    passage_id: PassageId
    version_id: VersionId
    document_id: DocumentId
    corpus_id: CorpusId
    groups: frozenset[str]
    language: str
    dense: DenseVector
    sparse: SparseVector
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPoint:
    """A point an engine found, with that engine's score (cosine for dense, BM25 for sparse)."""

    passage_id: PassageId
    version_id: VersionId
    score: float
    language: str
    """ISO 639-1 code, or `und`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexDescription:
    """What `doctor` says about an index."""

    engine: str
    location: str
    points: int
    graph_indexed_points: int | None
    model: EmbeddingModelIdentity


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentReference:
    """The document a passage comes from, as a citation names it."""

    document_id: DocumentId
    version_id: VersionId
    corpus_id: CorpusId
    path: str
    title: str
    media_type: str
    page_count: int
    content_sha256: str
    valid_from: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageHit:
    """A readable passage for a query; `score` orders hits within one result list only."""

    passage: Passage
    document: DocumentReference
    score: float
    dense_score: float | None = None
    sparse_score: float | None = None
