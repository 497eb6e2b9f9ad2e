"""The passwords kept for each corpus's documents: given by an administrator, never shown again."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from sourcier_core.db import passwords as stored
from sourcier_core.db.database import Database
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.passwords import LONGEST_PASSWORD, MOST_PASSWORDS, NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import ConfigurationError, CredentialsUnreadable, InvalidRequest
from sourcier_core.vault import CredentialVault

logger = logging.getLogger(__name__)


class KeptPasswords:
    """Passwords in PostgreSQL, sealed by the vault. Thread-safe."""

    def __init__(self, *, database: Database, vault: CredentialVault) -> None:
        self._database = database
        self._vault = vault

    def count(self, corpus_id: CorpusId) -> int:
        """How many are kept."""
        with self._database.transaction() as connection:
            return stored.count_passwords(connection, corpus_id)

    def replace(self, corpus_id: CorpusId, passwords: Sequence[str]) -> int:
        """Keep these and no others; returns how many there are. What failed for want of one may be tried again.

        Raises:
            NotFound: there is no such corpus.
            InvalidRequest: there are too many, or one cannot be a password.
            ConfigurationError, StorageFull: they cannot be sealed.
        """
        with self._database.transaction() as connection:
            stored.lock_corpus(connection, corpus_id)
            return self._put(connection, corpus_id, passwords)

    def add(self, corpus_id: CorpusId, passwords: Sequence[str]) -> int:
        """Keep these beside those there are; returns how many that makes.

        Raises:
            CredentialsUnreadable: those there are cannot be decrypted; they can be replaced.
            NotFound, InvalidRequest, ConfigurationError, StorageFull: as for `replace`.
        """
        with self._database.transaction() as connection:
            stored.lock_corpus(connection, corpus_id)
            return self._put(connection, corpus_id, [*self._open(connection, corpus_id), *passwords])

    def forget(self, corpus_id: CorpusId) -> None:
        """Keep none. Documents that are published stay so."""
        with self._database.transaction() as connection:
            stored.delete_passwords(connection, corpus_id)

    def of(self, corpus_id: CorpusId) -> DocumentPasswords:
        """What to try on the corpus's documents.

        Passwords that cannot be decrypted are none, and said to be so: documents that ask for none can still be read.
        """
        with self._database.transaction() as connection:
            try:
                values = self._open(connection, corpus_id)
            except (CredentialsUnreadable, ConfigurationError) as error:
                logger.warning("the passwords of the documents of corpus %s cannot be read: %s", corpus_id, error.code)
                return DocumentPasswords(unreadable=True)
        return DocumentPasswords(values=values) if values else NO_PASSWORDS

    def _open(self, connection: Connection, corpus_id: CorpusId) -> tuple[str, ...]:
        sealed = stored.sealed_passwords(connection, corpus_id)
        return () if sealed is None else self._vault.open_passwords(sealed, corpus_id=corpus_id)

    def _put(self, connection: Connection, corpus_id: CorpusId, passwords: Sequence[str]) -> int:
        wanted = _checked(passwords)
        if not wanted:
            stored.delete_passwords(connection, corpus_id)
            return 0
        sealed = self._vault.seal_passwords(wanted, corpus_id=corpus_id)
        stored.put_passwords(connection, corpus_id, sealed, count=len(wanted), now=datetime.now(UTC))
        stored.hope_for_encrypted(connection, corpus_id)
        return len(wanted)


def _checked(passwords: Sequence[str]) -> list[str]:
    """Each once, in order. Raises InvalidRequest, whose message holds none of them."""
    wanted = list(dict.fromkeys(passwords))
    if len(wanted) > MOST_PASSWORDS:
        raise InvalidRequest(f"At most {MOST_PASSWORDS} passwords are kept for a corpus.")
    if any(not password or len(password) > LONGEST_PASSWORD or "\0" in password for password in wanted):
        raise InvalidRequest(f"A password has between 1 and {LONGEST_PASSWORD} characters.")
    if any("\ud800" <= character <= "\udfff" for password in wanted for character in password):
        raise InvalidRequest("A password holds a character that is none.")
    return wanted
