"""The engines of one process, opened from the settings. Wiring is ordinary arguments; nothing here is global."""

from dataclasses import dataclass

from sourcier_core.blobs import FolderBlobStore
from sourcier_core.chat_models.opening import ChatBackend, open_chat_backend
from sourcier_core.db.database import Database, open_database
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.index.edge import open_edge_index
from sourcier_core.ports import BlobStore, Embedder, PassageIndex, SparseEncoder
from sourcier_core.settings import Settings, default_model_folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Engines:
    """Every engine a process needs. Close once."""

    settings: Settings
    database: Database
    blobs: BlobStore
    embedder: Embedder
    sparse_encoder: SparseEncoder
    index: PassageIndex
    chat: ChatBackend

    async def aclose(self) -> None:
        """Close in the order opposite to opening."""
        await self.chat.aclose()
        self.index.close()
        self.database.close()


def open_embedder(settings: Settings) -> Embedder:
    """The embedder the settings name.

    Raises:
        EmbeddingModelMissing: it is not on this machine.
        ExtraMissing: it needs the extra `transformers`.
    """
    if settings.embedding_model == "default":
        return OnnxEmbedder.open(default_model_folder(settings), threads=settings.embedding_threads)
    # Loads torch: only when such a model is chosen.
    from sourcier_core.embedding.sentence_transformers_embedder import (  # noqa: PLC0415
        SentenceTransformersEmbedder,
    )

    return SentenceTransformersEmbedder.open(settings.embedding_model)


def open_index(settings: Settings, embedder: Embedder) -> PassageIndex:
    """Qdrant Edge in the data directory, or a Qdrant server by URL.

    Raises:
        IndexLocked: another process owns the Edge index.
        EmbeddingModelChanged: the index holds another model's vectors.
        EngineUnavailable: the server does not answer.
    """
    if settings.qdrant_url is None:
        return open_edge_index(
            settings.data_dir / "index", embedder.identity, optimize_threshold=settings.edge_optimize_threshold
        )
    # qdrant-client takes a second to import: only when a server is used.
    from sourcier_core.index.server import open_server_index  # noqa: PLC0415

    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    return open_server_index(
        settings.qdrant_url, collection=settings.qdrant_collection, identity=embedder.identity, api_key=api_key
    )


def open_engines(settings: Settings) -> Engines:
    """Open everything, or nothing: what was opened is closed again when a later engine fails."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.data_dir, settings.database_url)
    try:
        embedder = open_embedder(settings)
        index = open_index(settings, embedder)
        try:
            chat = open_chat_backend(settings)
        except BaseException:
            index.close()
            raise
    except BaseException:
        database.close()
        raise
    return Engines(
        settings=settings,
        database=database,
        blobs=FolderBlobStore(settings.data_dir / "files"),
        embedder=embedder,
        sparse_encoder=Bm25Encoder(),
        index=index,
        chat=chat,
    )
