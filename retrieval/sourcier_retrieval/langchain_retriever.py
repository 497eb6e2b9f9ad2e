"""Sourcier's search as a LangChain retriever: exact passages with all that is needed to open and check them."""

from collections.abc import Callable

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from sourcier_core.access import AccessScope
from sourcier_core.domain.search import PassageHit
from sourcier_retrieval.search import PassageSearch


class SourcierRetriever(BaseRetriever):
    """Finds passages that the caller may read, and no others.

    `scope_of_caller` is asked at every search: who may read what can change between two of them. It must give the
    scope of the person who asks, not that of the program.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: PassageSearch
    scope_of_caller: Callable[[], AccessScope]
    limit: int = 6
    """Passages at most."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.search.search(query, scope=self.scope_of_caller(), limit=self.limit)
        return [passage_document(hit) for hit in hits]


def passage_document(hit: PassageHit) -> Document:
    """The passage's exact text; the metadata say where it stands: characters [start, end) of that version's text."""
    passage, document = hit.passage, hit.document
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "passage_id": passage.id,
            "document_id": document.document_id,
            "version_id": document.version_id,
            "corpus": document.corpus_id,
            "path": document.path,
            "title": document.title,
            "heading_path": list(passage.heading_path),
            "language": passage.language,
            "start": passage.start,
            "end": passage.end,
            "first_page": passage.first_page,
            "last_page": passage.last_page,
            "media_type": document.media_type,
            "content_sha256": document.content_sha256,
            "valid_from": document.valid_from.isoformat(),
            "approved_by": document.approved_by,
            "score": hit.score,
        },
    )
