"""How often another source is said to differ: on documents as they are, and where one figure was changed on purpose."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.retrieval_command import evaluation_scope, fill_index, say_nothing
from sourcier_evaluation.sets import EvaluationSet
from sourcier_evaluation.verifier_sentences import change_figure
from sourcier_retrieval.conflicts import find_difference
from sourcier_retrieval.search import PassageSearch, SearchMode
from sourcier_retrieval.sentences import split_units

SOURCES = 6
_SHORTEST = 40
"""Characters of a sentence that is taken."""


@dataclass(kw_only=True, slots=True)
class ConflictCounts:
    """What was found; `said` holds the pairs of sentences said to differ in the documents as they are."""

    questions: int = 0
    sentences: int = 0
    with_other: int = 0
    changed: int = 0
    found: int = 0
    said: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    missed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def measure_conflicts(data: EvaluationSet, limit: int, seed: int = 1) -> ConflictCounts:
    """Search by words for `limit` questions; compare sentences of the best passage with the others, and with a copy.

    Up to three sentences of each best passage are taken as claims. Each is compared with the passages of other
    documents among the six best, and with the passage's own copy in which one of the sentence's figures was changed.
    """
    chance = random.Random(seed)  # noqa: S311 (sampling, not secrecy)
    passages = EvaluationPassages(data.documents)
    embedder = HashingEmbedder(dimension=8)
    index = InMemoryPassageIndex(embedder.identity)
    fill_index(index, passages, embedder, Bm25Encoder(), say_nothing)
    spaces = VectorSpaces(VectorSpace(embedder=embedder, index=index))
    search = PassageSearch(spaces=spaces, sparse_encoder=Bm25Encoder(), reader=passages)
    counts = ConflictCounts()
    for question in chance.sample(data.questions, min(limit, len(data.questions))):
        hits = search.search(question.text, scope=evaluation_scope(), limit=SOURCES, mode=SearchMode.SPARSE)
        if hits:
            counts.questions += 1
            _compare(hits, counts, chance)
    return counts


def _compare(hits: Sequence[PassageHit], counts: ConflictCounts, chance: random.Random) -> None:
    best, languages = hits[0].passage, (hits[0].passage.language,)
    units = [(start, end) for start, end in split_units(best.text) if end - start >= _SHORTEST]
    others = [hit for hit in hits if hit.document.document_id != hits[0].document.document_id]
    for start, end in chance.sample(units, min(3, len(units))):
        claim = best.text[start:end]
        counts.sentences += 1
        for hit in others:
            difference = find_difference(claim, hit.passage.text, languages)
            if difference is not None:
                counts.with_other += 1
                counts.said.append((claim, hit.passage.text[difference.start : difference.end]))
                break
        changed = change_figure(claim, chance)
        if changed is not None:
            counts.changed += 1
            copy = best.text[:start] + changed + best.text[end:]
            if find_difference(claim, copy, languages) is not None:
                counts.found += 1
            else:
                counts.missed.append((claim, changed))


def conflicts_lines(name: str, counts: ConflictCounts, shown: int) -> str:
    """The counts, and up to `shown` pairs of either kind."""
    lines = [
        f"{name}: {counts.questions} questions, {counts.sentences} sentences of their best passages",
        f"  as they are: {counts.with_other} are said to differ from another document",
        f"  one figure changed in a copy: {counts.found} of {counts.changed} found",
    ]
    for title, pairs in (("differ", counts.said), ("missed", counts.missed)):
        for one, other in pairs[:shown]:
            lines += [f"  {title}: {' '.join(one.split())}", f"       / {' '.join(other.split())}"]
    return "\n".join(lines)
