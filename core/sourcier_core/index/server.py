"""The passage index on a Qdrant server or cluster; the doorway to `qdrant_client`."""

import contextlib
import json
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

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
from sourcier_core.errors import ConfigurationError, EngineUnavailable, StorageFull
from sourcier_core.index.checks import (
    check_identity,
    check_points,
    check_search,
    finds_nothing,
    search_width,
    to_microseconds,
)
from sourcier_core.index.payload import (
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    RETURNED_FIELDS,
    groups_payload,
    point_payload,
    scored_point,
    validity_payload,
)

_IDENTITY = "sourcier_embedding_model"
_INDEXES = dict.fromkeys(KEYWORD_FIELDS, models.PayloadSchemaType.KEYWORD) | dict.fromkeys(
    INTEGER_FIELDS, models.PayloadSchemaType.INTEGER
)
_BATCH = 256
_SCROLL_BATCH = 1000
_TIMEOUT_S = 30


class ServerPassageIndex:
    """A PassageIndex in one collection; made by `open_server_index`. Thread-safe where the client is (HTTP)."""

    def __init__(
        self, client: QdrantClient, *, collection: str, location: str, identity: EmbeddingModelIdentity, owned: bool
    ) -> None:
        self._client = client
        self._collection = collection
        self._location = location
        self._identity = identity
        self._owned = owned

    def search(self, query: DenseVector | SparseVector, *, scope: AccessScope, limit: int) -> list[ScoredPoint]:
        """See PassageSearcher. Raises TypeError, InvalidRequest or EngineUnavailable."""
        check_search(query, scope, limit, self._identity.dimension)
        if finds_nothing(query, scope):
            return []
        if isinstance(query, SparseVector):
            using, vector = "sparse", _sparse(query)
        else:
            using, vector = "dense", query.tolist()
        with client_errors(self._location):
            response = self._client.query_points(
                self._collection,
                query=vector,
                using=using,
                query_filter=_scope_filter(scope),
                limit=limit,
                with_payload=RETURNED_FIELDS,
                search_params=models.SearchParams(hnsw_ef=search_width(limit)),
            )
        return [scored_point(str(point.id), point.score, point.payload or {}) for point in response.points]

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """See PassageWriter. Raises InvalidRequest (nothing changed), StorageFull or EngineUnavailable."""
        check_points(points, self._identity.dimension)
        for start in range(0, len(points), _BATCH):
            batch = [_to_point(point) for point in points[start : start + _BATCH]]
            with client_errors(self._location):
                self._client.upsert(self._collection, points=batch, wait=True)

    def set_validity(self, version: VersionId, *, valid_from: datetime | None, valid_to: datetime | None) -> None:
        """See PassageWriter. Raises InvalidRequest for a date without a time zone."""
        payload = validity_payload(valid_from, valid_to)
        with client_errors(self._location):
            self._client.set_payload(self._collection, payload=payload, points=_version_filter(version), wait=True)

    def set_groups(self, version: VersionId, groups: frozenset[str]) -> None:
        """See PassageWriter."""
        with client_errors(self._location):
            self._client.set_payload(
                self._collection, payload=groups_payload(groups), points=_version_filter(version), wait=True
            )

    def delete_version(self, version: VersionId) -> None:
        """See PassageWriter."""
        selector = models.FilterSelector(filter=_version_filter(version))
        with client_errors(self._location):
            self._client.delete(self._collection, points_selector=selector, wait=True)

    def flush(self) -> None:
        """Every write already waited until the server had it in its log; beyond that, replicas are the operator's."""

    def describe(self) -> IndexDescription:
        """Engine, place, counts and model; the server tells no count of the graph of dense vectors alone."""
        with client_errors(self._location):
            points = self._client.count(self._collection, exact=True).count
        return IndexDescription(
            engine="qdrant",
            location=f"{self._location} ({self._collection})",
            points=points,
            graph_indexed_points=None,
            model=self._identity,
        )

    def version_points(self, version: VersionId) -> int:
        """How many points a version has."""
        with client_errors(self._location):
            return self._client.count(self._collection, count_filter=_version_filter(version), exact=True).count

    def passage_ids(self, version: VersionId) -> frozenset[PassageId]:
        """The passages of a version that have a point."""
        return frozenset(str(record.id) for record in self._scroll(_version_filter(version), with_payload=False))

    def count_by_version(self) -> dict[VersionId, int]:
        """How many points each version has."""
        return dict(Counter(str((record.payload or {})["version_id"]) for record in self._scroll(None, ["version_id"])))

    def dense_vectors(self, passages: Sequence[PassageId]) -> dict[PassageId, DenseVector]:
        """The stored vectors of those passages that have a point."""
        found: dict[PassageId, DenseVector] = {}
        for start in range(0, len(passages), _SCROLL_BATCH):
            batch = list(passages[start : start + _SCROLL_BATCH])
            with client_errors(self._location):
                records = self._client.retrieve(self._collection, batch, with_payload=False, with_vectors=["dense"])
            found.update((str(record.id), _dense(record)) for record in records)
        return found

    def _scroll(self, scroll_filter: models.Filter | None, with_payload: Any) -> Generator[models.Record]:
        offset: Any = None
        while True:
            with client_errors(self._location):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=scroll_filter,
                    offset=offset,
                    limit=_SCROLL_BATCH,
                    with_payload=with_payload,
                    with_vectors=False,
                )
            yield from records
            if offset is None:
                return

    def close(self) -> None:
        """Close the client when it was made here."""
        if self._owned:
            self._client.close()


