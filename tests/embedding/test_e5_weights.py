from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedding.model_samples import SHAPE, quantise, weights_file
from sourcier_core.embedding.e5_weights import E5Weights
from sourcier_core.embedding.encoder_graph import build_encoder
from sourcier_core.errors import ModelFileCorrupt

FILE = weights_file()


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(data)
    return path


def test_the_shape_and_the_tensors_are_read(tmp_path: Path) -> None:
    weights = E5Weights(write(tmp_path, FILE))
    assert weights.shape == SHAPE
    assert weights.vector("emb.pos", SHAPE.positions, SHAPE.hidden).shape == (SHAPE.positions, SHAPE.hidden)
    assert weights.first_token_type().shape == (SHAPE.hidden,)


def test_four_bit_blocks_unpack_to_their_values(tmp_path: Path) -> None:
    # Multiples of a power of two, with −7 and 7 present: four bits and a half-precision scale hold them exactly.
    rows, columns = SHAPE.vocabulary, SHAPE.hidden
    levels = np.tile(np.concatenate([np.arange(-7, 8), np.arange(-7, 8), [0, 3]]), 2 * rows).reshape(rows, columns)
    values = (levels * 0.25).astype(np.float32)
    packed = quantise(values)
    original = E5Weights(write(tmp_path, FILE))
    start = FILE.index(quantise(original.matrix("emb.word", rows, columns))[:64])
    changed = FILE[:start] + packed + FILE[start + len(packed) :]
    weights = E5Weights(write(tmp_path, changed))
    np.testing.assert_array_equal(weights.matrix("emb.word", rows, columns), values)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileCorrupt):
        E5Weights(write(tmp_path, b"GGUF" + FILE[4:]))


def test_a_tensor_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileCorrupt, match=r"l9\.q\.w"):
        E5Weights(write(tmp_path, FILE)).matrix("l9.q.w", 32, 32)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=len(FILE) - 1))
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    path = write(tmp_path, FILE[:length])
    with pytest.raises(ModelFileCorrupt):
        build_encoder(E5Weights(path))
