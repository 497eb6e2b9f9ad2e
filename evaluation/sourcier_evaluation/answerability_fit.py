"""Fits the answerability coefficients on developer sets; numpy only. Never run on the project's example questions.

Every case goes through the product's own search and evidence. Asked of small samples of its documents, a set gives
three kinds of question: `present` (its document is there), `near` (the same question after exactly its document was
taken out; others on the subject stay) and `absent` (questions whose whole subject is held out, or that the set's
authors call unanswerable); asked of all its documents, `present` and `held out`.

    python -m sourcier_evaluation.answerability_fit SET… --model FOLDER [--cache FOLDER] [--write]
"""

import argparse
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.cached_embedder import CachedEmbedder
from sourcier_evaluation.intervals import area_under_curve
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.retrieval_command import evaluation_scope, passage_points
from sourcier_evaluation.set_measurement import has_answer, measure_set
from sourcier_evaluation.sets import EvaluationQuestion, EvaluationSet, load_searched
from sourcier_retrieval import answerability_coefficients
from sourcier_retrieval.answerability import answerability_features
from sourcier_retrieval.evidence import weigh_evidence
from sourcier_retrieval.search import PassageSearch

_WORD_FEATURES = frozenset({"first_coverage", "span_coverage", "agreement"})
"""Say nothing about a passage in another language."""
_UNUSED = {
    "MANY": frozenset({"first_sentence", "span_coverage", "agreement"}),
    "FEW": frozenset({"dense_best"}),
}
"""Features that did not help among many, or few, passages."""
_FALSE_REFUSALS = 0.08
"""The share of present questions that may score below one half: the bias is moved to meet it."""
_HITS = 10
_REACHED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A question, the documents it is asked of, its own documents, and its kind."""

    question: EvaluationQuestion
    documents: tuple[str, ...]
    gold: frozenset[str]
    kind: str


class DeveloperSet:
    """One set without its held-out documents: passages and points by document, and questions."""

    def __init__(self, data: EvaluationSet, embedder: Embedder, *, document_limit: int) -> None:
        self.name = data.name
        self._embedder = embedder
        self._encoder = Bm25Encoder()
        kept = {document.id: document for document in data.documents if document.id not in data.held_out_documents}
        gold = {key: frozenset(relevant) & kept.keys() for key, relevant in data.judgements.items()}
        wanted = sorted(set().union(*gold.values()))
        chosen = set([*wanted, *sorted(kept.keys() - set(wanted))][:document_limit])
        self._documents = {key: document for key, document in kept.items() if key in chosen}
        self._reader = EvaluationPassages(tuple(self._documents.values()))
        self._numbers: dict[str, list[int]] = {}
        for number, passage in enumerate(self._reader.passages):
            self._numbers.setdefault(self._reader.document(passage.id).path, []).append(number)
        self._present = [
            (question, gold[question.id] & chosen)
            for question in data.judged_questions()
            if has_answer(data, question) and gold[question.id] & chosen
        ]
        self._absent = [question for question in data.questions if not has_answer(data, question)]
        self._by_subject: dict[str, set[str]] = {}
        for key, document in self._documents.items():
            self._by_subject.setdefault(document.title, set()).add(key)

    def cases(self, count: int, corpus_size: int, chance: random.Random) -> Iterator[Case]:
        """`count` questions of each kind, each asked of its own sample of `corpus_size` documents."""
        names = sorted(self._documents)
        size = min(corpus_size, len(names))
        for question, gold in chance.sample(self._present, min(count, len(self._present))):
            siblings = set().union(*(self._by_subject[self._documents[key].title] for key in gold))
            others = set(chance.sample(names, size)) | siblings | gold
            yield Case(question=question, documents=tuple(sorted(others)), gold=gold, kind="present")
            yield Case(question=question, documents=tuple(sorted(others - gold)), gold=frozenset(), kind="near")
        for question in chance.sample(self._absent, min(count, len(self._absent))):
            documents = tuple(sorted(chance.sample(names, size)))
            yield Case(question=question, documents=documents, gold=frozenset(), kind="absent")

    def features(self, case: Case) -> tuple[dict[str, float], bool]:
        """The product's features of a case, and whether a passage of its own document is among the first five."""
        index = InMemoryPassageIndex(self._embedder.identity)
        for key in case.documents:
            index.upsert(list(passage_points(self._reader, self._numbers[key], self._embedder, self._encoder)))
        search = PassageSearch(
            spaces=VectorSpaces(VectorSpace(embedder=self._embedder, index=index)),
            sparse_encoder=self._encoder,
            reader=self._reader,
        )
        found = search.find(case.question.text, scope=evaluation_scope(), limit=_HITS)
        language = Language.ENGLISH if case.question.language == "en" else Language.FRENCH
        evidence = weigh_evidence(case.question.text, language, found.hits, self._embedder)
        reached = any(hit.document.path in case.gold for hit in found.hits[:_REACHED])
        return answerability_features(found, evidence), reached


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
    question: str
    features: Mapping[str, float]


def collect_samples(
    data: EvaluationSet, embedder: Embedder, *, document_limit: int, count: int, sizes: Sequence[int], seed: int
) -> list[Sample]:
    """Cases of every size. A present question whose document search did not reach is left out."""
    samples: list[Sample] = []
    developer_set = DeveloperSet(data, embedder, document_limit=document_limit)
    for size in sizes:
        chance = random.Random(f"{seed} {data.name} {size}")  # noqa: S311 (sampling, not secrecy)
        for case in developer_set.cases(count, size, chance):
            features, reached = developer_set.features(case)
            if case.kind != "present" or reached:
                samples.append(
                    Sample(set_name=f"{data.name}/{size}", kind=case.kind, question=case.question.id, features=features)
                )
    return samples


