"""Fits the answerability coefficients on developer sets; numpy only. Never run on the project's example questions.

Every case goes through the product's own search and evidence. A set gives three kinds of question: `present` (its
document is there), `near` (the same question after exactly its document was taken out; others on the subject stay)
and `absent` (questions whose whole subject is held out, or that the set's authors call unanswerable).

    python -m sourcier_evaluation.answerability_fit SET… --model FOLDER [--cache FILE] [--write]
"""

import argparse
import gzip
import hashlib
import json
import random
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcier_core.access import AccessScope
from sourcier_core.db.memory import InMemoryPassages
from sourcier_core.domain.answers import Language
from sourcier_core.domain.documents import Passage, embedding_text
from sourcier_core.domain.identifiers import passage_id
from sourcier_core.domain.search import DenseVector, DocumentReference, EmbeddingModelIdentity, IndexPoint
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_retrieval import answerability_coefficients
from sourcier_retrieval.answerability import answerability_features
from sourcier_retrieval.evidence import weigh_evidence
from sourcier_retrieval.search import PassageSearch

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SCOPE = AccessScope(
    principal_id="fit", is_administrator=True, groups=frozenset(), corpora=frozenset({"set"}), as_of=_NOW
)
_PASSAGE_LENGTH = 900
_PASSAGES_PER_DOCUMENT = 8
_WORD_FEATURES = frozenset({"first_coverage", "span_coverage", "found_nowhere", "agreement"})
"""Say nothing about a passage in another language."""
_FALSE_REFUSALS = 0.08
"""The share of present questions that may score below one half: the bias is moved to meet it."""


class RememberingEmbedder:
    """Keeps every vector it has made in a file, so that a second run takes seconds."""

    def __init__(self, embedder: Embedder, cache: Path | None) -> None:
        self._embedder = embedder
        self._cache = cache
        self._vectors: dict[str, DenseVector] = {}
        if cache is not None and cache.exists():
            with np.load(cache) as stored:
                self._vectors = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    @property
    def identity(self) -> EmbeddingModelIdentity:
        """Which model this is."""
        return self._embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder."""
        keys = [hashlib.sha256(f"passage {text}".encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._vectors}
        if new:
            self._vectors.update(zip(new, self._embedder.embed_passages(list(new.values())), strict=True))
        return np.array([self._vectors[key] for key in keys], np.float32)

    def embed_query(self, text: str) -> DenseVector:
        """See Embedder."""
        key = hashlib.sha256(f"query {text}".encode()).hexdigest()
        if key not in self._vectors:
            self._vectors[key] = self._embedder.embed_query(text)
        return self._vectors[key]

    def save(self) -> None:
        """Write the file."""
        if self._cache is not None:
            np.savez(self._cache, keys=np.array(list(self._vectors)), vectors=np.array(list(self._vectors.values())))


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A question, the documents it is asked of, its own documents, and its kind."""

    question: str
    documents: tuple[str, ...]
    gold: frozenset[str]
    kind: str


def _read_lines(folder: Path, name: str) -> list[dict[str, Any]]:
    packed = folder / f"{name}.jsonl.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / f"{name}.jsonl").read_bytes()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _read_names(path: Path) -> set[str]:
    return set(path.read_text("utf-8").split()) if path.exists() else set()


def _cut(text: str) -> list[str]:
    """Passages of about nine hundred characters, at paragraphs where there are any."""
    passages: list[str] = []
    for paragraph in (part.strip() for part in text.split("\n\n") if part.strip()):
        if passages and len(passages[-1]) + len(paragraph) < _PASSAGE_LENGTH:
            passages[-1] += "\n" + paragraph
        else:
            passages.extend(textwrap.wrap(paragraph, 2 * _PASSAGE_LENGTH, replace_whitespace=False) or [paragraph])
    return passages[:_PASSAGES_PER_DOCUMENT]


