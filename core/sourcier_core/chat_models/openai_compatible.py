"""Any server with an OpenAI-compatible address: vLLM, llama.cpp, Ollama…"""

import os
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

_TRACING_SWITCHES = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING")


CLAIMS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "passages": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "passages"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}
"""What a structured answer looks like: sentences, each with the numbers of its passages; none is a refusal."""


def switch_tracing_off() -> None:
    """Nothing about a question may leave the site: LangChain's tracing stays off whatever the environment says."""
    for name in _TRACING_SWITCHES:
        os.environ[name] = "false"


def build_openai_model(
    *,
    url: str,
    model: str,
    api_key: SecretStr | None,
    timeout_s: float,
    max_tokens: int,
    temperature: float,
    client: httpx.AsyncClient,
    structured: bool = False,
) -> BaseChatModel:
    """A streaming chat model behind `url` (ending in /v1), over `client`. Nothing is contacted before a question.

    `structured`: the server is to keep to `CLAIMS_SCHEMA`, as vLLM and llama.cpp do.
    """
    named = {"name": "claims", "schema": CLAIMS_SCHEMA, "strict": True}
    schema = {"response_format": {"type": "json_schema", "json_schema": named}} if structured else {}
    switch_tracing_off()
    return ChatOpenAI(
        base_url=url,
        model=model,
        api_key=api_key or SecretStr("none"),
        timeout=httpx.Timeout(timeout_s),
        max_retries=0,
        temperature=temperature,
        streaming=True,
        # Servers older than OpenAI's renaming know `max_tokens` only; the newer ones take it too.
        extra_body={"max_tokens": max_tokens, **schema},
        http_async_client=client,
    )


def local_http_client(timeout_s: float) -> httpx.AsyncClient:
    """A client that ignores the environment's proxies: a server of one's own is meant."""
    return httpx.AsyncClient(trust_env=False, timeout=timeout_s)