def open_server_index(
    client: QdrantClient | str, *, collection: str, identity: EmbeddingModelIdentity, api_key: str | None = None
) -> ServerPassageIndex:
    """Open a collection, or make it.

    Args:
        client: a client, which stays the caller's, or a server's URL.
        collection: the collection's name; nothing else may write to it.
        identity: the embedding model, which must be the one that made the collection.
        api_key: the server's key; used with a URL only.

    Raises:
        EngineUnavailable: the server does not answer.
        ConfigurationError: the key is refused, the server is older than 1.16, or the collection is not ours.
        EmbeddingModelChanged: another model made the collection.
    """
    if isinstance(client, str):
        location, owned = client, True
        client = QdrantClient(url=client, api_key=api_key, timeout=_TIMEOUT_S, check_compatibility=False)
    else:
        location, owned = "the given Qdrant client", False
    try:
        with client_errors(location):
            _open_collection(client, collection, identity)
    except BaseException:
        if owned:
            client.close()
        raise
    return ServerPassageIndex(client, collection=collection, location=location, identity=identity, owned=owned)


def delete_server_index(client: QdrantClient | str, *, collection: str, api_key: str | None = None) -> None:
    """Remove a collection for good; it is no error when there is none. Raises EngineUnavailable."""
    opened = client
    if isinstance(opened, str):
        opened = QdrantClient(url=opened, api_key=api_key, timeout=_TIMEOUT_S, check_compatibility=False)
    try:
        with client_errors(client if isinstance(client, str) else "the given Qdrant client"):
            opened.delete_collection(collection)
    finally:
        if opened is not client:
            opened.close()


def _open_collection(client: QdrantClient, collection: str, identity: EmbeddingModelIdentity) -> None:
    if not client.collection_exists(collection):
        try:
            client.create_collection(
                collection,
                vectors_config={"dense": models.VectorParams(size=identity.dimension, distance=models.Distance.COSINE)},
                sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
                metadata={_IDENTITY: asdict(identity)},
            )
        except UnexpectedResponse as error:
            if error.status_code != HTTPStatus.CONFLICT:  # another process was faster
                raise
    stored = (client.get_collection(collection).config.metadata or {}).get(_IDENTITY)
    if stored is None:
        raise ConfigurationError(
            f"The collection {collection!r} does not say which embedding model made it: "
            "it was not made by Sourcier, or the Qdrant server is older than 1.16.",
            collection=collection,
        )
    try:
        made_by = EmbeddingModelIdentity(**stored)
    except TypeError as error:
        raise ConfigurationError(
            f"The note in collection {collection!r} on its embedding model cannot be read.", collection=collection
        ) from error
    check_identity(made_by, identity, f"collection {collection!r}")
    for name, schema in _INDEXES.items():  # each time: it costs nothing, and a first opening may have been cut short
        client.create_payload_index(collection, field_name=name, field_schema=schema, wait=True)


@contextlib.contextmanager
def client_errors(location: str) -> Generator[None, None, None]:
    """Turn the client's errors into ours."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ConfigurationError(f"Qdrant at {location} refuses the API key.") from error
        if b"No space left" in error.content or error.status_code == HTTPStatus.INSUFFICIENT_STORAGE:
            raise StorageFull(f"The disk of Qdrant at {location} is full.") from error
        raise EngineUnavailable(f"Qdrant at {location} answered {error.status_code}.") from error
    except json.JSONDecodeError as error:
        raise EngineUnavailable(f"What answers at {location} is no Qdrant server: its answer is not JSON.") from error
    except (ApiException, httpx.HTTPError, OSError) as error:
        raise EngineUnavailable(f"Qdrant at {location} does not answer: {str(error)[:300]}") from error


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _to_point(point: IndexPoint) -> models.PointStruct:
    vector: dict[str, Any] = {"dense": point.dense.tolist()}
    if point.sparse.indices:  # the client's local mode would count an empty vector for the IDF; no server does
        vector["sparse"] = _sparse(point.sparse)
    return models.PointStruct(id=point.passage_id, vector=vector, payload=point_payload(point))


def _version_filter(version: VersionId) -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key="version_id", match=models.MatchValue(value=version))])


def _scope_filter(scope: AccessScope) -> models.Filter:
    as_of = to_microseconds(scope.as_of)
    started = models.FieldCondition(key="valid_from", range=models.Range(lte=as_of))
    undated = models.IsEmptyCondition(is_empty=models.PayloadField(key="valid_from"))
    must: list[models.Condition] = [
        models.FieldCondition(key="corpus_id", match=models.MatchAny(any=sorted(scope.corpora))),
        models.Filter(should=[undated, started]),
    ]
    if not scope.is_administrator:
        must.append(models.FieldCondition(key="groups", match=models.MatchAny(any=sorted(scope.groups))))
    if scope.only.languages:
        must.append(models.FieldCondition(key="language", match=models.MatchAny(any=sorted(scope.only.languages))))
    if scope.only.versions is not None:
        must.append(models.FieldCondition(key="version_id", match=models.MatchAny(any=sorted(scope.only.versions))))
    ended = models.FieldCondition(key="valid_to", range=models.Range(lte=as_of))
    return models.Filter(must=must, must_not=[ended])


def _dense(record: models.Record) -> DenseVector:
    vectors: Any = record.vector
    return np.asarray(vectors["dense"], np.float32)
