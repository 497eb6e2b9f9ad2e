"""Embedding models with their indexes: the one that serves, and the one built beside it (docs/decisions/0008)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sourcier_core.access import AccessScope
from sourcier_core.domain.identifiers import PassageId, VersionId
from sourcier_core.domain.search import (
    DenseVector,
    EmbeddingModelIdentity,
    IndexDescription,
    IndexPoint,
    ScoredPoint,
    SparseVector,
)
from sourcier_core.ports import Embedder, PassageIndex


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorSpace:
    """A model and the index of its vectors; neither is of use with another's other half."""

    embedder: Embedder
    index: PassageIndex

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        return self.embedder.identity


class VectorSpaces:
    """The space that serves, perhaps with one that is being built for a new model. Thread-safe.

    Take `serving` once for all of one question: the switch can come at any moment.
    """

    def __init__(self, serving: VectorSpace, building: VectorSpace | None = None) -> None:
        self._spaces = (serving, building)
        self._retired: list[VectorSpace] = []

    @property
    def serving(self) -> VectorSpace:
        """What questions are asked of."""
        return self._spaces[0]

    @property
    def building(self) -> VectorSpace | None:
        """What is being filled, and will serve next."""
        return self._spaces[1]

    @property
    def open(self) -> tuple[VectorSpace, ...]:
        """Every space that has to be told of a change."""
        return tuple(space for space in self._spaces if space is not None)

    def switch(self) -> VectorSpace:
        """Let the built space serve, in one step; returns the one that served, still open for those who hold it.

        Raises:
            RuntimeError: nothing is being built.
        """
        serving, building = self._spaces
        if building is None:
            raise RuntimeError("there is no space to switch to")
        self._spaces = (building, None)
        self._retired.append(serving)
        return serving

    def close_retired(self, space: VectorSpace) -> None:
        """Close a space that served before, once nobody holds it any more."""
        self._retired.remove(space)
        space.index.close()

    def close(self) -> None:
        """Close every index, also those that served before."""
        for space in (*self.open, *self._retired):
            space.index.close()


class IndexOfSpaces:
    """A PassageIndex over all spaces: reading asks the serving one, every change reaches each of them.

    Only points cannot be written through it: each space has its own vectors.
    """

    def __init__(self, spaces: VectorSpaces) -> None:
        self._spaces = spaces

    def search(self, query: DenseVector | SparseVector, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """See PassageSearcher. The query must be of the serving model."""
        return self._spaces.serving.index.search(query, scope=scope, limit=limit)

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Raises TypeError: write points to the space whose model made them."""
        raise TypeError("points are written to one space, not to all")

    def set_validity(self, version: VersionId, *, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """See PassageWriter."""
        for space in self._spaces.open:
            space.index.set_validity(version, valid_from=valid_from, valid_to=valid_to)

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """See PassageWriter."""
        for space in self._spaces.open:
            space.index.set_groups(version, groups)

    def delete_version(self, version: VersionId) -> None:
        """See PassageWriter."""
        for space in self._spaces.open:
            space.index.delete_version(version)

    def flush(self) -> None:
        """See PassageWriter."""
        for space in self._spaces.open:
            space.index.flush()

    def describe(self) -> IndexDescription:
        """The serving index."""
        return self._spaces.serving.index.describe()

    def version_points(self, version: VersionId) -> int:
        """See PassageIndex."""
        return self._spaces.serving.index.version_points(version)

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """See PassageIndex."""
        return self._spaces.serving.index.passage_ids(version)

    def count_by_version(self) -> dict[VersionId, int]:
        """See PassageIndex."""
        return self._spaces.serving.index.count_by_version()

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """See PassageIndex."""
        return self._spaces.serving.index.dense_vectors(passages)

    def close(self) -> None:
        """See PassageIndex."""
        self._spaces.close()
