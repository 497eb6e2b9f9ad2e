"""What a chat model says, cut into claims that are checked as they come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from sourcier_core.chat_models.streaming import stream_text
from sourcier_core.display import displayable
from sourcier_core.domain.answers import Claim
from sourcier_core.ports import PassageReader
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.conflicts import find_conflicts
from sourcier_retrieval.courses import AnswerOptions, Course
from sourcier_retrieval.events import ClaimChecked, TokenArrived
from sourcier_retrieval.model_words import Screen, plain_words
from sourcier_retrieval.phrases import is_refusal
from sourcier_retrieval.prompting import Prompt
from sourcier_retrieval.structured_claims import PlainClaims, StructuredClaims


def compared(claim: Claim, course: Course, reader: PassageReader) -> Claim:
    """The claim with what other sources of its course say against it."""
    return replace(claim, conflicts=find_conflicts(claim, course.sources, reader=reader))


async def stream_claims(
    model: BaseChatModel,
    prompt: Prompt,
    checker: CitationChecker,
    course: Course,
    *,
    passages: PassageReader,
    options: AnswerOptions,
) -> AsyncGenerator[TokenArrived | ClaimChecked, None]:
    """Yield the model's text as it comes and each claim of it once checked; both are added to the course.

    Of a model that was asked for JSON (`options.structured`) only the words are yielded.

    Raises:
        ChatModelError: as `stream_text`.
    """

    async def checked(raw: RawClaim) -> ClaimChecked:
        number, plain = len(course.claims) + 1, replace(raw, text=plain_words(raw.text))
        claim = await asyncio.to_thread(lambda: compared(checker.check(plain, number), course, passages))
        claim = screen.screened(claim)
        course.claims.append(claim)
        return ClaimChecked(claim=claim)

    screen = Screen(prompt.template.system, course.sources, question=course.searched, language=course.language)
    reader, said = StructuredClaims() if options.structured else PlainClaims(), ""
    async with aclosing(stream_text(model, prompt.messages, timeout_s=options.timeout_s)) as pieces:
        async for piece in pieces:
            if not course.raw:
                course.lap("first_token")
            piece = displayable(piece)
            course.raw += piece
            said += piece
            step = reader.feed(piece)
            if step.text:
                yield TokenArrived(text=displayable(step.text))  # JSON spells characters out
            for raw in step.claims:
                yield await checked(raw)
    for raw in reader.finish().claims:
        if not is_refusal(said):
            yield await checked(raw)
