"""A reranking server of one's own: text-embeddings-inference, or vLLM and others with Jina's address."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from sourcier_core.display import encodable
from sourcier_core.errors import RerankingFailed
from sourcier_core.reranking.scores import finite_scores

_LARGEST_ANSWER = 1 << 20
"""Bytes: servers that give the texts back stay well below it."""


class ServerReranker:
    """`Reranker` behind a URL that ends in `/rerank`; its order counts alone. Thread-safe.

    One request suits both kinds of server, as each leaves fields alone that it does not know:
    text-embeddings-inference reads `texts` and answers a list of `{index, score}`; vLLM, llama.cpp and others read
    `documents` and answer `{results: [{index, relevance_score}]}`. Redirections are not followed: the texts go to the
    address that was set and nowhere else.
    """

    weight = 1.0

    def __init__(self, url: str, *, model: str | None, api_key: SecretStr | None) -> None:
        """`url` is the whole address; `model` the name the server knows it by."""
        self._url = url
        self._model = model
        headers = {} if api_key is None else {"Authorization": f"Bearer {api_key.get_secret_value()}"}
        self._client = httpx.Client(trust_env=False, headers=headers)

    @property
    def name(self) -> str:
        """The model's name and the server's address."""
        return f"{self._model} at {self._url}" if self._model else self._url

    def score(self, query: str, texts: Sequence[str], *, timeout_s: float) -> NDArray[np.float32]:
        """See Reranker: all texts, or RerankingFailed when the server is slower than `timeout_s`."""
        if not texts:
            return np.empty(0, np.float32)
        sent = [encodable(text) for text in texts]
        body: dict[str, Any] = {"query": encodable(query), "texts": sent, "documents": sent}
        body |= {"truncate": True, "raw_scores": True}
        if self._model is not None:
            body["model"] = self._model
        try:
            answer = json.loads(self._post(body, timeout_s))
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            raise RerankingFailed(f"The reranking server at {self._url} failed: {reason}") from error
        return finite_scores(_read_scores(answer, len(texts), self._url), self._url)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, body: Mapping[str, Any], timeout_s: float) -> bytes:
        """The answer's bytes. httpx limits each read only, so the whole is timed here."""
        deadline = time.monotonic() + timeout_s
        answer = bytearray()
        with self._client.stream("POST", self._url, json=body, timeout=timeout_s) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                answer += chunk
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"no whole answer within {timeout_s:g} s")
                if len(answer) > _LARGEST_ANSWER:
                    raise ValueError(f"the answer is larger than {_LARGEST_ANSWER} bytes")
        return bytes(answer)


def _read_scores(answer: object, count: int, url: str) -> list[float]:
    entries = cast("Mapping[str, object]", answer).get("results") if isinstance(answer, dict) else answer
    scores: dict[int, float] = {}
    try:
        for entry in cast("Sequence[Mapping[str, Any]]", entries):
            index = entry["index"]
            if type(index) is not int or not 0 <= index < count or index in scores:
                raise ValueError("a text has two scores, or was never sent")
            scores[index] = float(entry["score"] if "score" in entry else entry["relevance_score"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RerankingFailed(
            f"The reranking server at {url} gave an answer that cannot be read ({type(error).__name__}: {error})."
        ) from error
    if len(scores) < count:
        raise RerankingFailed(f"The reranking server at {url} scored {len(scores)} of {count} texts.")
    return [scores[index] for index in range(count)]
