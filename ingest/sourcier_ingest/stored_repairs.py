"""Puts lost bytes, pages and passages back: the same ones, or none."""

import hashlib
import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sourcier_core.db import accounts, documents
from sourcier_core.db.accounts import VersionAccount
from sourcier_core.db.database import Database
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.identifiers import CorpusId, DocumentId
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import NotFound, SourcierError
from sourcier_core.ports import BlobStore, DocumentParser
from sourcier_ingest.passages import make_passages
from sourcier_ingest.registering import MOST_NESTED, named_children
from sourcier_ingest.sources import FoundFile, Source, local_copy, scratch_folder

logger = logging.getLogger(__name__)


class StoredRepairs:
    """Repairs of what is stored. A published version never gets other passages than it had."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        parser: DocumentParser,
        open_source: Callable[[CorpusId, str], Source | None],
        scratch_dir: Path,
        passwords_of: Callable[[CorpusId], DocumentPasswords] = lambda _: NO_PASSWORDS,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._parser = parser
        self._open_source = open_source
        self._scratch_dir = scratch_dir
        self._passwords_of = passwords_of

    def has(self, blob: str) -> bool:
        """Whether bytes are stored."""
        try:
            self._blobs.path(blob)
        except NotFound:
            return False
        return True

    def restore_file(self, account: VersionAccount) -> bool:
        """Put a version's bytes back, from the source or from the file it was found in; says whether that went well."""
        try:
            return self._restore(
                account.corpus_id, account.source, account.document_id, account.path, account.content_sha256
            )
        except (OSError, SourcierError) as error:
            logger.info("the file of document %s cannot be restored: %s", account.document_id, type(error).__name__)
            return False

    def _restore(
        self, corpus: CorpusId, source: str, document: DocumentId, path: str, content: str, depth: int = 0
    ) -> bool:
        if self.has(content):
            return True
        with self._database.transaction() as connection:
            containers = accounts.list_containers(connection, document)
        if not containers:
            return self._fetch(corpus, source, path, content)
        for container in containers if depth < MOST_NESTED else ():
            parent = (container.document_id, container.path, container.content_sha256)
            if self._restore(corpus, source, *parent, depth + 1) and self._take_out(corpus, container, path, content):
                return True
        return False

    def _fetch(self, corpus: CorpusId, source: str, path: str, content: str) -> bool:
        """Take the bytes from the source, when they are still the same."""
        wanted = FoundFile(path=path, remote_path=path, size_bytes=0)
        opened = self._open_source(corpus, source)
        if opened is None:
            return False
        with (
            closing(opened),
            scratch_folder(self._scratch_dir, "reconciliation") as scratch,
            local_copy(opened, wanted, scratch) as place,
        ):
            with place.open("rb") as copy:
                if hashlib.file_digest(copy, "sha256").hexdigest() != content:
                    return False
            self._blobs.put_file(place)
        return self.has(content)

    def _take_out(self, corpus: CorpusId, container: accounts.Container, path: str, content: str) -> bool:
        """Take the bytes out of the file that they were found in."""
        place = self._blobs.path(container.content_sha256)
        (outcome,) = self._parser.parse_many([(place, container.path)], self._passwords_of(corpus))
        if not isinstance(outcome, ParsedDocument):
            return False
        for name, child in named_children(container.path, outcome.children):
            if name == path and hashlib.sha256(child.content).hexdigest() == content:
                self._blobs.put(child.content)
                return True
        return False

    def rebuild(self, account: VersionAccount) -> str | None:
        """Read a version's bytes again and put back the pages and passages that are missing.

        Returns why that cannot be done, or None: then all are there again, with the identifiers they had.
        """
        try:
            place = self._blobs.path(account.content_sha256)
            (outcome,) = self._parser.parse_many([(place, account.path)], self._passwords_of(account.corpus_id))
        except NotFound:
            return "its stored file is gone"
        if not isinstance(outcome, ParsedDocument):
            return f"it cannot be read any more ({outcome.code})"
        cut = make_passages(account.version_id, outcome)
        with self._database.transaction() as connection:
            return documents.restore_parsed(connection, account.version_id, outcome, cut)
