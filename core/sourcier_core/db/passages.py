"""Passages in PostgreSQL, and the authority on which of them a scope may read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, cast, func, insert, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array
from sqlalchemy.types import Integer, Text

from sourcier_core.access import AccessScope
from sourcier_core.db import tables
from sourcier_core.db.database import Database
from sourcier_core.db.matching import is_one_of
from sourcier_core.db.regions import region_of, region_values
from sourcier_core.db.tables import corpora, documents, passages, publications, versions
from sourcier_core.domain.documents import DocumentState, Passage, embedding_text
from sourcier_core.domain.identifiers import DocumentId, PassageId, VersionId, sha256_hex
from sourcier_core.domain.neighbours import beside
from sourcier_core.domain.search import DocumentReference
from sourcier_core.errors import NotFound


def _passage(row: Row[Any]) -> Passage:
    return Passage(
        id=row.id,
        version_id=row.version_id,
        ordinal=row.ordinal,
        start=row.start_offset,
        end=row.end_offset,
        text=row.text,
        heading_path=tuple(row.heading_path),
        first_page=row.first_page,
        last_page=row.last_page,
        language=row.language,
        regions=tuple(region_of(values) for values in row.regions),
    )


def embedding_key(title: str, passage: Passage) -> str:
    """What a passage's vector depends on beside the model: sha256 of the text that is embedded."""
    return sha256_hex(embedding_text(title, passage.heading_path, passage.text).encode("utf-8", "surrogatepass"))


def insert_passages(connection: Connection, items: Sequence[tuple[str, Sequence[Passage]]]) -> None:
    """Store the passages of versions; each version's title is embedded with its passages."""
    rows = [_passage_row(title, passage) for title, cut in items for passage in cut]
    if rows:
        connection.execute(insert(passages), rows)


def _passage_row(title: str, passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "version_id": passage.version_id,
        "ordinal": passage.ordinal,
        "start_offset": passage.start,
        "end_offset": passage.end,
        "text": passage.text,
        "heading_path": list(passage.heading_path),
        "first_page": passage.first_page,
        "last_page": passage.last_page,
        "language": passage.language,
        "regions": [region_values(region) for region in passage.regions],
        "embedding_sha256": embedding_key(title, passage),
    }


def embedded_passages(connection: Connection, keys: Sequence[str]) -> dict[str, PassageId]:
    """For those embedding keys that the index holds a vector of, a passage that has it."""
    rows = connection.execute(
        select(passages.c.embedding_sha256, func.min(cast(passages.c.id, Text)).label("passage_id"))
        .join(versions, versions.c.id == passages.c.version_id)
        .where(
            is_one_of(passages.c.embedding_sha256, keys),
            versions.c.state.in_([DocumentState.INDEXED.value, DocumentState.PUBLISHED.value]),
        )
        .group_by(passages.c.embedding_sha256)
    )
    return {row.embedding_sha256: row.passage_id for row in rows}


def list_passages(connection: Connection, version: VersionId) -> list[Passage]:
    """All passages of a version, in reading order."""
    rows = connection.execute(select(passages).where(passages.c.version_id == version).order_by(passages.c.ordinal))
    return [_passage(row) for row in rows]


