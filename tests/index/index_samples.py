"""Points, scopes and indexes that the index tests share."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import EmbeddingModelIdentity, IndexPoint, SparseVector

IDENTITY = EmbeddingModelIdentity(name="tiny", fingerprint="f" * 64, dimension=4)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def make_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def make_point(number: int, **changes: Any) -> IndexPoint:
    fields: dict[str, Any] = {
        "passage_id": make_id(number),
        "version_id": make_id(10_000),
        "document_id": make_id(20_000),
        "corpus_id": "hr",
        "groups": frozenset({"staff"}),
        "language": "fr",
        "dense": unit(number),
        "sparse": SparseVector(indices=(number,), values=(1.0,)),
    }
    return IndexPoint(**(fields | changes))


def unit(seed: int, dimension: int = 4) -> Any:
    vector = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def make_scope(**changes: Any) -> AccessScope:
    fields: dict[str, Any] = {
        "principal_id": "anne",
        "is_administrator": False,
        "groups": frozenset({"staff"}),
        "corpora": frozenset({"hr"}),
        "as_of": NOON,
    }
    return AccessScope(**(fields | changes))
