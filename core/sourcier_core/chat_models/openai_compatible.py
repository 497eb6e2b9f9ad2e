"""Any server with an OpenAI-compatible address: vLLM, llama.cpp, Ollama…"""

import os

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

_TRACING_SWITCHES = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING")


def switch_tracing_off() -> None:
    """Nothing about a question may leave the site: LangChain's tracing stays off whatever the environment says."""
    for name in _TRACING_SWITCHES:
        os.environ[name] = "false"


def open_chat_model(
    *, url: str, model: str, api_key: SecretStr | None, timeout_s: float, max_tokens: int, temperature: float
) -> BaseChatModel:
    """A streaming chat model behind `url` (ending in /v1). Nothing is contacted before the first question.

    Proxies of the environment are not used: a local server is meant.
    """
    switch_tracing_off()
    return ChatOpenAI(
        base_url=url,
        model=model,
        api_key=api_key or SecretStr("none"),
        timeout=httpx.Timeout(timeout_s),
        max_retries=0,
        max_completion_tokens=None,
        temperature=temperature,
        streaming=True,
        # The name every server knows; newer ones accept it too.
        extra_body={"max_tokens": max_tokens},
        http_client=httpx.Client(trust_env=False),
        http_async_client=httpx.AsyncClient(trust_env=False),
    )
