"""Passages per second of a whole load against the raw embedder on the same texts, in one run."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sourcier_core.blobs import FolderBlobStore
from sourcier_core.db import corpora, documents, loads
from sourcier_core.db.database import Database, open_database
from sourcier_core.db.passages import list_passages
from sourcier_core.domain.documents import embedding_text
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.index.edge import open_edge_index
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.processor_time import processor_seconds
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.loading import Loader, LoadOptions, request_load
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.publishing import Publisher


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """Seconds for the same passages, by a whole load and by the embedder alone."""

    documents: int
    passages: int
    load_s: float
    embedder_s: float
    load_processor_s: float
    embedder_processor_s: float
    """Of all cores together: a machine that others use changes these less than the times."""

    @property
    def processor_ratio(self) -> float:
        """The share of the load's processor time that the embedder needs alone."""
        return self.embedder_processor_s / self.load_processor_s

    @property
    def ratio(self) -> float:
        """The load's passages per second over the embedder's (at most about 1)."""
        return self.embedder_s / self.load_s


_NEVER = 1_000_000


def load_folder(
    database: Database, embedder: Embedder, folder: Path, data_dir: Path, *, optimize_threshold: int = _NEVER
) -> tuple[float, str]:
    """Load a folder into a corpus; seconds of the load (parsers' start included) and the load's id.

    The index's graph is built beside the load from `optimize_threshold` points without a graph on (default: never).
    A building that is not done when the load ends is stopped.
    """
    index = open_edge_index(data_dir / "index", embedder.identity, optimize_threshold=optimize_threshold)
    parser = IsolatedDocumentParser(wall_time_s=120, cpu_time_s=120, memory_mb=2048, max_file_mb=200, ocr_data_dir=None)
    spaces = VectorSpaces(VectorSpace(embedder=embedder, index=index))
    publisher = Publisher(database=database, spaces=spaces, sparse_encoder=Bm25Encoder())
    loader = Loader(
        database=database,
        blobs=FolderBlobStore(data_dir / "files"),
        parser=parser,
        index=index,
        publisher=publisher,
        parse_workers=2,
        max_file_bytes=200 << 20,
        withdrawal_guard_share=0.5,
        scratch_dir=data_dir / "fetched",
    )
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="set", title="set", now=datetime.now(UTC))
    load = request_load(database, corpus_id="set", source="set", options=LoadOptions(folder=str(folder)))
    started = time.perf_counter()
    loader.run(load.id)
    took = time.perf_counter() - started
    parser.close()
    index.close()
    return took, load.id


def _texts(database: Database, load_id: str) -> list[str]:
    found: list[str] = []
    with database.transaction() as connection:
        for item in loads.list_items(connection, load_id):
            if item.version_id is not None:
                title = documents.get_version(connection, item.version_id).title
                for passage in list_passages(connection, item.version_id):
                    found.append(embedding_text(title, passage.heading_path, passage.text))
    return found


def measure_throughput(items: Sequence[EvaluationDocument], embedder: Embedder, rounds: int) -> Iterator[Throughput]:
    """Load documents as text files, and embed the very same texts with the embedder alone before and after each load.

    A first load, which tells the texts, is not counted. A machine that others use changes its pace within a minute:
    the mean of before and after is what the embedder would have done meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="sourcier-throughput-") as place:
        folder = Path(place) / "documents"
        folder.mkdir()
        for number, item in enumerate(items):
            (folder / f"{number:06}.txt").write_text(f"{item.title}\n\n{item.text}", "utf-8")
        _, texts = _load_anew(embedder, folder, Path(place) / "first")
        before = _embed_alone(embedder, texts)
        for number in range(rounds):
            load, _ = _load_anew(embedder, folder, Path(place) / str(number))
            after = _embed_alone(embedder, texts)
            yield Throughput(
                documents=len(items),
                passages=len(texts),
                load_s=load.seconds,
                embedder_s=(before.seconds + after.seconds) / 2,
                load_processor_s=load.processor_s,
                embedder_processor_s=(before.processor_s + after.processor_s) / 2,
            )
            before = after


@dataclass(frozen=True, slots=True)
class _Spent:
    seconds: float
    processor_s: float


def _load_anew(embedder: Embedder, folder: Path, data_dir: Path) -> tuple[_Spent, list[str]]:
    """What a load into an installation of its own took, and what it embedded."""
    database = open_database(data_dir)
    try:
        before = processor_seconds(data_dir)
        load_s, load_id = load_folder(database, embedder, folder, data_dir)
        spent = _Spent(load_s, processor_seconds(data_dir) - before)
        return spent, _texts(database, load_id)
    finally:
        database.close()
        shutil.rmtree(data_dir, ignore_errors=True)


def _embed_alone(embedder: Embedder, texts: list[str]) -> _Spent:
    started, before = time.perf_counter(), time.process_time()
    embedder.embed_passages(texts)
    return _Spent(time.perf_counter() - started, time.process_time() - before)
