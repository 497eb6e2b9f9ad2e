"""Streams a chat model's text with a time limit on each wait, and its failures as ours."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, cast

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from sourcier_core.errors import (
    ChatModelError,
    ChatModelInterrupted,
    ChatModelTimedOut,
    ChatModelUnavailable,
    SourcierError,
)


async def stream_text(
    model: BaseChatModel, messages: Sequence[BaseMessage], *, timeout_s: float
) -> AsyncGenerator[str, None]:
    """The model's text piece by piece. `timeout_s` bounds the wait for the first piece and between two pieces.

    Closing this generator (`aclose`) closes the model's stream, which stops the generation on the server.

    Raises:
        ChatModelTimedOut: a wait was too long.
        ChatModelUnavailable: the server could not be reached.
        ChatModelInterrupted: the server went away in the middle.
        ChatModelError: any other failure of the model.
    """
    begun = False
    async with aclosing(cast(Any, model.astream(list(messages)))) as stream:
        while True:
            try:
                piece = await asyncio.wait_for(anext(stream), timeout_s)
            except StopAsyncIteration:
                return
            except SourcierError:
                raise
            except Exception as error:  # any chat library may stand behind the port
                raise _translate(error, begun) from error
            text = str(piece.text)
            if text:
                begun = True
                yield text


def _translate(error: Exception, begun: bool) -> ChatModelError:
    import openai  # noqa: PLC0415 - takes most of a second, and only failures need it

    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx.TimeoutException):
        return ChatModelTimedOut()
    if isinstance(error, openai.APIStatusError):
        return ChatModelError(f"The language model's server answered with status {error.status_code}.")
    if begun:
        return ChatModelInterrupted()
    if isinstance(error, openai.APIConnectionError | httpx.TransportError):
        return ChatModelUnavailable()
    return ChatModelError(f"The language model failed ({type(error).__name__}).")


async def short_text(
    model: BaseChatModel, messages: Sequence[BaseMessage], *, within_s: float, most_characters: int, most_lines: int
) -> str:
    """The model's whole text, for a task beside the answer. `within_s` bounds all of it, not each wait.

    A text longer than `most_characters`, or with more than `most_lines` that are not blank, is broken off there, and
    the generation with it.

    Raises:
        ChatModelTimedOut: the text was not whole in time.
        ChatModelError: as `stream_text`.
    """
    text = ""
    try:
        async with (
            asyncio.timeout(within_s),
            aclosing(stream_text(model, messages, timeout_s=within_s)) as pieces,
        ):
            async for piece in pieces:
                text += piece
                if len(text) > most_characters or sum(map(bool, text.split("\n"))) > most_lines:
                    break
    except TimeoutError as error:
        raise ChatModelTimedOut from error
    return text
