"""The default embedder: an int8 BERT encoder on onnxruntime, mean pooling, unit length."""

import contextlib
import ctypes
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sourcier_core.display import encodable
from sourcier_core.domain.search import DenseVector, EmbeddingModelIdentity
from sourcier_core.embedding.manifest import MODEL_NAME, TOKENIZER_NAME, ModelManifest, check_files, read_manifest
from sourcier_core.errors import ModelFileCorrupt


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

    def __init__(self, folder: Path, manifest: ModelManifest, *, threads: int | None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / MODEL_NAME),
            options,
            providers=["CPUExecutionProvider"],
            # The fused operator takes twice the time of the two that it replaces (onnxruntime 1.32, AVX2).
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_NAME))
        self._tokenizer.enable_truncation(manifest.max_tokens)
        self._tokenizer.no_padding()
        _return_freed_memory()
        self._manifest = manifest
        self._threads = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)), thread_name_prefix="embed")

    @classmethod
    def open(cls, folder: Path, *, threads: int | None = None) -> "OnnxEmbedder":
        """Load a prepared model.

        Args:
            folder: holds the manifest, the model and the tokenizer.
            threads: texts embedded side by side; None: one per core this process may use.

        Raises:
            EmbeddingModelMissing: the folder holds no prepared model.
            ModelFileCorrupt: a file has changed or cannot be loaded.
        """
        manifest = read_manifest(folder)
        check_files(folder, manifest)
        try:
            return cls(folder, manifest, threads=threads)
        except Exception as error:  # onnxruntime and tokenizers raise bare exceptions for any bad file
            raise ModelFileCorrupt(f"The embedding model in {folder} cannot be loaded: {error}") from error

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        return self._manifest.identity

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), unit length, in the order given."""
        result = np.empty((len(texts), self._manifest.dimension), np.float32)
        prefixed = [self._manifest.passage_prefix + text for text in texts]
        for row, vector in enumerate(self._threads.map(self._embed, prefixed)):
            result[row] = vector
        _return_freed_memory()
        return result

    def embed_query(self, text: str) -> DenseVector:
        """One vector of shape (dimension,), unit length."""
        return self._embed(self._manifest.query_prefix + text)

    def token_states(self, text: str) -> NDArray[np.float32]:
        """The last hidden states of shape (tokens, dimension) of a text, as it is given."""
        ids = np.array([self._tokenizer.encode(encodable(text)).ids], np.int64)
        states = self._session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.asarray(states[0], np.float32)[0]

    def passage_token_states(self, text: str) -> NDArray[np.float32]:
        """See TokenStateEncoder: every token, those of the model's prefix and the text's ends too."""
        return _unit_rows(self.token_states(self._manifest.passage_prefix + text))

    def query_token_states(self, text: str) -> NDArray[np.float32]:
        """See TokenStateEncoder: without the prefix and the ends, unless nothing else is there."""
        prefix = self._manifest.query_prefix
        leading = len(self._tokenizer.encode(prefix.strip()).ids) - 1 if prefix.strip() else 1
        states = _unit_rows(self.token_states(prefix + text))
        own = states[leading:-1]
        return own if len(own) else states

    def close(self) -> None:
        """End the threads; texts being embedded are finished first."""
        self._threads.shutdown()

    def _embed(self, text: str) -> DenseVector:
        pooled = self.token_states(text).mean(axis=0)
        return (pooled / np.linalg.norm(pooled)).astype(np.float32)


def _unit_rows(states: NDArray[np.float32]) -> NDArray[np.float32]:
    return states / np.linalg.norm(states, axis=1, keepdims=True)
