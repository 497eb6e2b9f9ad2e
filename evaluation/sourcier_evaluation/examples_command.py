"""Asks the example questions and checks the promises: verbatim quotes, the right document, refusals."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import Answer, AnswerState
from sourcier_core.ports import PassageReader
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.events import AnswerDone

SOURCES_LOOKED_AT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One question and what came of it."""

    question: dict[str, Any]
    answer: Answer
    right_document: bool
    verbatim: bool

    @property
    def refused(self) -> bool:
        """Whether the answer is a refusal."""
        return self.answer.state is AnswerState.REFUSED


def read_questions(path: Path) -> list[dict[str, Any]]:
    """The questions of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


async def _answer(service: AnswerService, text: str, scope: AccessScope) -> Answer:
    async for event in service.answer(text, scope=scope):
        if isinstance(event, AnswerDone):
            return event.answer
    raise RuntimeError("an answer ended without its last event")


def _verbatim(answer: Answer, reader: PassageReader) -> bool:
    quotes = [source.quote for source in answer.sources]
    quotes += [citation.quote for claim in answer.claims for citation in claim.citations if citation.quote is not None]
    return all(quote.text == reader.read_text(quote.version_id, quote.start, quote.end) for quote in quotes)


def ask_all(
    questions: Sequence[dict[str, Any]], service: AnswerService, reader: PassageReader, scope: AccessScope
) -> list[Outcome]:
    """Ask every question, one after another."""

    async def run() -> list[Outcome]:
        outcomes: list[Outcome] = []
        for question in questions:
            answer = await _answer(service, question["text"], scope)
            paths = [source.hit.document.path for source in answer.sources[:SOURCES_LOOKED_AT]]
            right = any(expected in paths for expected in question["expected_documents"])
            outcomes.append(
                Outcome(question=question, answer=answer, right_document=right, verbatim=_verbatim(answer, reader))
            )
        return outcomes

    return asyncio.run(run())


def summarise(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The counts the acceptance looks at."""
    answerable = [outcome for outcome in outcomes if outcome.question["answerable"]]
    others = [outcome for outcome in outcomes if not outcome.question["answerable"]]
    return {
        "questions": len(outcomes),
        "all_quotes_verbatim": sum(outcome.verbatim for outcome in outcomes),
        "right_document_in_first_three": sum(outcome.right_document for outcome in answerable),
        "answerable_refused": sum(outcome.refused for outcome in answerable),
        "unanswerable_refused": sum(outcome.refused for outcome in others),
    }
