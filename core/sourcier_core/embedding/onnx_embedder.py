"""The default embedder: an int8 BERT encoder on onnxruntime, mean pooling, unit length."""

import contextlib
import ctypes
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity
from sourcier_core.errors import EmbeddingModelMissing, ModelFileCorrupt

MANIFEST_NAME = "sourcier-model.json"
_MAX_TOKENS = 512


def _return_freed_memory() -> None:
    """Give freed heap back to the system: loading the tokenizer and long runs leave much of it behind (glibc only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class OnnxEmbedder:
    """`Embedder` on a folder made by `prepare_default_model`. Thread-safe.

    Each text is one run on one thread, and several texts run side by side. Measured against batches on the same
    cores this is faster (nothing is padded, no thread waits for another), and a vector does not depend on the
    texts it happens to share a batch with: int8 scales are taken per run, so batches make vectors differ.
    """

    def __init__(self, folder: Path, manifest: dict[str, object], *, threads: int | None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        _return_freed_memory()
        self._query_prefix = str(manifest["query_prefix"])
        self._passage_prefix = str(manifest["passage_prefix"])
        self._threads = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)), thread_name_prefix="embed")
        self._identity = EmbeddingModelIdentity(
            name=str(manifest["name"]),
            fingerprint=str(manifest["fingerprint"]),
            dimension=int(str(manifest["dimension"])),
        )

    @classmethod
    def open(cls, folder: Path, *, threads: int | None = None) -> "OnnxEmbedder":
        """Load a prepared model.

        Args:
            folder: holds `model.onnx`, `tokenizer.json` and the manifest.
            threads: threads per run; None: every core this process may use.

        Raises:
            EmbeddingModelMissing: the folder holds no prepared model.
            ModelFileCorrupt: a file cannot be loaded.
        """
        try:
            manifest = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EmbeddingModelMissing from error
        try:
            return cls(folder, manifest, threads=threads)
        except EmbeddingModelMissing:
            raise
        except Exception as error:  # onnxruntime and tokenizers raise bare exceptions for any bad file
            raise ModelFileCorrupt(f"The embedding model in {folder} cannot be loaded: {error}") from error

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        return self._identity

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length, in the order given."""
        result = np.empty((len(texts), self._identity.dimension), np.float32)
        prefixed = (self._passage_prefix + text for text in texts)
        for row, vector in enumerate(self._threads.map(self._embed, prefixed)):
            result[row] = vector
        _return_freed_memory()
        return result

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        return self._embed(self._query_prefix + text)

    def token_states(self, text: str) -> NDArray[np.float32]:
        """The last hidden states of shape (tokens, dimension) of a text, as it is given."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        states = self._session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.asarray(states[0], np.float32)[0]

    def _embed(self, text: str) -> DenseVector:
        pooled = self.token_states(text).mean(axis=0)
        return (pooled / np.linalg.norm(pooled)).astype(np.float32)
