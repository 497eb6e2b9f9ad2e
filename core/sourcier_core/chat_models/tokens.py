"""Counts tokens for the prompt's budget: with the model's own tokenizer, else by a careful guess."""

import logging
from collections.abc import Callable

import httpx
from pydantic import SecretStr

logger = logging.getLogger(__name__)

TokenCounter = Callable[[str], int]

_PATIENCE_S = 5.0


def estimate_tokens(text: str) -> int:
    """A cautious count for a model whose tokenizer is not at hand: a token per three characters."""
    return len(text) // 3 + 1


class ServerTokenCounter:
    """Counts with the tokenizer of an OpenAI-compatible server (llama.cpp and vLLM have `/tokenize`).

    A server without it, or one that does not answer, is asked once; from then on tokens are estimated.
    """

    def __init__(self, url: str, model: str, api_key: SecretStr | None = None) -> None:
        """`url` is the server's base address, ending in /v1."""
        self._address = url.rstrip("/").removesuffix("/v1") + "/tokenize"
        self._model = model
        headers = {} if api_key is None else {"Authorization": f"Bearer {api_key.get_secret_value()}"}
        self._client = httpx.Client(trust_env=False, timeout=_PATIENCE_S, headers=headers)
        self._usable = True

    def __call__(self, text: str) -> int:
        """The number of tokens of `text`."""
        if self._usable:
            try:
                # llama.cpp reads `content`, vLLM `model` and `prompt`; both ignore the rest.
                answer = self._client.post(
                    self._address, json={"content": text, "model": self._model, "prompt": text}
                ).raise_for_status()
                return len(answer.json()["tokens"])
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                logger.info("tokens are estimated: the model's server has no tokenizer (%s)", type(error).__name__)
                self._usable = False
        return estimate_tokens(text)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
