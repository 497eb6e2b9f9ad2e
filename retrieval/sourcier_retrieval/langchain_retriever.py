"""LangChain's retriever over Sourcier: each document is an exact passage, with what is needed to trace it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import httpx
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import EVERYTHING, PassageHit, SearchFilter
from sourcier_core.errors import EngineUnavailable, error_by_code
from sourcier_retrieval.search import PassageSearch, SearchMode

DEFAULT_LIMIT = 6
_TIMEOUT_S = 60.0


class _InProcess:
    """Asks a search of this process, each time with the scope of the moment."""

    def __init__(self, search: PassageSearch, scope: Callable[[], AccessScope], limit: int, mode: SearchMode) -> None:
        self._search = search
        self._scope = scope
        self._limit = limit
        self._mode = mode

    def find(self, question: str) -> list[Document]:
        hits = self._search.search(question, scope=self._scope(), limit=self._limit, mode=self._mode)
        return [hit_document(hit) for hit in hits]

    def close(self) -> None:
        """Nothing to release."""


class _OverHttp:
    """Asks `POST /api/search` of a running application."""

    def __init__(self, address: str, token: str | None, body: Mapping[str, Any]) -> None:
        headers = {} if token is None else {"X-Sourcier-Token": token}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        self._body = body

    def find(self, question: str) -> list[Document]:
        try:
            response = self._http.post("/api/search", json={**self._body, "question": question})
            content = response.json()
            if response.is_error:
                error = content["error"]
                raise error_by_code(error["code"], error["message"], error["details"])
            return [_hit_document(hit) for hit in content["hits"]]
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"The application does not answer: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise EngineUnavailable("What answers at this address is not Sourcier.") from error

    def close(self) -> None:
        self._http.close()


class SourcierRetriever(BaseRetriever):
    """Passages for a question as LangChain documents; made by `in_process` or `over_http`.

    `page_content` is the passage's exact text. `metadata` names its title, path, corpus, document_id, version_id,
    passage_id, start and end (offsets in the version's canonical text), first_page, last_page, language, valid_from
    (ISO 8601) and score (orders one list only). Nothing that the scope may not read is ever given.
    """

    source: _InProcess | _OverHttp

    @classmethod
    def in_process(
        cls,
        search: PassageSearch,
        scope: Callable[[], AccessScope],
        *,
        limit: int = DEFAULT_LIMIT,
        mode: SearchMode = SearchMode.HYBRID,
    ) -> Self:
        """A retriever over engines of this process.

        Args:
            search: finds the passages.
            scope: asked at every question; says who asks, what they may read, at which date, and narrowed to what.
            limit: how many passages at most.
            mode: which engine lists are used.
        """
        return cls(source=_InProcess(search, scope, limit, mode))

    @classmethod
    def over_http(
        cls,
        address: str,
        *,
        token: str | None = None,
        corpora: Sequence[str] | None = None,
        as_of: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
        mode: SearchMode = SearchMode.HYBRID,
        only: SearchFilter = EVERYTHING,
    ) -> Self:
        """A retriever over a running application. Close it, or use it in a `with` block.

        Asking raises the SourcierError the application answers with, or EngineUnavailable when it does not answer.

        Args:
            address: as in http://127.0.0.1:8000.
            token: says who asks; the application decides what they may read.
            corpora: the corpora to search; None means all readable ones.
            as_of: the date to read at, timezone-aware; None means now.
            limit: how many passages at most.
            mode: which engine lists are used.
            only: languages, media types and a path prefix to narrow the search to.
        """
        body = {
            "corpora": None if corpora is None else list(corpora),
            "as_of": None if as_of is None else as_of.isoformat(),
            "limit": limit,
            "mode": mode.value,
            "only": {
                "languages": sorted(only.languages),
                "media_types": sorted(only.media_types),
                "path_prefix": only.path_prefix,
            },
        }
        return cls(source=_OverHttp(address, token, body))

    def close(self) -> None:
        """Close connections."""
        self.source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return self.source.find(query)


def hit_document(hit: PassageHit) -> Document:
    """A found passage as a LangChain document."""
    passage, document = hit.passage, hit.document
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "title": document.title,
            "path": document.path,
            "corpus": document.corpus_id,
            "document_id": document.document_id,
            "version_id": passage.version_id,
            "passage_id": passage.id,
            "start": passage.start,
            "end": passage.end,
            "first_page": passage.first_page,
            "last_page": passage.last_page,
            "language": passage.language,
            "valid_from": document.valid_from.isoformat(),
            "score": hit.score,
        },
    )


_SAME_NAMES = (
    *("title", "path", "document_id", "version_id", "passage_id"),
    *("start", "end", "first_page", "last_page", "language", "score"),
)


def _hit_document(hit: Mapping[str, Any]) -> Document:
    metadata = {name: hit[name] for name in _SAME_NAMES}
    metadata |= {
        "corpus": hit["corpus_id"],
        "valid_from": datetime.fromisoformat(hit["valid_from"]).isoformat(),
    }
    return Document(id=hit["passage_id"], page_content=hit["text"], metadata=metadata)
