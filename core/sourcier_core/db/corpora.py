"""Corpora in PostgreSQL. Functions take the caller's connection; only the edge commits."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from sourcier_core.db.tables import corpora, documents, passages, publications, versions
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.documents import Corpus
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.errors import InvalidRequest, NotFound


def _corpus(row: Row[Any]) -> Corpus:
    return Corpus(
        id=row.id,
        title=row.title,
        groups=frozenset(row.groups),
        created_at=row.created_at,
        approval_required=row.approval_required,
        claim_check=None if row.claim_check is None else ClaimCheck(row.claim_check),
        quarantine_threshold=row.quarantine_threshold,
    )


def create_corpus(
    connection: Connection, *, corpus_id: CorpusId, title: str, groups: frozenset[str], now: datetime
) -> Corpus:
    """Add a corpus.

    Raises:
        InvalidRequest: the name is taken.
    """
    row = connection.execute(
        insert(corpora)
        .values(id=corpus_id, title=title, groups=sorted(groups), created_at=now)
        .on_conflict_do_nothing()
        .returning(corpora)
    ).one_or_none()
    if row is None:
        raise InvalidRequest(f"There is already a corpus named {corpus_id!r}.")
    return _corpus(row)


def ensure_corpus(connection: Connection, *, corpus_id: CorpusId, title: str, now: datetime) -> Corpus:
    """The corpus with this name, created (open to administrators only) when there is none."""
    connection.execute(
        insert(corpora).values(id=corpus_id, title=title, groups=[], created_at=now).on_conflict_do_nothing()
    )
    return get_corpus(connection, corpus_id)


def change_corpus(
    connection: Connection,
    corpus_id: CorpusId,
    *,
    title: str | None = None,
    groups: frozenset[str] | None = None,
    approval_required: bool | None = None,
    claim_check: ClaimCheck | Literal["default"] | None = None,
    quarantine_threshold: float | Literal["default"] | None = None,
) -> Corpus:
    """Change what is not None. Changed groups are noted for the index (`publications.pending_index_groups`).

    Raises:
        NotFound: there is no such corpus.
    """
    before = get_corpus(connection, corpus_id)
    values: dict[str, Any] = {}
    if title is not None:
        values["title"] = title
    if groups is not None:
        values["groups"] = sorted(groups)
    if approval_required is not None:
        values["approval_required"] = approval_required
    if claim_check is not None:
        values["claim_check"] = None if claim_check == "default" else claim_check.value
    if quarantine_threshold is not None:
        values["quarantine_threshold"] = None if quarantine_threshold == "default" else quarantine_threshold
    if values:
        connection.execute(update(corpora).where(corpora.c.id == corpus_id).values(**values))
    if groups is not None and groups != before.groups:
        inherits = select(documents.c.id).where(documents.c.corpus_id == corpus_id, documents.c.groups.is_(None))
        connection.execute(
            update(versions).where(versions.c.document_id.in_(inherits)).values(index_groups_pending=True)
        )
    return get_corpus(connection, corpus_id)


def get_corpus(connection: Connection, corpus_id: CorpusId) -> Corpus:
    """One corpus. Raises NotFound."""
    row = connection.execute(select(corpora).where(corpora.c.id == corpus_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no corpus {corpus_id!r}.")
    return _corpus(row)


def list_corpora(connection: Connection) -> list[Corpus]:
    """All corpora, by name."""
    return [_corpus(row) for row in connection.execute(select(corpora).order_by(corpora.c.id))]


def claim_checks(connection: Connection, wanted: Collection[CorpusId]) -> dict[CorpusId, ClaimCheck | None]:
    """What each of the `wanted` corpora says about its claims; None where it leaves that to the settings."""
    rows = connection.execute(select(corpora.c.id, corpora.c.claim_check).where(corpora.c.id.in_(wanted)))
    return {row.id: None if row.claim_check is None else ClaimCheck(row.claim_check) for row in rows}


def count_published(connection: Connection) -> dict[CorpusId, tuple[int, int]]:
    """Published documents and passages per corpus, as (documents, passages)."""
    rows = connection.execute(
        select(
            documents.c.corpus_id,
            func.count(func.distinct(documents.c.id)),
            func.count(passages.c.id),
        )
        .select_from(documents)
        .join(publications, publications.c.document_id == documents.c.id)
        .outerjoin(passages, passages.c.version_id == publications.c.version_id)
        .where(publications.c.valid_to.is_(None))
        .group_by(documents.c.corpus_id)
    )
    return {corpus_id: (document_count, passage_count) for corpus_id, document_count, passage_count in rows}
