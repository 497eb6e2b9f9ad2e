"""Documents that say the same, or nearly, across corpora."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from sourcier_core.access import AccessScope
from sourcier_core.db.tables import corpora, documents, publications, versions
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
    if not scope.is_administrator:
        readers = func.coalesce(documents.c.groups, corpora.c.groups)
        query = query.where(readers.op("&&")(cast(array(sorted(scope.groups), type_=Text), ARRAY(Text))))
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
