"""How much of the known answer the passages read hold: by size of passages, neighbours and caps.

The documents of a set that share a title (up to a dash between spaces) are joined to one long document in the order of
the file, and cut by the product's own chunker, so that an answer stands in one or some of many passages.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

from sourcier_core.domain.documents import Passage, TextElement
from sourcier_core.domain.identifiers import VersionId
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.intervals import mean_interval
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.retrieval_command import (
    Progress,
    choose_questions,
    evaluation_scope,
    fill_index,
    open_index,
)
from sourcier_evaluation.sets import EvaluationDocument, EvaluationQuestion, EvaluationSet
from sourcier_ingest.chunking import DEFAULT_SIZES, PassageSizes, cut_passages
from sourcier_retrieval.search import PassageSearch

SOURCES = 6
"""What the product shows by default."""
READ = 8
"""What a language model reads by default: these, and the two passages beside the best."""
BUDGETS = (2400, 4800, 9600)
"""Characters of passages: about 600, 1,200 and 2,400 tokens."""
SIZES = (
    PassageSizes(most=400, full_after=300, combine_under=130),
    PassageSizes(most=800, full_after=600, combine_under=270),
    DEFAULT_SIZES,
    PassageSizes(most=2000, full_after=1500, combine_under=670),
)
_FOUND = 40
"""Passages asked for: more than the largest budget holds of the smallest."""
_BETWEEN = "\n\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerPlace:
    """A question, and where its answer stands: the span [start, end) of a long document's text.

    It is the known short answer, or all of the document that is relevant, where that is what the set says.
    """

    question: EvaluationQuestion
    document: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LongDocuments:
    """The set's documents joined to long ones, and the questions whose answer's place in them is known."""

    name: str
    documents: tuple[EvaluationDocument, ...]
    places: tuple[AnswerPlace, ...]


Arrangement = Callable[[Sequence[Passage], Mapping[VersionId, Sequence[Passage]]], list[Passage]]
"""From the found passages, best first, and all passages of each version in order: what is read, in order."""


@dataclass(kw_only=True, slots=True)
class ContextScores:
    """Per arrangement and measure, the share of the answer held, for each question; `passages`, and their median length
    in characters."""

    set_name: str
    sizes: PassageSizes
    passages: int
    median_length: int
    held: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])


def join_documents(data: EvaluationSet) -> LongDocuments:
    """Join the documents of each title, and find the answers in what comes of it.

    Raises:
        InvalidRequest: no question of the set has an answer whose place is known.
    """
    texts: dict[tuple[str, str], str] = {}
    where: dict[str, tuple[str, int, int]] = {}
    for part in data.documents:
        key = (part.title.split(" — ")[0], part.language)
        start = len(texts[key]) + len(_BETWEEN) if key in texts else 0
        where[part.id] = ("/".join(key), start, start + len(part.text))
        texts[key] = texts[key] + _BETWEEN + part.text if key in texts else part.text
    documents = tuple(
        EvaluationDocument(id="/".join(key), title=key[0], text=text, language=key[1]) for key, text in texts.items()
    )
    by_id = {document.id: document.text for document in documents}
    places = [
        place
        for question in data.judged_questions()
        if (place := _answer_place(data, question, where, by_id)) is not None
    ]
    if not places:
        raise InvalidRequest(f"No question of {data.name} has an answer whose place is known: nothing can be measured.")
    return LongDocuments(name=data.name, documents=documents, places=tuple(places))


def _answer_place(
    data: EvaluationSet,
    question: EvaluationQuestion,
    where: Mapping[str, tuple[str, int, int]],
    texts: Mapping[str, str],
) -> AnswerPlace | None:
    known = data.answers.get(question.id, {})
    answers, starts = known.get("answers") or [], known.get("answer_starts") or []
    if known.get("doc_id") not in where:
        return None
    document, start, end = where[str(known["doc_id"])]
    if starts and answers:
        start += int(starts[0])
        end = start + len(str(answers[0]))
        if not texts[document].startswith(str(answers[0]), start):
            return None
    return AnswerPlace(question=question, document=document, start=start, end=end) if start < end else None


def cut_paragraphs(text: str, sizes: PassageSizes) -> list[tuple[int, int]]:
    """A text's passages as the product cuts them, its paragraphs as elements."""
    ends = [match.start() for match in re.finditer(_BETWEEN, text)] + [len(text)]
    starts = [0, *(end + len(_BETWEEN) for end in ends[:-1])]
    elements = [
        TextElement(category="NarrativeText", start=start, end=end, page=1)
        for start, end in zip(starts, ends, strict=True)
        if text[start:end].strip()
    ]
    return [(span.start, span.end) for span in cut_passages(text, elements, sizes)]


def best_first(found: Sequence[Passage], _: Mapping[VersionId, Sequence[Passage]]) -> list[Passage]:
    """What was found, as it was found."""
    return list(found)


def with_neighbours(
    found: Sequence[Passage], every: Mapping[VersionId, Sequence[Passage]], *, of_first: int, sources: int = SOURCES
) -> list[Passage]:
    """The first `sources`, then the passages before and after each of the `of_first` best, then the rest."""
    read = {passage.id: passage for passage in found[:sources]}
    for passage in found[:of_first]:
        around = every[passage.version_id]
        for ordinal in (passage.ordinal - 1, passage.ordinal + 1):
            if 0 <= ordinal < len(around):
                read.setdefault(around[ordinal].id, around[ordinal])
    return list((read | {passage.id: passage for passage in found if passage.id not in read}).values())


