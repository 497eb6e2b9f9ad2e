"""What the configured language model answers and refuses, asked as the product asks it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sourcier_core.chat_models.opening import ChatBackend
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, AnswerState, Claim, Language, Verdict
from sourcier_core.errors import ChatModelError
from sourcier_core.ports import PassageReader
from sourcier_evaluation.retrieval_command import Progress, evaluation_scope
from sourcier_evaluation.sets import EvaluationQuestion, EvaluationSet
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.entailing import EntailmentJudge
from sourcier_retrieval.events import AnswerDone
from sourcier_retrieval.search import PassageSearch

REFUSED_BY: Mapping[str, str] = {
    "no_passages": "search",
    "evidence_too_weak": "estimate",
    "model_refused": "model",
    "no_supported_claim": "check of claims",
}
"""Who refuses, by the answer's reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenAnswer:
    """What became of one question; `refused_by` is one of REFUSED_BY, None for an answer.

    `shown` are the claims that were given, `from_relevant` those of them with a citation into a relevant document;
    `withheld` those that the sources do not support. `failed` is the code of the model's failure.
    """

    id: str
    has_answer: bool
    refused_by: str | None = None
    shown: int = 0
    from_relevant: int = 0
    withheld: int = 0
    seconds: float = 0.0
    failed: str | None = None


class AnswerWriter:
    """A language model with everything an answer needs. Close once."""

    def __init__(self, chat: ChatBackend, options: AnswerOptions, *, judge: EntailmentJudge | None, limit: int) -> None:
        """`limit`: at most so many questions of each kind and set are to be asked."""
        self.limit = limit
        self._chat = chat
        self._options = options
        self._judge = judge
        self._runner = asyncio.Runner()  # one loop: the model's connections outlive a set

    @property
    def name(self) -> str:
        """The model's, and the entailment model's where there is one."""
        model = str(self._chat.identity.get("model", "a model"))
        return model if self._judge is None else f"{model}, {self._judge.name}"

    def close(self) -> None:
        """Close connections and stop a local server."""
        self._runner.run(self._chat.aclose())
        self._runner.close()

    def write(
        self,
        questions: Sequence[tuple[EvaluationQuestion, bool]],
        data: EvaluationSet,
        *,
        search: PassageSearch,
        reader: PassageReader,
        progress: Progress,
    ) -> list[WrittenAnswer]:
        """Ask each question, of which it is told whether the set has an answer; a model that fails ends nothing."""
        service = AnswerService(
            search=search,
            reader=reader,
            recorder=InMemoryAnswers(),
            chat_model=self._chat.model,
            options=self._options,
            count_tokens=self._chat.count_tokens,
            judge=self._judge,
        )
        written: list[WrittenAnswer] = []
        for done, (question, has_answer) in enumerate(questions, start=1):
            relevant = data.judgements.get(question.id, {})
            written.append(self._runner.run(_write(service, question, has_answer, relevant)))
            progress("writing", done, len(questions))
        return written


async def _write(
    service: AnswerService, question: EvaluationQuestion, has_answer: bool, relevant: Mapping[str, int]
) -> WrittenAnswer:
    language = Language.ENGLISH if question.language == "en" else Language.FRENCH
    started, answer = time.perf_counter(), None
    try:
        async for event in service.answer(question.text, scope=evaluation_scope(), language=language):
            if isinstance(event, AnswerDone):
                answer = event.answer
    except ChatModelError as error:
        return WrittenAnswer(id=question.id, has_answer=has_answer, failed=error.code)
    if answer is None:
        return WrittenAnswer(id=question.id, has_answer=has_answer, failed=ChatModelError.code)
    shown = [claim for claim in answer.claims if claim.verdict is not Verdict.UNSUPPORTED]
    refused = answer.state is AnswerState.REFUSED
    return WrittenAnswer(
        id=question.id,
        has_answer=has_answer,
        refused_by=REFUSED_BY.get(answer.refusal_reason or "", "model") if refused else None,
        shown=0 if refused else len(shown),
        from_relevant=0 if refused else sum(_cites(claim, answer, relevant) for claim in shown),
        withheld=len(answer.claims) - len(shown),
        seconds=time.perf_counter() - started,
    )


def _cites(claim: Claim, answer: Answer, relevant: Mapping[str, int]) -> bool:
    paths = {source.number: source.hit.document.path for source in answer.sources}
    return any(
        citation.source_number is not None and paths[citation.source_number] in relevant
        for citation in claim.citations
        if citation.verdict is Verdict.SUPPORTED
    )


def written_report(
    name: str, written: Sequence[WrittenAnswer], scores: Mapping[str, float], threshold: float
) -> dict[str, Any]:
    """The part of the report: who refuses what, and beside it the estimate alone on the same questions.

    Args:
        name: the model's.
        written: what became of each question; failures are counted and left out of every share.
        scores: the product's estimate for each question by its id.
        threshold: below it the estimate refuses.
    """
    answered = [one for one in written if one.failed is None]
    kinds = {True: [one for one in answered if one.has_answer], False: [one for one in answered if not one.has_answer]}
    claims = sum(one.shown for one in kinds[True])
    return {
        "model": name,
        "with_answer": len(kinds[True]),
        "without_answer": len(kinds[False]),
        "failed": len(written) - len(answered),
        "false_refusals": _share(sum(one.refused_by is not None for one in kinds[True]), len(kinds[True])),
        "false_answers": _share(sum(one.refused_by is None for one in kinds[False]), len(kinds[False])),
        "estimate_alone": {
            "false_refusals": _share(sum(scores[one.id] < threshold for one in kinds[True]), len(kinds[True])),
            "false_answers": _share(sum(scores[one.id] >= threshold for one in kinds[False]), len(kinds[False])),
        },
        "refused_by": {
            by: {
                "with_answer": sum(one.refused_by == by for one in kinds[True]),
                "without_answer": sum(one.refused_by == by for one in kinds[False]),
            }
            for by in REFUSED_BY.values()
        },
        "claims": claims,
        "claims_from_relevant_document": _share(sum(one.from_relevant for one in kinds[True]), claims),
        "claims_withheld": sum(one.withheld for one in answered),
        "seconds": [round(one.seconds, 2) for one in answered],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
