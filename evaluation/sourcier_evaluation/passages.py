"""Cuts the documents of a set into passages and reads them back, as the product does with stored documents."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sourcier_core.access import AccessScope
from sourcier_core.domain.documents import Passage
from sourcier_core.domain.identifiers import (
    DocumentId,
    PassageId,
    VersionId,
    document_id,
    passage_id,
    sha256_hex,
    version_id,
)
from sourcier_core.domain.neighbours import beside
from sourcier_core.domain.search import DocumentReference
from sourcier_core.errors import NotFound
from sourcier_evaluation.sets import EvaluationDocument

CORPUS = "evaluation"
SHORT_DOCUMENT = 1500
"""Characters up to which a document is one passage."""
LONGEST_PASSAGE = 1000

_CHUNKER = "evaluation-1"
_SENTENCE_END = re.compile(r"\n\s*|(?<=[.!?;:…»\"])\s+")
_VALID_FROM = datetime(2000, 1, 1, tzinfo=UTC)


def split_text(text: str, *, short: int = SHORT_DOCUMENT, longest: int = LONGEST_PASSAGE) -> list[tuple[int, int]]:
    """Spans [start, end) of at most `longest` characters that cover the text, cut at ends of lines and sentences.

    A text of at most `short` characters is one span; a sentence longer than `longest` is cut at a space.
    """
    if len(text) <= short:
        return [(0, len(text))]
    cuts = [match.end() for match in _SENTENCE_END.finditer(text)] + [len(text)]
    spans: list[tuple[int, int]] = []
    start = end = 0
    for cut in cuts:
        if cut - start > longest and end > start:
            spans.append((start, end))
            start = end
        while cut - start > longest:
            space = text.rfind(" ", start + 1, start + longest)
            end = space + 1 if space > start else start + longest
            spans.append((start, end))
            start = end
        end = cut
    if end > start:
        spans.append((start, end))
    return spans


class EvaluationPassages:
    """A `PassageReader` over the documents of a set; every document is published and readable.

    `cut` gives a text's passages as spans in order.
    """

    def __init__(
        self,
        documents: Sequence[EvaluationDocument],
        *,
        cut: Callable[[str], Sequence[tuple[int, int]]] = split_text,
    ) -> None:
        self._cut = cut
        self.passages: list[Passage] = []
        self._texts: dict[VersionId, str] = {}
        self._by_version: dict[VersionId, list[PassageId]] = {}
        self._found: dict[PassageId, tuple[Passage, DocumentReference]] = {}
        for document in documents:
            self._add(document)

    def read_readable(
        self, passages: Sequence[PassageId], scope: AccessScope
    ) -> dict[PassageId, tuple[Passage, DocumentReference]]:
        """See PassageReader."""
        found = {passage: self._found[passage] for passage in passages if CORPUS in scope.corpora}
        return {key: kept for key, kept in found.items() if scope.only.admits(*kept)}

    def matching_versions(self, scope: AccessScope, *, at_most: int) -> frozenset[VersionId] | None:
        """See PassageReader."""
        everything = replace(scope, only=replace(scope.only, languages=frozenset()))
        found = self.read_readable(list(self._found), everything)
        versions = frozenset(document.version_id for _, document in found.values())
        return versions if len(versions) <= at_most else None

    def read_in_order(
        self, scope: AccessScope, *, document: DocumentId | None, at_most: int
    ) -> list[tuple[Passage, DocumentReference]]:
        """See PassageReader: the set's documents are in the order of their file."""
        found = self.read_readable([passage.id for passage in self.passages], scope).values()
        return [pair for pair in found if document is None or pair[1].document_id == document][:at_most]

    def read_beside(
        self, passages: Sequence[Passage], scope: AccessScope
    ) -> dict[PassageId, list[tuple[Passage, DocumentReference]]]:
        """See PassageReader."""
        versions = {passage.version_id for passage in passages}
        ids = [one for version in versions for one in self._by_version.get(version, ())]
        return beside(passages, self.read_readable(ids, scope).values())

    def read_text(self, version: VersionId, start: int, end: int) -> str:
        """See PassageReader."""
        if version not in self._texts:
            raise NotFound
        return self._texts[version][start:end]

    def document(self, passage: PassageId) -> DocumentReference:
        """The document of a passage; its `path` is the id it has in the set."""
        return self._found[passage][1]

    def _add(self, document: EvaluationDocument) -> None:
        digest = sha256_hex(document.text.encode("utf-8", "replace"))
        key = document_id(CORPUS, "set", document.id)
        version = version_id(key, 1, digest)
        self._texts[version] = document.text
        reference = DocumentReference(
            document_id=key,
            version_id=version,
            corpus_id=CORPUS,
            path=document.id,
            title=document.title,
            media_type="text/plain",
            page_count=1,
            content_sha256=digest,
            valid_from=_VALID_FROM,
        )
        for ordinal, (start, end) in enumerate(self._cut(document.text)):
            passage = Passage(
                id=passage_id(version, start, end, _CHUNKER),
                version_id=version,
                ordinal=ordinal,
                start=start,
                end=end,
                text=document.text[start:end],
                heading_path=(),
                first_page=1,
                last_page=1,
                language=document.language,
            )
            self.passages.append(passage)
            self._found[passage.id] = (passage, reference)
            self._by_version.setdefault(version, []).append(passage.id)
