"""A real language model, served by llama.cpp in a supervised child, through the same path as any such server."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

import httpx
import psutil
import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from model_servers import chat_model_at
from pydantic_core import from_json

from sourcier_core.chat_models.gguf_server import GgufServer
from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.chat_models.streaming import stream_text
from sourcier_core.chat_models.tokens import ServerTokenCounter, estimate_tokens
from sourcier_core.errors import (
    ChatModelInterrupted,
    ChatModelTimedOut,
    ChatModelUnavailable,
    ConfigurationError,
)
from sourcier_core.settings import Settings

STORY = [HumanMessage("Write a very long story about a cat and a spring.")]


async def _is_generating(server: GgufServer) -> bool:
    async with httpx.AsyncClient() as client:
        slots = (await client.get(server.url.removesuffix("/v1") + "/slots")).json()
    return any(slot["is_processing"] for slot in slots)


async def test_streams_many_pieces(gguf_server: GgufServer) -> None:
    messages = [SystemMessage("You are brief."), HumanMessage("Say hello.")]
    async with chat_model_at(gguf_server.url, max_tokens=24) as model:
        pieces = [piece async for piece in stream_text(model, messages, timeout_s=30)]
    assert len(pieces) > 3
    assert "".join(pieces).strip()


async def test_the_server_keeps_to_the_schema_of_claims(gguf_server: GgufServer) -> None:
    messages = [HumanMessage("Passages: [1] Meals cost 10 euros. [2] Trains leave at noon. What do meals cost?")]
    async with chat_model_at(gguf_server.url, max_tokens=120, structured=True) as model:
        text = "".join([piece async for piece in stream_text(model, messages, timeout_s=60)])
    found = from_json(text, allow_partial="trailing-strings")
    assert list(found) == ["claims"], text
    assert found["claims"], "the test model says something"
    for claim in found["claims"][:-1]:
        assert set(claim) == {"text", "passages"}
        assert all(isinstance(number, int) for number in claim["passages"])


async def test_answer_length_is_limited(gguf_server: GgufServer) -> None:
    async with chat_model_at(gguf_server.url, max_tokens=12) as model:
        text = "".join([piece async for piece in stream_text(model, STORY, timeout_s=30)])
    counter = ServerTokenCounter(gguf_server.url, "any")
    assert 0 < counter(text) <= 14
    counter.close()


async def test_stopping_early_stops_the_generation(gguf_server: GgufServer) -> None:
    async with chat_model_at(gguf_server.url, max_tokens=1500) as model:
        async with aclosing(stream_text(model, STORY, timeout_s=30)) as stream:
            for _ in range(3):
                await anext(stream)
            assert await _is_generating(gguf_server)
        deadline = time.monotonic() + 5
        while await _is_generating(gguf_server):
            assert time.monotonic() < deadline, "the server goes on generating for nobody"
            await asyncio.sleep(0.05)


async def test_counts_with_the_models_own_tokenizer(gguf_server: GgufServer) -> None:
    counter = ServerTokenCounter(gguf_server.url, "any")
    assert counter("hello") == 1
    assert counter("Le préavis est de trois mois.") != estimate_tokens("Le préavis est de trois mois.")
    counter.close()


async def test_killed_in_the_middle_is_said_and_it_comes_back(small_model: Path) -> None:
    server = GgufServer(small_model, threads=1, context_tokens=1024)
    try:
        first = server.process_id
        assert first is not None
        async with chat_model_at(server.url, max_tokens=900) as model:
            stream = stream_text(model, STORY, timeout_s=30)
            await anext(stream)
            os.kill(first, signal.SIGKILL)
            with pytest.raises(ChatModelInterrupted):
                async for _ in stream:
                    pass
            with pytest.raises(ChatModelUnavailable):
                await anext(stream_text(model, STORY, timeout_s=30))
            deadline = time.monotonic() + 60
            while server.process_id in {first, None} or not server.wait_ready(0.1):
                assert time.monotonic() < deadline, "the server did not come back"
                await asyncio.sleep(0.1)
            async with aclosing(stream_text(model, STORY, timeout_s=30)) as again:
                assert await anext(again)
    finally:
        server.close()
    assert server.process_id is None


async def test_a_frozen_server_times_out(small_model: Path) -> None:
    server = GgufServer(small_model, threads=1, context_tokens=1024)
    try:
        child = server.process_id
        assert child is not None
        async with chat_model_at(server.url, max_tokens=900) as model:
            stream = stream_text(model, STORY, timeout_s=10)
            await anext(stream)
            os.kill(child, signal.SIGSTOP)
            stream_with_less_patience = stream_text(model, STORY, timeout_s=0.5)
            started = time.monotonic()
            with pytest.raises(ChatModelTimedOut):
                await anext(stream_with_less_patience)
            assert time.monotonic() - started < 5
            os.kill(child, signal.SIGCONT)
            await stream.aclose()
    finally:
        server.close()


def test_the_server_dies_with_its_parent(small_model: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from sourcier_core.chat_models.gguf_server import GgufServer\n"
        f"server = GgufServer(Path({str(small_model)!r}), threads=1, context_tokens=512)\n"
        "print(server.process_id, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=10)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        GgufServer(tmp_path / "missing.gguf", threads=1, context_tokens=512)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(ChatModelUnavailable):
        GgufServer(broken, threads=1, context_tokens=512)


async def test_settings_open_the_server_and_close_it(small_model: Path) -> None:
    backend = open_chat_backend(
        Settings(chat_backend="gguf", chat_model=str(small_model), chat_threads=1, chat_context_tokens=512)
    )
    assert backend.model is not None
    assert backend.server is not None
    assert backend.identity["model"] == small_model.name
    child = backend.server.process_id
    assert child is not None
    assert backend.count_tokens("hello") == 1
    await backend.aclose()
    assert not psutil.pid_exists(child)
