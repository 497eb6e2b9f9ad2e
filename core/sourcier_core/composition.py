"""The engines of one process, opened from the settings. Wiring is ordinary arguments; nothing here is global."""

from dataclasses import dataclass

from sourcier_core.blobs import FolderBlobStore
from sourcier_core.chat_models.opening import ChatBackend, open_chat_backend
from sourcier_core.db.database import Database, open_database
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.entailment.opening import open_entailment
from sourcier_core.ports import BlobStore, Embedder, EntailmentModel, PassageIndex, Reranker, SparseEncoder
from sourcier_core.reranking.opening import open_reranker
from sourcier_core.settings import Settings, default_model_folder
from sourcier_core.vector_space_opening import (
    IndexPlaces,
    index_places,
    model_place,
    open_model,
    open_previous_model,
    open_vector_spaces,
)
from sourcier_core.vector_spaces import IndexOfSpaces, VectorSpaces


@dataclass(frozen=True, kw_only=True, slots=True)
class Engines:
    """Every engine a process needs. Close once."""

    settings: Settings
    database: Database
    blobs: BlobStore
    spaces: VectorSpaces
    places: IndexPlaces
    sparse_encoder: SparseEncoder
    chat: ChatBackend
    reranker: Reranker | None = None
    entailment: EntailmentModel | None = None

    @property
    def index(self) -> PassageIndex:
        """Reads from the index that serves, changes every index."""
        return IndexOfSpaces(self.spaces)

    async def aclose(self) -> None:
        """Close in the order opposite to opening."""
        await self.chat.aclose()
        if self.entailment is not None:
            self.entailment.close()
        if self.reranker is not None:
            self.reranker.close()
        self.spaces.close()
        self.database.close()


def open_embedder(settings: Settings) -> Embedder:
    """The embedder the settings name.

    Raises:
        EmbeddingModelMissing: it is not on this machine.
        ModelFileCorrupt: it cannot be loaded.
        ExtraMissing: it needs the extra `transformers`.
    """
    if settings.embedding_model == "default":
        return OnnxEmbedder.open(default_model_folder(settings), threads=settings.embedding_threads)
    return open_model(model_place(settings), threads=settings.embedding_threads)


def open_engines(settings: Settings) -> Engines:
    """Open everything, or nothing: what was opened is closed again when a later engine fails."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.data_dir, settings.database_url)
    try:
        places = index_places(settings)
        embedder = open_embedder(settings)
        spaces = open_vector_spaces(
            database,
            embedder,
            model=model_place(settings),
            places=places,
            open_previous=lambda record: open_previous_model(record, settings),
        )
        try:
            reranker = open_reranker(settings, embedder)
            try:
                entailment = open_entailment(settings)
                chat = open_chat_backend(settings)
            except BaseException:
                if reranker is not None:
                    reranker.close()
                raise
        except BaseException:
            spaces.close()
            raise
    except BaseException:
        database.close()
        raise
    return Engines(
        settings=settings,
        database=database,
        blobs=FolderBlobStore(settings.data_dir / "files", reserve_mb=settings.disk_reserve_mb),
        spaces=spaces,
        places=places,
        sparse_encoder=Bm25Encoder(),
        chat=chat,
        reranker=reranker,
        entailment=entailment,
    )
