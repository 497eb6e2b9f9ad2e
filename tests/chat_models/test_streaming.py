"""How servers fail, and what we call it; settings that open chat models; no tracing."""

import asyncio
import json
import os

import pytest
from langchain_core.messages import HumanMessage
from model_servers import chat_model_at, event_stream_head, server_that, token_chunk

from sourcier_core.chat_models.openai_compatible import CLAIMS_SCHEMA
from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.chat_models.streaming import short_text, stream_text
from sourcier_core.chat_models.tokens import ServerTokenCounter, estimate_tokens
from sourcier_core.errors import (
    ChatModelError,
    ChatModelInterrupted,
    ChatModelTimedOut,
    ChatModelUnavailable,
    ConfigurationError,
    SourcierError,
)
from sourcier_core.settings import Settings

ASK = [HumanMessage("Durée du préavis ?")]


async def _collect(url: str, timeout_s: float = 0.4) -> tuple[str, SourcierError | None]:
    text = ""
    async with chat_model_at(url, timeout_s=5) as model:
        try:
            async for piece in stream_text(model, ASK, timeout_s=timeout_s):
                text += piece
        except SourcierError as error:
            return text, error
    return text, None


async def test_a_silent_server_times_out_before_the_first_token() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server_that(hang) as url:
        text, error = await _collect(url)
    assert (text, type(error)) == ("", ChatModelTimedOut)


async def test_a_server_that_falls_silent_times_out_between_tokens() -> None:
    async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event_stream_head() + token_chunk("Trois"))
        await writer.drain()
        await reader.read()

    async with server_that(fall_silent) as url:
        text, error = await _collect(url)
    assert (text, type(error)) == ("Trois", ChatModelTimedOut)


async def test_slow_but_steady_is_no_time_out() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event_stream_head())
        for _ in range(8):
            writer.write(token_chunk("x"))
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    async with server_that(trickle) as url:
        assert await _collect(url, timeout_s=0.6) == ("x" * 8, None)


@pytest.mark.parametrize("structured", [True, False])
async def test_the_request_carries_the_schema_where_it_is_asked_for(structured: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event_stream_head() + token_chunk("x") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    received: list[bytes] = []
    async with server_that(answer, received) as url, chat_model_at(url, structured=structured) as model:
        assert [piece async for piece in stream_text(model, [HumanMessage("?")], timeout_s=5)] == ["x"]
    body = json.loads(received[0])
    assert body["max_tokens"] == 400
    expected = {"name": "claims", "schema": CLAIMS_SCHEMA, "strict": True}
    assert body.get("response_format") == ({"type": "json_schema", "json_schema": expected} if structured else None)


async def test_a_short_text_is_whole_in_its_time_or_timed_out_however_steady() -> None:
    steady = ScriptedChatModel(pieces=["mot "] * 20, pause_s=0.05)
    with pytest.raises(ChatModelTimedOut):
        await short_text(steady, ASK, within_s=0.3, most_characters=1000, most_lines=3)
    assert await short_text(steady, ASK, within_s=10, most_characters=1000, most_lines=3) == "mot " * 20
    assert await short_text(steady, ASK, within_s=10, most_characters=10, most_lines=3) == "mot " * 3
    lines = ScriptedChatModel(pieces=["\n", "un\n", "\n", "deux\n", "trois\n"] * 20)
    assert await short_text(lines, ASK, within_s=10, most_characters=1000, most_lines=1) == "\nun\n\ndeux\n"


async def test_short_texts_beside_the_answer_are_asked_for_without_its_schema() -> None:
    received: list[bytes] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event_stream_head() + token_chunk("oui") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    async with server_that(answer, received) as url:
        backend = open_chat_backend(
            Settings(chat_backend="openai", chat_url=url, chat_model="any", chat_structured=True, chat_temperature=0.7)
        )
        assert backend.model is not None
        assert backend.question_model is not None
        await short_text(backend.question_model, ASK, within_s=5, most_characters=100, most_lines=1)
        await backend.aclose()
    body = json.loads(received[0])
    assert "response_format" not in body
    assert (body["temperature"], body["max_tokens"]) == (0.0, 200)


async def test_a_connection_cut_in_the_middle_is_an_interruption() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event_stream_head() + token_chunk("Trois") + token_chunk(" mois"))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()

    async with server_that(cut) as url:
        text, error = await _collect(url, timeout_s=5)
    assert (text, type(error)) == ("Trois mois", ChatModelInterrupted)


async def test_nobody_listening_is_unavailable() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...

    async with server_that(never) as url:
        pass
    text, error = await _collect(url, timeout_s=5)
    assert (text, type(error)) == ("", ChatModelUnavailable)
    assert error is not None
    assert error.retryable


async def test_an_error_status_is_told_without_the_servers_words() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = b'{"error":{"message":"secret path /srv/model"}}'
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with server_that(refuse) as url:
        _, error = await _collect(url, timeout_s=5)
    assert type(error) is ChatModelError
    assert error.message.endswith("status 500.")
    assert "secret" not in str(error)


async def test_any_library_s_failure_becomes_ours() -> None:
    with pytest.raises(ChatModelError) as caught:
        _ = [piece async for piece in stream_text(ScriptedChatModel(pieces=[], error=KeyError("x")), ASK, timeout_s=5)]
    assert caught.value.code == "chat_model_failed"
    broken_later = ScriptedChatModel(pieces=["a"], error=KeyError("x"))
    with pytest.raises(ChatModelInterrupted):
        _ = [piece async for piece in stream_text(broken_later, ASK, timeout_s=5)]


async def test_tokens_are_estimated_when_the_server_has_no_tokenizer() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with server_that(refuse) as url:
        counter = ServerTokenCounter(url, "any")
        assert await asyncio.to_thread(counter, "bonjour tout le monde") == estimate_tokens("bonjour tout le monde")
    # The server is gone, and is not asked again.
    assert counter("bonjour") == estimate_tokens("bonjour")
    counter.close()


async def test_quotes_need_no_model() -> None:
    backend = open_chat_backend(Settings(chat_backend="quotes"))
    assert backend.model is None
    await backend.aclose()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(chat_backend="openai", chat_model="m"),
        Settings(chat_backend="openai", chat_url="http://127.0.0.1:1/v1"),
        Settings(chat_backend="gguf"),
        Settings(chat_backend="gguf", chat_model="/nowhere/model.gguf"),
        Settings(chat_backend="transformers", chat_model="/nowhere"),
    ],
)
def test_incomplete_settings_are_refused(settings: Settings) -> None:
    with pytest.raises(ConfigurationError):
        open_chat_backend(settings)


async def test_tracing_stays_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    backend = open_chat_backend(
        Settings(chat_backend="openai", chat_model="m", chat_url="http://127.0.0.1:1/v1", chat_api_key="secret")
    )
    assert os.environ["LANGSMITH_TRACING"] == os.environ["LANGCHAIN_TRACING_V2"] == "false"
    assert "secret" not in str(backend.identity)
    await backend.aclose()
