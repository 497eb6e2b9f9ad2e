"""Opens the reranker that the settings name."""

from sourcier_core.errors import ConfigurationError
from sourcier_core.ports import Embedder, Reranker, TokenStateEncoder
from sourcier_core.reranking.cross_encoder import CrossEncoderReranker
from sourcier_core.reranking.late_interaction import LateInteractionReranker
from sourcier_core.reranking.server import ServerReranker
from sourcier_core.settings import Settings


def open_reranker(settings: Settings, embedder: Embedder) -> Reranker | None:
    """The server, else the cross-encoder, else late interaction where the settings want it and `embedder` can do it.

    A local model is loaded; a server is not contacted. None where there is nothing to rerank with.

    Raises:
        ConfigurationError: the address is not one, or the model cannot be loaded.
        ExtraMissing: a local model needs the extra `transformers`.
    """
    if settings.reranker_url is not None:
        if not settings.reranker_url.startswith(("http://", "https://")):
            raise ConfigurationError("SOURCIER_RERANKER_URL must begin with http:// or https://.")
        return ServerReranker(settings.reranker_url, model=settings.reranker_model, api_key=settings.reranker_api_key)
    if settings.reranker_model is not None:
        return CrossEncoderReranker.open(settings.reranker_model)
    if settings.late_interaction and isinstance(embedder, TokenStateEncoder):
        return LateInteractionReranker(embedder, name=embedder.identity.name, threads=settings.embedding_threads)
    return None