class DeveloperSet:
    """One set: its documents as passages and points, and its questions."""

    def __init__(self, folder: Path, embedder: Embedder, *, document_limit: int) -> None:
        self.name = folder.name
        self.language = Language.ENGLISH if folder.name.startswith("en") else Language.FRENCH
        self._embedder = embedder
        self._encoder = Bm25Encoder()
        held_out = _read_names(folder / "holdout_docs.txt")
        self.documents = {row["id"]: row for row in _read_lines(folder, "corpus") if row["id"] not in held_out}
        absent = _read_names(folder / "holdout_queries.txt")
        gold: dict[str, set[str]] = {}
        for line in (folder / "qrels.tsv").read_text("utf-8").splitlines():
            question, document = line.split("\t")[:2]
            gold.setdefault(question, set()).add(document)
        wanted = sorted({document for documents in gold.values() for document in documents} & self.documents.keys())
        chosen = set([*wanted, *sorted(self.documents.keys() - set(wanted))][:document_limit])
        self.documents = {key: row for key, row in self.documents.items() if key in chosen}
        rows = _read_lines(folder, "queries")
        self.present = [
            (row["text"], frozenset(gold[row["id"]]))
            for row in rows
            if row["answerable"] and row["id"] not in absent and gold.get(row["id"], set()) & self.documents.keys()
        ]
        self.absent = [row["text"] for row in rows if not row["answerable"] or row["id"] in absent]
        self._by_subject: dict[str, list[str]] = {}
        for key, row in self.documents.items():
            self._by_subject.setdefault(row["title"], []).append(key)
        self._points: dict[str, list[tuple[Passage, IndexPoint]]] = {}

    def cases(self, count: int, corpus_size: int, chance: random.Random) -> Iterator[Case]:
        """`count` questions of each kind, each asked of its own sample of `corpus_size` documents."""
        names = sorted(self.documents)
        for question, gold in chance.sample(self.present, min(count, len(self.present))):
            subjects = {self.documents[key]["title"] for key in gold if key in self.documents}
            siblings = {key for subject in subjects for key in self._by_subject[subject]}
            others = set(chance.sample(names, min(corpus_size, len(names)))) | siblings | (gold & set(names))
            yield Case(question=question, documents=tuple(sorted(others)), gold=gold, kind="present")
            yield Case(question=question, documents=tuple(sorted(others - gold)), gold=frozenset(), kind="near")
        for question in chance.sample(self.absent, min(count, len(self.absent))):
            documents = tuple(sorted(chance.sample(names, min(corpus_size, len(names)))))
            yield Case(question=question, documents=documents, gold=frozenset(), kind="absent")

    def features(self, case: Case) -> tuple[dict[str, float], bool]:
        """The product's features of a case, and whether a passage of its own document is among the first five."""
        reader = InMemoryPassages()
        index = InMemoryPassageIndex(self._embedder.identity)
        for key in case.documents:
            found = self._passages(key)
            index.upsert([point for _, point in found])
            reference = self._reference(key)
            reader.publish(
                reference, self.documents[key]["text"], [passage for passage, _ in found], groups=frozenset()
            )
        search = PassageSearch(
            spaces=VectorSpaces(VectorSpace(embedder=self._embedder, index=index)),
            sparse_encoder=self._encoder,
            reader=reader,
        )
        hits = search.search(case.question, scope=_SCOPE, limit=10)
        evidence = weigh_evidence(case.question, self.language, hits, self._embedder)
        reached = any(hit.document.document_id in case.gold for hit in hits[:5])
        return answerability_features(hits, evidence), reached

    def _reference(self, key: str) -> DocumentReference:
        return DocumentReference(
            document_id=key,
            version_id=key,
            corpus_id="set",
            path=key,
            title=self.documents[key]["title"],
            media_type="text/plain",
            page_count=1,
            content_sha256="",
            valid_from=_NOW,
        )

    def _passages(self, key: str) -> list[tuple[Passage, IndexPoint]]:
        if key not in self._points:
            texts = _cut(self.documents[key]["text"])
            title = self.documents[key]["title"]
            vectors = self._embedder.embed_passages([embedding_text(title, (), text) for text in texts])
            self._points[key] = [
                self._pair(key, ordinal, text, vector)
                for ordinal, (text, vector) in enumerate(zip(texts, vectors, strict=True))
            ]
        return self._points[key]

    def _pair(self, key: str, ordinal: int, text: str, vector: DenseVector) -> tuple[Passage, IndexPoint]:
        passage = Passage(
            id=passage_id(key, ordinal, ordinal + 1, "fit"),
            version_id=key,
            ordinal=ordinal,
            start=0,
            end=len(text),
            text=text,
            heading_path=(),
            first_page=1,
            last_page=1,
            language=self.language.value,
        )
        point = IndexPoint(
            passage_id=passage.id,
            version_id=key,
            document_id=key,
            corpus_id="set",
            groups=frozenset(),
            language=self.language.value,
            dense=vector,
            sparse=self._encoder.encode_passage(f"{self.documents[key]['title']}\n{text}", self.language.value),
            valid_from=_NOW,
        )
        return passage, point


def fit_logistic(
    features: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64], *, ridge: float = 2.0
) -> NDArray[np.float64]:
    """Weighted ridge logistic regression by Newton's method; the last coefficient is the bias.

    Args:
        features: shape (cases, features), as they are; they are standardised inside.
        labels: shape (cases,), 1 for answerable.
        weights: shape (cases,).
        ridge: strength of the penalty on the standardised coefficients (not on the bias).
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    design = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    penalty = np.diag([ridge] * features.shape[1] + [0.0])
    solution = np.zeros(design.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-design @ solution))
        gradient = design.T @ (weights * (labels - likely)) - penalty @ solution
        curvature = (design * (weights * likely * (1 - likely))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        solution += step
        if np.abs(step).max() < 1e-9:
            break
    slopes = solution[:-1] / spread
    return np.append(slopes, solution[-1] - slopes @ mean)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One fitted case."""

    set_name: str
    kind: str
    features: dict[str, float]