def _say_nothing(step: str, done: int, total: int) -> None:
    pass


def collect_whole(data: EvaluationSet, embedder: Embedder, *, questions: int) -> list[Sample]:
    """Questions asked of the whole set without its held-out documents."""
    found = measure_set(data, embedder, limit=questions, progress=_say_nothing)
    return [
        Sample(
            set_name=f"{data.name}/all",
            kind="present" if asked.has_answer else "held out",
            question=asked.id,
            features=asked.features,
        )
        for asked in found.asked
        if asked.features and (asked.reached or not asked.has_answer)
    ]


def fit(samples: Sequence[Sample], names: Sequence[str]) -> dict[str, float]:
    """Coefficients of the named features. Answerable and not weigh the same; so do the kinds of one set and size."""
    matrix = np.array([[sample.features[name] for name in names] for sample in samples])
    labels = np.array([float(sample.kind == "present") for sample in samples])
    groups = [(sample.set_name, sample.kind) for sample in samples]
    kinds = {name: {kind for other, kind in groups if other == name} - {"present"} for name, _ in groups}
    weights = np.array(
        [(len(kinds[name]) if kind == "present" else 1.0) / groups.count((name, kind)) for name, kind in groups]
    )
    weights *= len(samples) / weights.sum()
    solution = fit_logistic(matrix, labels, weights)
    scores = matrix @ solution[:-1] + solution[-1]
    solution[-1] -= np.quantile(scores[labels == 1], _FALSE_REFUSALS)
    return dict(zip([*names, "bias"], solution.tolist(), strict=True))


def score(coefficients: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The estimate for one case."""
    total = sum(value * features.get(name, 1.0) for name, value in coefficients.items())
    return float(1 / (1 + np.exp(-total)))


def report(samples: Sequence[Sample], names: Sequence[str], folds: int = 5) -> str:
    """By set and kind: refused at one half, and the area under the curve against the set's present questions.

    Each case is scored by coefficients fitted without its fold; all cases of a question are in one fold.
    """
    scored: dict[tuple[str, str], list[float]] = {}
    parts: list[list[Sample]] = [[] for _ in range(folds)]
    for sample in samples:
        parts[zlib.crc32(sample.question.encode()) % folds].append(sample)
    for part in parts:
        coefficients = fit([sample for other in parts if other is not part for sample in other], names)
        for sample in part:
            scored.setdefault((sample.set_name, sample.kind), []).append(score(coefficients, sample.features))
    lines = ["| set / documents | kind | cases | refused at 0.5 | area |", "|---|---|--:|--:|--:|"]
    for (name, kind), scores in sorted(scored.items()):
        refused = float(np.mean(np.array(scores) < 0.5))
        area = "" if kind == "present" else f"{area_under_curve(scored[name, 'present'], scores):.3f}"
        lines.append(f"| {name} | {kind} | {len(scores)} | {refused:.2f} | {area} |")
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders in the layout of the developer sets")
    parser.add_argument("--model", type=Path, required=True, help="the prepared default embedder")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors between runs")
    parser.add_argument("--count", type=int, default=60, help="questions of each kind, per set and size")
    parser.add_argument("--sizes", type=int, nargs="+", default=[12, 20], help="documents a question is asked of")
    parser.add_argument("--limit", type=int, default=1000, help="documents such samples are drawn from")
    parser.add_argument("--questions", type=int, default=250, help="questions of each kind asked of the whole set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="publish the coefficients in the product")
    return parser.parse_args()


def main() -> None:
    """Fit, report, and with `--write` publish."""
    chosen = _arguments()
    embedder = CachedEmbedder(OnnxEmbedder.open(chosen.model), chosen.cache)
    samples: list[Sample] = []
    for data in (data for folder in chosen.sets for data in load_searched(folder)):
        samples += collect_whole(data, embedder, questions=chosen.questions)
        samples += collect_samples(
            data, embedder, document_limit=chosen.limit, count=chosen.count, sizes=chosen.sizes, seed=chosen.seed
        )
        embedder.save()
        print(data.name, len(samples), flush=True)
    found: dict[str, dict[str, float]] = {}
    everything = list(samples[0].features)
    for size, unused in _UNUSED.items():
        of_size = [sample for sample in samples if sample.set_name.endswith("/all") == (size == "MANY")]
        for kind, also_unused in (("BY_WORDS_AND_MEANING", frozenset[str]()), ("BY_MEANING", _WORD_FEATURES)):
            features = [name for name in everything if name not in unused | also_unused]
            found[f"{size}_{kind}"] = fit(of_size, features)
            print(f"\n{size}_{kind}\n{report(of_size, features)}")
    if chosen.write:
        sets_named = " ".join(f"DATA/{folder.name}" for folder in chosen.sets)
        sizes = " ".join(str(size) for size in chosen.sizes)
        write_coefficients(
            found,
            f"    {sets_named} --model MODEL \\\n    --limit {chosen.limit} --count {chosen.count} --sizes {sizes} "
            f"--questions {chosen.questions} --seed {chosen.seed} --write",
        )


if __name__ == "__main__":
    main()
