"""The tables. Alembic's migrations create them; a test holds the two equal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_uuid = UUID(as_uuid=False)
_time = DateTime(timezone=True)

corpora = Table(
    "corpora",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("created_at", _time, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("corpus_id", ForeignKey("corpora.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("withdrawn_at", _time),
    UniqueConstraint("corpus_id", "source", "path"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("media_type", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("page_count", Integer, nullable=False, server_default="0"),
    Column("parser", Text, nullable=False, server_default=""),
    Column("chunker", Text, nullable=False, server_default=""),
    Column("canonical_text", Text),
    Column("elements", JSONB, nullable=False, server_default="[]"),
    Column("rendition_sha256", Text),
    Column("failure_code", Text),
    Column("failure_message", Text),
    Column("failure_retryable", Boolean, nullable=False, server_default=text("false")),
    Column("index_dates_pending", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _time, nullable=False),
    Column("updated_at", _time, nullable=False),
    UniqueConstraint("document_id", "sequence"),
    UniqueConstraint("document_id", "content_sha256"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_has_a_code"),
)
Index("ix_versions_index_dates_pending", versions.c.id, postgresql_where=versions.c.index_dates_pending)

publications = Table(
    "publications",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("valid_from", _time, nullable=False),
    Column("valid_to", _time),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
)
Index(
    "uq_publications_one_current",
    publications.c.document_id,
    unique=True,
    postgresql_where=publications.c.valid_to.is_(None),
)

pages = Table(
    "pages",
    metadata,
    Column("version_id", ForeignKey("versions.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("width", Double, nullable=False),
    Column("height", Double, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("recognition_confidence", Double),
    Column("note", Text),
)

passages = Table(
    "passages",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("heading_path", ARRAY(Text), nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("last_page", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("regions", JSONB, nullable=False),
    UniqueConstraint("version_id", "ordinal"),
)

loads = Table(
    "loads",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("corpus_id", ForeignKey("corpora.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text),
    Column("options", JSONB, nullable=False),
    Column("started_at", _time, nullable=False),
    Column("finished_at", _time),
)

load_items = Table(
    "load_items",
    metadata,
    Column("load_id", ForeignKey("loads.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("batch", Integer),
    Column("document_id", ForeignKey("documents.id")),
    Column("version_id", ForeignKey("versions.id")),
    Column("outcome", Text, nullable=False),
    Column("code", Text),
    Column("message", Text),
    Column("retryable", Boolean, nullable=False, server_default=text("false")),
)
Index("ix_load_items_batch", load_items.c.load_id, load_items.c.batch)

answers = Table(
    "answers",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("asked_at", _time, nullable=False, index=True),
    Column("principal_id", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("scope", JSONB, nullable=False),
    Column("versions", JSONB, nullable=False),
    Column("timings_ms", JSONB, nullable=False),
    Column("raw_model_output", Text),
    Column("error_code", Text),
)