def collect(sets: Sequence[DeveloperSet], *, count: int, sizes: Sequence[int], seed: int) -> list[Sample]:
    """Cases of every set and size. A present question whose document search did not reach is left out."""
    samples: list[Sample] = []
    for developer_set in sets:
        for size in sizes:
            chance = random.Random(f"{seed} {developer_set.name} {size}")  # noqa: S311 (sampling, not secrecy)
            for case in developer_set.cases(count, size, chance):
                features, reached = developer_set.features(case)
                if case.kind != "present" or reached:
                    samples.append(Sample(set_name=f"{developer_set.name}/{size}", kind=case.kind, features=features))
            print(developer_set.name, size, len(samples), flush=True)
    return samples


def fit(samples: Sequence[Sample], names: Sequence[str]) -> dict[str, float]:
    """Coefficients of the named features. Answerable and not weigh the same; so do the kinds and the sets."""
    matrix = np.array([[sample.features[name] for name in names] for sample in samples])
    labels = np.array([float(sample.kind == "present") for sample in samples])
    groups = [(sample.set_name, sample.kind) for sample in samples]
    share = {"present": 2.0, "near": 1.0, "absent": 1.0}
    weights = np.array([share[kind] / groups.count((name, kind)) for name, kind in groups])
    weights *= len(samples) / weights.sum()
    solution = fit_logistic(matrix, labels, weights)
    scores = matrix @ solution[:-1] + solution[-1]
    solution[-1] -= np.quantile(scores[labels == 1], _FALSE_REFUSALS)
    return dict(zip([*names, "bias"], solution.tolist(), strict=True))


def score(coefficients: dict[str, float], features: dict[str, float]) -> float:
    """The estimate for one case."""
    total = sum(value * features.get(name, 1.0) for name, value in coefficients.items())
    return float(1 / (1 + np.exp(-total)))


def report(samples: Sequence[Sample], names: Sequence[str], folds: int = 5) -> str:
    """Refused shares at one half by set and kind, each case scored by coefficients fitted without its fold."""
    scored: dict[tuple[str, str], list[float]] = {}
    for fold in range(folds):
        kept = [sample for position, sample in enumerate(samples) if position // 3 % folds != fold]
        coefficients = fit(kept, names)
        for position, sample in enumerate(samples):
            if position // 3 % folds == fold:
                scored.setdefault((sample.set_name, sample.kind), []).append(score(coefficients, sample.features))
    lines = ["| set / documents | kind | cases | refused at 0.5 |", "|---|---|---|---|"]
    for (name, kind), scores in sorted(scored.items()):
        refused = float(np.mean(np.array(scores) < 0.5))
        lines.append(f"| {name} | {kind} | {len(scores)} | {refused:.2f} |")
    return "\n".join(lines)


def write_coefficients(found: dict[str, dict[str, float]], command: str) -> None:
    """Replace the product's coefficients."""
    tables = [
        f"{name}: Mapping[str, float] = {{\n"
        + "".join(f'    "{feature}": {value:.4f},\n' for feature, value in coefficients.items())
        + "}\n"
        for name, coefficients in found.items()
    ]
    Path(answerability_coefficients.__file__).write_text(
        '"""The published coefficients of the answerability estimate. Written by:\n\n'
        f"python -m sourcier_evaluation.answerability_fit \\\\\n{command}\n"
        '"""\n\nfrom collections.abc import Mapping\n\n' + "\n".join(tables),
        "utf-8",
    )


def main() -> None:
    """Fit, report, and with `--write` publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders in the layout of the developer sets")
    parser.add_argument("--model", type=Path, required=True, help="the prepared default embedder")
    parser.add_argument("--cache", type=Path, help="a .npz file that keeps vectors between runs")
    parser.add_argument("--count", type=int, default=150, help="questions of each kind, per set and size")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 200], help="documents a question is asked of")
    parser.add_argument("--limit", type=int, default=400, help="documents used of each set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="publish the coefficients in the product")
    chosen = parser.parse_args()
    embedder = RememberingEmbedder(OnnxEmbedder.open(chosen.model), chosen.cache)
    sets = [DeveloperSet(folder, embedder, document_limit=chosen.limit) for folder in chosen.sets]
    samples = collect(sets, count=chosen.count, sizes=chosen.sizes, seed=chosen.seed)
    embedder.save()
    everything = list(samples[0].features)
    chosen_features = {
        "BY_WORDS_AND_MEANING": everything,
        "BY_MEANING": [name for name in everything if name not in _WORD_FEATURES],
    }
    found = {name: fit(samples, features) for name, features in chosen_features.items()}
    for name, features in chosen_features.items():
        print(f"\n{name}\n{json.dumps(found[name])}\n{report(samples, features)}")
    if chosen.write:
        sets_named = " ".join(f"DATA/{folder.name}" for folder in chosen.sets)
        sizes = " ".join(str(size) for size in chosen.sizes)
        write_coefficients(
            found,
            f"    {sets_named} --model MODEL \\\\\n"
            f"    --limit {chosen.limit} --count {chosen.count} --sizes {sizes} --seed {chosen.seed} --write",
        )


if __name__ == "__main__":
    main()
