"""How well follow-ups find their documents: as they are, with the rule's words, as people and a model rewrite them."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from langchain_core.language_models import BaseChatModel

from sourcier_core.domain.answers import Language
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.intervals import Interval, mean_interval
from sourcier_evaluation.metrics import normalised_gain, recall_at
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.retrieval_command import (
    Progress,
    choose_questions,
    evaluation_scope,
    fill_index,
    open_index,
    ranked_documents,
)
from sourcier_evaluation.sets import EvaluationQuestion, EvaluationSet, read_records
from sourcier_retrieval.follow_up import points_back, standalone_question
from sourcier_retrieval.prompting import load_template
from sourcier_retrieval.rewriting import fault_of
from sourcier_retrieval.search import PassageSearch
from sourcier_retrieval.understanding import QuestionReader

LAST_TURN, RULE, HUMAN, MODEL = "last turn alone", "words by the rule", "human rewrite", "model rewrite, else the rule"
_PASSAGES = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """A question with what was asked before it, oldest first, and how a person put it to stand alone, if one did."""

    question: EvaluationQuestion
    earlier: tuple[str, ...]
    human: str | None

    @property
    def language(self) -> Language:
        """What it is asked in."""
        return Language.ENGLISH if self.question.language == "en" else Language.FRENCH


@dataclass(kw_only=True, slots=True)
class FollowUpScores:
    """Recall@10 and nDCG@10 of each question under each way to search it; a way may lack questions."""

    set_name: str
    follow_ups: list[FollowUp]
    recall: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    gain: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    wordings: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    reasons: Counter[str] = field(default_factory=Counter[str])
    """Of the model's rewrites: `taken`, `not asked`, or why one was not taken."""
    human_reasons: Counter[str] = field(default_factory=Counter[str])
    """What the check of rewrites says to those of people, where the rule thinks a rewrite is needed."""

    def word(self, way: str, one: FollowUp, text: str | None) -> None:
        """Note a wording; None: there is none."""
        if text is not None:
            self.wordings.setdefault(way, {})[one.question.id] = text


def read_follow_ups(folder: Path, data: EvaluationSet) -> list[FollowUp]:
    """The judged questions of a set with `history`, and human rewrites from its `query_rewriting.jsonl` if it has one.

    Raises:
        InvalidRequest: a line makes no sense, or no question of the set has a history.
    """
    human: dict[str, str] = {}
    for where, fields in read_records(folder, "query_rewriting", required=False):
        key, written = fields.get("id"), fields.get("human_rewrite")
        if not isinstance(key, str) or not isinstance(written, str):
            raise InvalidRequest(f"{where} has no text 'id' or 'human_rewrite'.")
        human[key] = written
    found = [
        FollowUp(question=one, earlier=_earlier(one), human=human.get(one.id) or human.get(one.id.partition(":")[2]))
        for one in data.judged_questions()
    ]
    if not any(one.earlier for one in found):
        raise InvalidRequest(f"No judged question of {data.name} has a `history`: there is no follow-up to measure.")
    return found


def _earlier(question: EvaluationQuestion) -> tuple[str, ...]:
    history = question.fields.get("history")
    turns = cast(Sequence[Any], history) if isinstance(history, list) else ()
    return tuple(str(turn["text"]) for turn in turns if isinstance(turn, dict) and turn.get("role") == "user")


async def word_follow_ups(
    data: EvaluationSet,
    follow_ups: Sequence[FollowUp],
    *,
    model: BaseChatModel | None,
    within_s: float,
    limit: int | None,
    progress: Progress,
) -> FollowUpScores:
    """Put `limit` of the questions (None: all) in each way. `model` None leaves the model's rewrites out."""
    wanted = {one.id for one in choose_questions([one.question for one in follow_ups], limit)}
    scores = FollowUpScores(set_name=data.name, follow_ups=[one for one in follow_ups if one.question.id in wanted])
    reader = QuestionReader(model, within_s=within_s)
    for done, one in enumerate(scores.follow_ups, start=1):
        question = one.question.text
        scores.word(LAST_TURN, one, question)
        scores.word(RULE, one, standalone_question(question, one.earlier, one.language))
        scores.word(HUMAN, one, one.human)
        if model is not None:
            found = await reader.understand(question, one.earlier, one.language)
            scores.word(MODEL, one, found.searched)
            told = found.evidence.get("follow_up", {})
            scores.reasons["taken" if told.get("by") == "model" else told.get("reason") or "not asked"] += 1
        if one.human is not None and one.earlier and points_back(question, one.language):
            template = load_template(one.language, "follow_up")
            scores.human_reasons[fault_of(one.human, question, one.earlier, one.language, template) or "taken"] += 1
        progress("wording", done, len(scores.follow_ups))
    return scores


def search_follow_ups(
    data: EvaluationSet, scores: FollowUpScores, embedder: Embedder, *, engine: str, progress: Progress
) -> None:
    """Index the set, search each wording, and add what was found to `scores`."""
    passages = EvaluationPassages(data.documents)
    with ExitStack() as stack:
        index = open_index(engine, embedder, stack)
        fill_index(index, passages, embedder, Bm25Encoder(), progress)
        spaces = VectorSpaces(VectorSpace(embedder=embedder, index=index))
        search = PassageSearch(spaces=spaces, sparse_encoder=Bm25Encoder(), reader=passages)
        scope = evaluation_scope()
        for way, wordings in scores.wordings.items():
            for done, (question, text) in enumerate(wordings.items(), start=1):
                ranking = ranked_documents(search.search(text, scope=scope, limit=_PASSAGES))
                relevant = data.judgements[question]
                scores.recall.setdefault(way, {})[question] = recall_at(ranking, relevant, 10)
                scores.gain.setdefault(way, {})[question] = normalised_gain(ranking, relevant)
                progress(way, done, len(wordings))


def follow_ups_report(scores: FollowUpScores) -> str:
    """Markdown tables: all questions, those with a history, those that a person rewrote; 95 % intervals in brackets."""
    with_history = [one.question.id for one in scores.follow_ups if one.earlier]
    rewritten = [one.question.id for one in scores.follow_ups if one.human is not None]
    every = [one.question.id for one in scores.follow_ups]
    parts = [
        _table(f"{scores.set_name}: all {len(every)} questions", scores, every),
        _table(f"the {len(with_history)} with earlier questions", scores, with_history),
        _table(f"the {len(rewritten)} that a person rewrote", scores, rewritten),
        _counts("the check of rewrites says to those of people", scores.human_reasons),
        _counts("the model's rewrites", scores.reasons),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(title: str, scores: FollowUpScores, questions: Sequence[str]) -> str:
    lines: list[str] = []
    for way, recall in scores.recall.items():
        if questions and all(question in recall for question in questions):
            gain = scores.gain[way]
            better = mean_interval([gain[one] - scores.gain[LAST_TURN][one] for one in questions])
            cells = [_cell(mean_interval([values[one] for one in questions])) for values in (recall, gain)]
            lines.append(f"| {way} | {' | '.join(cells)} | {'' if way == LAST_TURN else _cell(better, signed=True)} |")
    if not lines:
        return ""
    head = ["| searched as | recall@10 | nDCG@10 | nDCG@10 over the last turn |", "|---|--:|--:|--:|"]
    return "\n".join([f"{title}", "", *head, *lines])


def _cell(found: Interval, *, signed: bool = False) -> str:
    form = "+.3f" if signed else ".3f"
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def _counts(title: str, counts: Counter[str]) -> str:
    said = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
    return f"{title}: {said}" if said else ""