def get_passage(connection: Connection, version: VersionId, passage: PassageId) -> Passage:
    """One passage of a version. Raises NotFound."""
    row = connection.execute(
        select(passages).where(passages.c.id == passage, passages.c.version_id == version)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such passage in this document version.")
    return _passage(row)


def _open_versions(scope: AccessScope, *columns: Any) -> Any:
    """A query for columns of the versions open to the scope, of the media types and paths that it asks of."""
    # Read both the corpus and the document: a document's own groups narrow the corpus's, they never widen them.
    groups = func.coalesce(documents.c.groups, corpora.c.groups)
    shares_a_group = groups.op("&&")(cast(array(sorted(scope.groups), type_=Text), ARRAY(Text)))
    open_to_scope = or_(literal(scope.is_administrator), shares_a_group)
    valid = and_(
        publications.c.valid_from <= scope.as_of,
        or_(publications.c.valid_to.is_(None), publications.c.valid_to > scope.as_of),
    )
    found = (
        select(*columns)
        .select_from(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(corpora, corpora.c.id == documents.c.corpus_id)
        .join(publications, and_(publications.c.version_id == versions.c.id, valid))
        .where(documents.c.corpus_id.in_(sorted(scope.corpora)), open_to_scope)
    )
    if scope.only.media_types:
        found = found.where(versions.c.media_type.in_(sorted(scope.only.media_types)))
    if scope.only.path_prefix:
        found = found.where(func.starts_with(documents.c.path, scope.only.path_prefix))
    return found


def _readable(scope: AccessScope) -> Any:
    found = _open_versions(
        scope,
        passages,
        documents.c.id.label("document_id"),
        documents.c.corpus_id,
        documents.c.path,
        versions.c.title,
        versions.c.media_type,
        versions.c.page_count,
        versions.c.content_sha256,
        publications.c.valid_from,
        publications.c.approved_by,
        publications.c.approved_at,
    ).join(passages, passages.c.version_id == versions.c.id)
    if scope.only.languages:
        found = found.where(passages.c.language.in_(sorted(scope.only.languages)))
    return found


def _reference(row: Row[Any]) -> DocumentReference:
    return DocumentReference(
        document_id=row.document_id,
        version_id=row.version_id,
        corpus_id=row.corpus_id,
        path=row.path,
        title=row.title,
        media_type=row.media_type,
        page_count=row.page_count,
        content_sha256=row.content_sha256,
        valid_from=row.valid_from,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )


class PostgresPassageReader:
    """`PassageReader` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_readable(
        self, passages: Sequence[PassageId], scope: AccessScope
    ) -> dict[PassageId, tuple[Passage, DocumentReference]]:
        """Those of `passages` that are published, valid at `scope.as_of` and open to the scope (one query)."""
        ids = sorted(set(passages))
        if not ids or not scope.corpora:
            return {}
        query = _readable(scope).where(is_one_of(tables.passages.c.id, ids))
        with self._database.transaction() as connection:
            return {row.id: (_passage(row), _reference(row)) for row in connection.execute(query)}

    def matching_versions(self, scope: AccessScope, *, at_most: int) -> frozenset[VersionId] | None:
        """See PassageReader."""
        if not scope.corpora:
            return frozenset()
        query = _open_versions(scope, versions.c.id).distinct().limit(at_most + 1)
        with self._database.transaction() as connection:
            found = frozenset(connection.execute(query).scalars())
        return found if len(found) <= at_most else None

    def read_in_order(
        self, scope: AccessScope, *, document: DocumentId | None, at_most: int
    ) -> list[tuple[Passage, DocumentReference]]:
        """See PassageReader."""
        if not scope.corpora:
            return []
        query = _readable(scope).order_by(documents.c.corpus_id, documents.c.path, passages.c.ordinal).limit(at_most)
        if document is not None:
            query = query.where(documents.c.id == document)
        with self._database.transaction() as connection:
            return [(_passage(row), _reference(row)) for row in connection.execute(query)]

    def read_beside(
        self, passages: Sequence[Passage], scope: AccessScope
    ) -> dict[PassageId, list[tuple[Passage, DocumentReference]]]:
        """See PassageReader (one query)."""
        places = {(one.version_id, one.ordinal + step) for one in passages for step in (-1, 1)}
        if not places or not scope.corpora:
            return {}
        stored = tables.passages.c
        query = _readable(scope).where(tuple_(stored.version_id, stored.ordinal).in_(sorted(places)))
        with self._database.transaction() as connection:
            return beside(passages, [(_passage(row), _reference(row)) for row in connection.execute(query)])

    def read_text(self, version: VersionId, start: int, end: int) -> str:
        """The characters [start, end) of a version's canonical text. Raises NotFound."""
        with self._database.transaction() as connection:
            found = connection.execute(
                select(func.substr(versions.c.canonical_text, start + 1, max(0, end - start))).where(
                    versions.c.id == version
                )
            ).scalar_one_or_none()
        if found is None:
            raise NotFound(f"There is no text of version {version}.")
        return str(found)


def tables_between(connection: Connection, version: VersionId, start: int, end: int) -> list[tuple[int, int, str]]:
    """The tables of a version that touch [start, end) of its text: their own span of it, and their HTML."""
    element = func.jsonb_array_elements(versions.c.elements, type_=JSONB).column_valued(
        "element", joins_implicitly=True
    )
    first, last = cast(element[1].astext, Integer), cast(element[2].astext, Integer)
    query = (
        select(first, last, element[5].astext)
        .select_from(versions)
        .where(versions.c.id == version, element[5].astext.is_not(None), first < end, last > start)
        .order_by(first)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]
