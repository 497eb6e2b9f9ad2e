"""Opens the space that serves and, when the settings name another model, the one that is to be built."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sourcier_core.db import vector_spaces
from sourcier_core.db.database import Database
from sourcier_core.db.vector_spaces import VectorSpaceRecord
from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.embedding.manifest import MANIFEST_NAME
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.errors import (
    EmbeddingModelChanged,
    EmbeddingModelMissing,
    ExtraMissing,
    ModelFileCorrupt,
    PreviousEmbeddingModelMissing,
)
from sourcier_core.index.edge import open_edge_index
from sourcier_core.ports import Embedder, PassageIndex
from sourcier_core.settings import Settings, default_model_folder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces

logger = logging.getLogger(__name__)
_FINGERPRINT_SHOWN = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPlaces:
    """Where indexes are: opens and deletes them by location."""

    first: str
    """The location of an installation's first index."""
    open: Callable[[str, EmbeddingModelIdentity], PassageIndex]
    """Raises IndexLocked, EmbeddingModelChanged or EngineUnavailable."""
    delete: Callable[[str], None]
    """Removes a closed index for good; it is no error when there is none."""

    def next(self, identity: EmbeddingModelIdentity) -> str:
        """The location for another model's index."""
        return f"{self.first}-{identity.fingerprint[:_FINGERPRINT_SHOWN]}"


def index_places(settings: Settings) -> IndexPlaces:
    """Folders in the data directory, or collections of a Qdrant server by URL."""
    if settings.qdrant_url is None:
        return IndexPlaces(
            first="index",
            open=lambda location, identity: open_edge_index(
                settings.data_dir / location,
                identity,
                optimize_threshold=settings.edge_optimize_threshold,
                reserve_mb=settings.disk_reserve_mb,
            ),
            delete=lambda location: shutil.rmtree(settings.data_dir / location, ignore_errors=True),
        )
    # qdrant-client takes a second to import: only when a server is used.
    from sourcier_core.index.server import delete_server_index, open_server_index  # noqa: PLC0415

    url = settings.qdrant_url
    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    return IndexPlaces(
        first=settings.qdrant_collection,
        open=lambda location, identity: open_server_index(url, collection=location, identity=identity, api_key=api_key),
        delete=lambda location: delete_server_index(url, collection=location, api_key=api_key),
    )


def model_place(settings: Settings) -> str:
    """What the settings name as the embedding model: a folder where there is one, else the hub's name."""
    if settings.embedding_model == "default":
        return str(default_model_folder(settings))
    folder = Path(settings.embedding_model).expanduser()
    return str(folder.resolve()) if folder.is_dir() else settings.embedding_model


def open_model(place: str, *, threads: int | None) -> Embedder:
    """The embedder in a folder, or of the hub's name when it was downloaded before.

    Raises:
        EmbeddingModelMissing: it is not on this machine.
        ModelFileCorrupt: it cannot be loaded.
        ExtraMissing: it needs the extra `transformers`.
    """
    if (Path(place) / MANIFEST_NAME).is_file():
        return OnnxEmbedder.open(Path(place), threads=threads)
    # Loads torch: only when such a model is chosen.
    from sourcier_core.embedding.sentence_transformers_embedder import (  # noqa: PLC0415
        SentenceTransformersEmbedder,
    )

    return SentenceTransformersEmbedder.open(place)


def open_previous_model(record: VectorSpaceRecord, settings: Settings) -> Embedder:
    """The model of the index that serves, from where it lay, or from where `sourcier setup` puts models.

    Raises:
        PreviousEmbeddingModelMissing: it is at neither place.
    """
    for place in dict.fromkeys((record.model, str(default_model_folder(settings)))):
        try:
            embedder = open_model(place, threads=settings.embedding_threads)
        except (EmbeddingModelMissing, ModelFileCorrupt, ExtraMissing) as error:
            logger.info("the previous embedding model is not at %s: %s", place, error.code)
            continue
        if embedder.identity == record.identity:
            return embedder
    raise PreviousEmbeddingModelMissing(
        f"The index was made with {record.identity.name!r}, which is no longer at {record.model}; it has to answer "
        "until the new model's index is complete. Put it back, or take the index away (docs/embedding-models.md).",
        name=record.identity.name,
        model=record.model,
    )


def open_vector_spaces(
    database: Database,
    wanted: Embedder,
    *,
    model: str,
    places: IndexPlaces,
    open_previous: Callable[[VectorSpaceRecord], Embedder],
) -> VectorSpaces:
    """The space that serves; with another model than it was made with, also the one that is to be built.

    What is left of spaces that neither serve nor are wanted is deleted.

    Args:
        database: says which space serves.
        wanted: the embedder the settings name.
        model: the place of that embedder, kept so that it can be opened after the settings name another.
        places: opens the indexes.
        open_previous: opens the model of the serving index when it is not `wanted`.

    Raises:
        PreviousEmbeddingModelMissing: the serving index's model is gone.
        IndexLocked, EngineUnavailable, StorageFull: an index cannot be opened.
    """
    serving = _serving_record(database, wanted, model=model, places=places)
    if serving.identity == wanted.identity:
        spaces = VectorSpaces(VectorSpace(embedder=wanted, index=places.open(serving.location, wanted.identity)))
        with database.transaction() as connection:
            vector_spaces.note_model_place(connection, wanted.identity.fingerprint, model)
        _delete_others(database, places, keep=(serving.identity.fingerprint,))
        return spaces
    previous = open_previous(serving)
    first = places.open(serving.location, serving.identity)
    try:
        _delete_others(database, places, keep=(serving.identity.fingerprint, wanted.identity.fingerprint))
        location = places.next(wanted.identity)
        with database.transaction() as connection:
            vector_spaces.add_vector_space(
                connection, wanted.identity, model=model, location=location, state="building"
            )
        second = places.open(location, wanted.identity)
    except BaseException:
        first.close()
        raise
    logger.info("the index is built anew for %s; %s serves until then", wanted.identity.name, previous.identity.name)
    return VectorSpaces(
        VectorSpace(embedder=previous, index=first), building=VectorSpace(embedder=wanted, index=second)
    )


def _serving_record(database: Database, wanted: Embedder, *, model: str, places: IndexPlaces) -> VectorSpaceRecord:
    with database.transaction() as connection:
        known = vector_spaces.list_vector_spaces(connection)
    if known and known[0].state == "serving":
        return known[0]
    identity = wanted.identity
    try:
        places.open(places.first, identity).close()
    except EmbeddingModelChanged as error:  # an index from before spaces were noted
        identity = EmbeddingModelIdentity(**error.details["stored"])
    with database.transaction() as connection:
        vector_spaces.add_vector_space(connection, identity, model=model, location=places.first, state="serving")
        return vector_spaces.list_vector_spaces(connection)[0]


def _delete_others(database: Database, places: IndexPlaces, *, keep: tuple[str, ...]) -> None:
    with database.transaction() as connection:
        known = vector_spaces.list_vector_spaces(connection)
    for record in known:
        retired = record.state == "retired"
        if record.state == "serving" or (record.identity.fingerprint in keep and not retired):
            continue
        places.delete(record.location)
        with database.transaction() as connection:
            vector_spaces.forget_vector_space(connection, record.identity.fingerprint)
