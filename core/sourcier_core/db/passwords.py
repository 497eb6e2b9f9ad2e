"""Passwords of corpora's documents in PostgreSQL, encrypted. Functions take the caller's connection.

Nothing but `sealed_passwords` reads them.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from sourcier_core.db.tables import corpora, document_passwords, documents, versions
from sourcier_core.domain.documents import DocumentState
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.errors import DocumentEncrypted, NotFound


def lock_corpus(connection: Connection, corpus_id: CorpusId) -> None:
    """Let nobody else change the corpus or its passwords until this transaction ends. Raises NotFound."""
    if connection.execute(select(corpora.c.id).where(corpora.c.id == corpus_id).with_for_update()).first() is None:
        raise NotFound(f"There is no corpus {corpus_id!r}.")


def count_passwords(connection: Connection, corpus_id: CorpusId) -> int:
    """How many are kept for a corpus; 0 for one that does not exist."""
    asked = select(document_passwords.c.count).where(document_passwords.c.corpus_id == corpus_id)
    return connection.execute(asked).scalar() or 0


def sealed_passwords(connection: Connection, corpus_id: CorpusId) -> bytes | None:
    """For `CredentialVault.open_passwords`; None where none are kept."""
    asked = select(document_passwords.c.sealed).where(document_passwords.c.corpus_id == corpus_id)
    found = connection.execute(asked).scalar()
    return None if found is None else bytes(found)


def put_passwords(connection: Connection, corpus_id: CorpusId, sealed: bytes, *, count: int, now: datetime) -> None:
    """Replace those of a corpus."""
    values = {"sealed": sealed, "count": count, "changed_at": now}
    connection.execute(
        insert(document_passwords)
        .values(corpus_id=corpus_id, **values)
        .on_conflict_do_update(index_elements=[document_passwords.c.corpus_id], set_=values)
    )


def delete_passwords(connection: Connection, corpus_id: CorpusId) -> None:
    """Forget those of a corpus; it is no error when there are none."""
    connection.execute(delete(document_passwords).where(document_passwords.c.corpus_id == corpus_id))


def hope_for_encrypted(connection: Connection, corpus_id: CorpusId) -> None:
    """Note that another try may help the documents of a corpus that failed for want of a password."""
    of_corpus = select(documents.c.id).where(documents.c.corpus_id == corpus_id)
    connection.execute(
        update(versions)
        .where(
            versions.c.document_id.in_(of_corpus),
            versions.c.state == DocumentState.FAILED.value,
            versions.c.failure_code == DocumentEncrypted.code,
        )
        .values(failure_retryable=True)
    )
