"""The whole load against the usual LangChain script on the same folder with the same embedder, in one run."""

import importlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sourcier_core.db import loads
from sourcier_core.db.database import open_database
from sourcier_core.errors import ExtraMissing
from sourcier_core.ports import Embedder
from sourcier_evaluation.load_throughput import load_folder
from sourcier_evaluation.sets import EvaluationDocument

_CHUNK = 1000
_OVERLAP = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """Both loads of the same files: seconds, passages and characters embedded."""

    documents: int
    sourcier_s: float
    sourcier_passages: int
    sourcier_characters: int
    langchain_s: float
    langchain_embedding_s: float
    langchain_chunks: int
    langchain_characters: int

    @property
    def ratio(self) -> float:
        """How many times faster the load is than the script, end to end."""
        return self.langchain_s / self.sourcier_s


class _CountingEmbedder:
    """Passes texts on; counts their characters and the seconds spent."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.characters = 0
        self.seconds = 0.0
        self.identity = embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> Any:
        """See Embedder."""
        started = time.perf_counter()
        found = self._embedder.embed_passages(texts)
        self.seconds += time.perf_counter() - started
        self.characters += sum(map(len, texts))
        return found

    def embed_query(self, text: str) -> Any:
        """See Embedder."""
        return self._embedder.embed_query(text)


def _package(module: str) -> Any:
    """LangChain's parts are wanted for this comparison only, so they are an extra.

    Raises ExtraMissing when one is missing.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ExtraMissing("The comparison needs the extra `baseline`: pip install 'sourcier[baseline]'.") from error


def _langchain_script(folder: Path, embedder: _CountingEmbedder, place: Path) -> int:
    """Load, split, embed and store as LangChain's own tutorial does; how many chunks were stored."""
    loaders = _package("langchain_community.document_loaders")
    splitters = _package("langchain_text_splitters")
    stores = _package("langchain_qdrant")
    interface = _package("langchain_core.embeddings").Embeddings

    class Wrapped(interface):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed_passages(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return embedder.embed_query(text).tolist()

    loader = loaders.DirectoryLoader(
        str(folder), glob="**/*.txt", loader_cls=loaders.TextLoader, loader_kwargs={"encoding": "utf-8"}
    )
    splitter = splitters.RecursiveCharacterTextSplitter(chunk_size=_CHUNK, chunk_overlap=_OVERLAP)
    chunks = splitter.split_documents(loader.load())
    store = stores.QdrantVectorStore.from_documents(chunks, Wrapped(), path=str(place), collection_name="documents")
    store.client.close()
    return len(chunks)


def measure_baseline(items: Sequence[EvaluationDocument], embedder: Embedder) -> Baseline:
    """Load documents as text files, with the script first and then with Sourcier.

    Raises ExtraMissing when a LangChain package is missing.
    """
    for module in ("langchain_community.document_loaders", "langchain_text_splitters", "langchain_qdrant"):
        _package(module)
    embedder.embed_passages(["warm-up"])
    with tempfile.TemporaryDirectory(prefix="sourcier-baseline-") as temporary:
        folder = Path(temporary) / "documents"
        folder.mkdir()
        for number, item in enumerate(items):
            (folder / f"{number:06}.txt").write_text(f"{item.title}\n\n{item.text}", "utf-8")
        theirs, ours = _CountingEmbedder(embedder), _CountingEmbedder(embedder)
        started = time.perf_counter()
        chunks = _langchain_script(folder, theirs, Path(temporary) / "qdrant")
        langchain_s = time.perf_counter() - started
        data_dir = Path(temporary) / "data"
        database = open_database(data_dir)
        try:
            sourcier_s, load_id = load_folder(database, ours, folder, data_dir)
            with database.transaction() as connection:
                passages = loads.count_items(connection, load_id).passages
        finally:
            database.close()
    return Baseline(
        documents=len(items),
        sourcier_s=sourcier_s,
        sourcier_passages=passages,
        sourcier_characters=ours.characters,
        langchain_s=langchain_s,
        langchain_embedding_s=theirs.seconds,
        langchain_chunks=chunks,
        langchain_characters=theirs.characters,
    )


def baseline_report(found: Baseline) -> str:
    """What both did, line by line."""
    return (
        f"{found.documents} documents\n"
        f"LangChain: {found.langchain_s:.1f} s ({found.langchain_embedding_s:.1f} s of it in the embedder), "
        f"{found.langchain_chunks} chunks, {found.langchain_characters} characters embedded\n"
        f"Sourcier: {found.sourcier_s:.1f} s, {found.sourcier_passages} passages, "
        f"{found.sourcier_characters} characters embedded\n"
        f"Sourcier is {found.ratio:.2f} times as fast"
    )
