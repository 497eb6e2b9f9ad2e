"""Content-addressed identifiers: the same input gives the same id, so a second run is idempotent."""

import hashlib
import uuid

CorpusId = str
"""A short lower-case name chosen by an admin: `hr`, `it-security`."""
DocumentId = str
VersionId = str
PassageId = str
"""UUIDs in their canonical text form (document, version, passage)."""


def _digest_uuid(*parts: str | int) -> str:
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def document_id(corpus_id: CorpusId, source: str, path: str) -> DocumentId:
    """The id of the document at `path` (relative to `source`) in a corpus."""
    return _digest_uuid("document", corpus_id, source, path)


def version_id(document: DocumentId, sequence: int, content_sha256: str) -> VersionId:
    """The id of the `sequence`-th content of a document (1 for the first)."""
    return _digest_uuid("version", document, sequence, content_sha256)


def passage_id(version: VersionId, start: int, end: int, chunker: str) -> PassageId:
    """The id of the span [start, end) of a version's canonical text under a chunker version."""
    return _digest_uuid("passage", version, start, end, chunker)


def sha256_hex(data: bytes) -> str:
    """Lower-case hexadecimal sha256."""
    return hashlib.sha256(data).hexdigest()
