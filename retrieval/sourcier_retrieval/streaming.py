"""Streams a chat model's text with a time limit on each wait, and its failures as ours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

import httpx
import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from sourcier_core.errors import ChatModelError, ChatModelInterrupted, ChatModelTimedOut, ChatModelUnavailable


async def stream_text(model: BaseChatModel, messages: Sequence[BaseMessage], *, timeout_s: float) -> AsyncIterator[str]:
    """The model's text piece by piece. `timeout_s` bounds the wait for the first piece and between two pieces.

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
            except (TimeoutError, openai.APITimeoutError, httpx.TimeoutException) as error:
                raise ChatModelTimedOut from error
            except (openai.APIConnectionError, httpx.TransportError) as error:
                raise (ChatModelInterrupted if begun else ChatModelUnavailable) from error
            except openai.APIStatusError as error:
                raise ChatModelError(
                    f"The language model's server answered with status {error.status_code}."
                ) from error
            except Exception as error:  # any chat library may stand behind the port
                raise (ChatModelInterrupted if begun else ChatModelError) from error
            text = piece.text if isinstance(piece.text, str) else str(piece.text())
            if text:
                begun = True
                yield text
