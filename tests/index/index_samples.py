"""Points, scopes and indexes that the index tests share."""

import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
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


def memory_folder() -> str | None:
    """Where syncing costs nothing, if there is room; None: the usual temporary folder.

    An Edge index takes 40 MB there. On a busy disk, syncing took four fifths of the time of these tests.
    """
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 2**30 else None
