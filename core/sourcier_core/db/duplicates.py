"""Documents that say the same, or nearly, across corpora."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from sourcier_core.access import AccessScope
from sourcier_core.db.loads import LoadOutcome
from sourcier_core.db.tables import corpora, documents, load_items, loads, publications, versions
from sourcier_core.domain.identifiers import CorpusId, DocumentId, VersionId


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """A published document that resembles another."""

    document_id: DocumentId
    corpus_id: CorpusId
    path: str
    title: str
    same_bytes: bool
    bands: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicated:
    """A published document that others resemble."""

    document_id: DocumentId
    version_id: VersionId
    path: str
    title: str


def _open_to(scope: AccessScope, document: FromClause, corpus: FromClause) -> ColumnElement[bool]:
    """Whether the scope's groups may read a document, as `document` and `corpus` of a query name them."""
    if scope.is_administrator:
        return true()
    readers = func.coalesce(document.c.groups, corpus.c.groups)
    return readers.op("&&")(cast(array(sorted(scope.groups), type_=Text), ARRAY(Text)))


def list_duplicated(
    connection: Connection, corpus: CorpusId, *, scope: AccessScope, after: DocumentId | None, limit: int
) -> list[Duplicated]:
    """Published documents of a corpus that others open to the scope resemble, by path: `limit` of those behind `after`.

    A document counts as resembled by one that has the same bytes or a band in common, as in `find_duplicates`.
    """
    other, other_version = documents.alias(), versions.alias()
    other_corpus, other_publication = corpora.alias(), publications.alias()
    published_other = and_(
        other_version.c.document_id == other.c.id,
        other_corpus.c.id == other.c.corpus_id,
        other_publication.c.version_id == other_version.c.id,
        other_publication.c.valid_to.is_(None),
        other.c.id != documents.c.id,
        other.c.corpus_id.in_(sorted(scope.corpora)),
        _open_to(scope, other, other_corpus),
    )
    same = other_version.c.content_sha256 == versions.c.content_sha256
    near = other_version.c.near_duplicate_bands.op("&&")(versions.c.near_duplicate_bands)
    query = (
        select(documents.c.id, documents.c.path, versions.c.id.label("version_id"), versions.c.title)
        .join(versions, versions.c.document_id == documents.c.id)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
        .join(publications, and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
        .where(documents.c.corpus_id == corpus, documents.c.corpus_id.in_(sorted(scope.corpora)))
        .where(_open_to(scope, documents, corpora))
        # Two questions, so that each has an index of its own.
        .where(or_(exists().where(published_other, same), exists().where(published_other, near)))
        .order_by(documents.c.path, documents.c.id)
        .limit(limit)
    )
    if after is not None:
        last = select(documents.c.path, documents.c.id).where(documents.c.id == after).scalar_subquery()
        query = query.where(tuple_(documents.c.path, documents.c.id) > last)
    return [
        Duplicated(document_id=row.id, version_id=row.version_id, path=row.path, title=row.title or row.path)
        for row in connection.execute(query)
    ]


def find_duplicates(
    connection: Connection, version: VersionId, *, scope: AccessScope, limit: int = 20
) -> tuple[tuple[int, ...], list[Duplicate]]:
    """This version's bands, and the published documents open to the scope with the same bytes or a band in common."""
    ours = connection.execute(
        select(versions.c.document_id, versions.c.content_sha256, versions.c.near_duplicate_bands).where(
            versions.c.id == version
        )
    ).one()
    bands = tuple(ours.near_duplicate_bands)
    same = versions.c.content_sha256 == ours.content_sha256
    near = versions.c.near_duplicate_bands.op("&&")(cast(array(bands, type_=BigInteger), ARRAY(BigInteger)))
    query = (
        select(
            documents.c.id,
            documents.c.corpus_id,
            documents.c.path,
            versions.c.title,
            versions.c.near_duplicate_bands,
            same.label("same_bytes"),
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
        .join(publications, and_(publications.c.version_id == versions.c.id, publications.c.valid_to.is_(None)))
        .where(
            documents.c.id != ours.document_id,
            documents.c.corpus_id.in_(sorted(scope.corpora)),
            or_(same, near) if bands else same,
        )
        .order_by(same.desc(), documents.c.id)
        .limit(limit)
    )
    query = query.where(_open_to(scope, documents, corpora))
    return bands, [
        Duplicate(
            document_id=row.id,
            corpus_id=row.corpus_id,
            path=row.path,
            title=row.title or row.path,
            same_bytes=row.same_bytes,
            bands=tuple(row.near_duplicate_bands),
        )
        for row in connection.execute(query)
    ]


_MOST_RELATIVES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Relative:
    """A stored content of a corpus that shares a band with one of those asked about."""

    document_id: DocumentId
    content_sha256: str
    title: str
    bands: frozenset[int]
    is_new: bool
    """First stored at or after the moment asked about; the others were published before it."""


def first_publication_before(connection: Connection, corpus: CorpusId, moment: datetime) -> datetime | None:
    """When the corpus's first load that published something had ended, if that was before `moment`."""
    published = exists().where(load_items.c.load_id == loads.c.id, load_items.c.outcome == LoadOutcome.PUBLISHED.value)
    return connection.execute(
        select(func.min(loads.c.finished_at)).where(
            loads.c.corpus_id == corpus, loads.c.finished_at < moment, published
        )
    ).scalar_one()


def find_relatives(
    connection: Connection, corpus: CorpusId, bands: Sequence[int], *, since: datetime
) -> list[Relative]:
    """Contents of a corpus that share one of these bands: published before `since`, or new documents since then.

    New contents of documents that were published before are neither: they replace something. At most a thousand of
    each kind.
    """
    early = exists().where(publications.c.document_id == documents.c.id, publications.c.valid_from < since)
    shares = versions.c.near_duplicate_bands.op("&&")(cast(array(bands, type_=BigInteger), ARRAY(BigInteger)))
    base = (
        select(
            documents.c.id,
            versions.c.content_sha256,
            versions.c.title,
            documents.c.path,
            versions.c.near_duplicate_bands,
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.corpus_id == corpus, shares)
    )
    was_valid = exists().where(publications.c.version_id == versions.c.id, publications.c.valid_from < since)
    kinds = ((False, base.where(was_valid)), (True, base.where(versions.c.created_at >= since, ~early)))
    return [
        Relative(
            document_id=row.id,
            content_sha256=row.content_sha256,
            title=row.title or row.path,
            bands=frozenset(row.near_duplicate_bands),
            is_new=is_new,
        )
        for is_new, query in kinds
        for row in connection.execute(query.order_by(versions.c.created_at.desc()).limit(_MOST_RELATIVES))
    ]


def published_before(connection: Connection, wanted: Sequence[DocumentId], moment: datetime) -> set[DocumentId]:
    """Those of these documents that were published before a moment."""
    rows = connection.execute(
        select(publications.c.document_id)
        .where(publications.c.document_id.in_(wanted), publications.c.valid_from < moment)
        .distinct()
    )
    return set(rows.scalars())