def capped(
    found: Sequence[Passage], _: Mapping[VersionId, Sequence[Passage]], *, most: int, sources: int = SOURCES
) -> list[Passage]:
    """At most `most` passages of a document among the first `sources`; those passed over come after these."""
    count: dict[VersionId, int] = {}
    first: list[Passage] = []
    passed: list[Passage] = []
    for passage in found:
        taken = count.get(passage.version_id, 0)
        if len(first) < sources and taken < most:
            count[passage.version_id] = taken + 1
            first.append(passage)
        else:
            passed.append(passage)
    return first + passed


PLAIN = "best first"
ARRANGEMENTS: Mapping[str, Arrangement] = {
    PLAIN: best_first,
    **{f"neighbours of the first {number}": partial(with_neighbours, of_first=number) for number in (1, 3, 6)},
    **{f"at most {number} of a document": partial(capped, most=number) for number in (3, 2, 1)},
}


def measure_context(
    data: LongDocuments,
    embedder: Embedder,
    sizes: PassageSizes,
    *,
    engine: str = "edge",
    limit: int | None = None,
    progress: Progress,
) -> ContextScores:
    """Index the documents cut to `sizes`, search for each question, and look for its answer in each arrangement.

    Measured is the share of the answer's characters in the first passage, in the first six and eight, and in as many
    whole passages as fit a budget of characters.
    """
    passages = EvaluationPassages(data.documents, cut=partial(cut_paragraphs, sizes=sizes))
    every: dict[VersionId, list[Passage]] = {}
    for passage in passages.passages:
        every.setdefault(passage.version_id, []).append(passage)
    lengths = sorted(passage.end - passage.start for passage in passages.passages)
    scores = ContextScores(
        set_name=data.name, sizes=sizes, passages=len(lengths), median_length=lengths[len(lengths) // 2]
    )
    chosen = {one.id for one in choose_questions([place.question for place in data.places], limit)}
    places = [place for place in data.places if place.question.id in chosen]
    with ExitStack() as stack:
        index = open_index(engine, embedder, stack)
        fill_index(index, passages, embedder, Bm25Encoder(), progress)
        search = PassageSearch(
            spaces=VectorSpaces(VectorSpace(embedder=embedder, index=index)),
            sparse_encoder=Bm25Encoder(),
            reader=passages,
        )
        for done, place in enumerate(places, start=1):
            hits = search.search(place.question.text, scope=evaluation_scope(), limit=_FOUND)
            found = [hit.passage for hit in hits]
            for name, arrange in ARRANGEMENTS.items():
                read = arrange(found, every)
                held = [_held(passages, passage, place) for passage in read]
                _note(scores, name, held, [passage.end - passage.start for passage in read], place.end - place.start)
            progress("searching", done, len(places))
    return scores


def _held(passages: EvaluationPassages, passage: Passage, place: AnswerPlace) -> int:
    """How many characters of the answer a passage holds; no character is in two passages."""
    if passages.document(passage.id).path != place.document:
        return 0
    return max(0, min(passage.end, place.end) - max(passage.start, place.start))


def _note(scores: ContextScores, name: str, held: Sequence[int], lengths: Sequence[int], whole: int) -> None:
    fitting = {budget: bisect_right(list(accumulate(lengths)), budget) for budget in BUDGETS}
    measures = {"first": 1, f"first {SOURCES}": SOURCES, f"first {READ}": READ}
    measures |= {f"{budget} characters": number for budget, number in fitting.items()}
    for measure, number in measures.items():
        scores.held.setdefault(name, {}).setdefault(measure, []).append(sum(held[:number]) / whole)


def context_report(every: Sequence[ContextScores]) -> str:
    """A table for each set, and a line for each size and arrangement: the share, and what it gains over `best first`.

    The gain is of the same questions and the same size, with its 95 % interval by bootstrap; nothing where there is
    none.
    """
    measures = ["first", f"first {SOURCES}", f"first {READ}", *(f"{budget} characters" for budget in BUDGETS)]
    lines: list[str] = []
    for name in dict.fromkeys(scores.set_name for scores in every):
        of_set = [scores for scores in every if scores.set_name == name]
        questions = len(of_set[0].held[PLAIN][measures[0]])
        lines += [
            f"{name}, {questions} questions: share of the answer held, and its gain over {PLAIN} (95 %)",
            f"| passages at most (median), passages | read | {' | '.join(measures)} |",
            f"|---|---|{'--:|' * len(measures)}",
        ]
        for scores in of_set:
            size = f"{scores.sizes.most} ({scores.median_length}), {scores.passages}"
            for arrangement, held in scores.held.items():
                cells = [_cell(held[measure], scores.held[PLAIN][measure]) for measure in measures]
                lines.append(f"| {size} | {arrangement} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(values: Sequence[float], plain: Sequence[float]) -> str:
    share = f"{sum(values) / len(values):.3f}"
    if list(values) == list(plain):
        return share
    gain = mean_interval([one - other for one, other in zip(values, plain, strict=True)])
    return f"{share} ({gain.low:+.3f} to {gain.high:+.3f})"
