"""Opens a chat model at an address, and a tiny HTTP server that misbehaves on purpose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sourcier_core.chat_models.openai_compatible import build_openai_model, local_http_client


@asynccontextmanager
async def chat_model_at(
    url: str, *, timeout_s: float = 30.0, max_tokens: int = 400, structured: bool = False
) -> AsyncIterator[Any]:
    client = local_http_client(timeout_s)
    yield build_openai_model(
        url=url,
        model="any",
        api_key=None,
        timeout_s=timeout_s,
        max_tokens=max_tokens,
        temperature=0.0,
        client=client,
        structured=structured,
    )
    await client.aclose()


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server_that(handle: Handler, received: list[bytes] | None = None) -> AsyncIterator[str]:
    """A loopback HTTP server: `handle` gets the connection after the request has been read into `received`."""
    received = [] if received is None else received

    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length")
            )
            received.append(await reader.readexactly(length))
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for writer in connections:
            writer.transport.abort()
        await server.wait_closed()


def event_stream_head() -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def token_chunk(text: str) -> bytes:
    data = (
        'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m",'
        f'"choices":[{{"index":0,"delta":{{"role":"assistant","content":"{text}"}},"finish_reason":null}}]}}\n\n'
    ).encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
