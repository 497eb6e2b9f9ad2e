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
    LargeBinary,
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
    Column("approval_required", Boolean, nullable=False, server_default=text("false")),
    Column("claim_check", Text),
    Column("quarantine_threshold", Double),
)

sources = Table(
    "sources",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("corpus_id", ForeignKey("corpora.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("include", ARRAY(Text), nullable=False, server_default="{}"),
    Column("exclude", ARRAY(Text), nullable=False, server_default="{}"),
    Column("access", Text, nullable=False, server_default="corpus"),
    Column("schedule", Text),
    Column("credentials", LargeBinary),
    Column("trusted", Boolean, nullable=False, server_default=text("true")),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _time, nullable=False),
    UniqueConstraint("corpus_id", "name"),
)

document_passwords = Table(
    "document_passwords",
    metadata,
    Column("corpus_id", ForeignKey("corpora.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("count", Integer, nullable=False),
    Column("changed_at", _time, nullable=False),
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
    Column("withdrawn_by", Text),
    Column("parent_id", ForeignKey("documents.id"), index=True),
    Column("groups", ARRAY(Text)),
    Column("purged_at", _time),
    UniqueConstraint("corpus_id", "source", "path"),
)

fetched_files = Table(
    "fetched_files",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("mark", Text, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("fetched_at", _time, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("reading", Integer, nullable=False, server_default="1"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("media_type", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("page_count", Integer, nullable=False, server_default="0"),
    Column("pages_without_text", Integer, nullable=False, server_default="0"),
    Column("pages_unread", Integer, nullable=False, server_default="0"),
    Column("lowest_recognition", Double),
    Column("parser", Text, nullable=False, server_default=""),
    Column("chunker", Text, nullable=False, server_default=""),
    Column("canonical_text", Text),
    Column("elements", JSONB, nullable=False, server_default="[]"),
    Column("rendition_sha256", Text),
    Column("lines_outside_passages", JSONB, nullable=False, server_default="[]"),
    Column("failure_code", Text),
    Column("failure_message", Text),
    Column("failure_retryable", Boolean, nullable=False, server_default=text("false")),
    Column("quarantine_score", Double),
    Column("quarantine_evidence", JSONB, nullable=False, server_default="[]"),
    Column("near_duplicate_bands", ARRAY(BigInteger), nullable=False, server_default="{}"),
    Column("proposed_by", Text),
    Column("proposed_at", _time),
    Column("asked_at", _time),
    Column("index_dates_pending", Boolean, nullable=False, server_default=text("false")),
    Column("index_groups_pending", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _time, nullable=False),
    Column("updated_at", _time, nullable=False),
    UniqueConstraint("document_id", "sequence"),
    UniqueConstraint("document_id", "content_sha256", "reading"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_has_a_code"),
)
Index("ix_versions_content_sha256", versions.c.content_sha256)
Index("ix_versions_near_duplicate_bands", versions.c.near_duplicate_bands, postgresql_using="gin")
Index("ix_versions_index_dates_pending", versions.c.id, postgresql_where=versions.c.index_dates_pending)
Index("ix_versions_index_groups_pending", versions.c.id, postgresql_where=versions.c.index_groups_pending)

publications = Table(
    "publications",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("valid_from", _time, nullable=False),
    Column("valid_to", _time),
    Column("approved_by", Text),
    Column("approved_at", _time),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
)
Index(
    "uq_publications_one_current",
    publications.c.document_id,
    unique=True,
    postgresql_where=publications.c.valid_to.is_(None),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", _time, nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('quarantine', 'approval')", name="kind_known"),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision_known"),
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
    Column("reading", Text, nullable=False, server_default="read"),
    CheckConstraint(
        "reading IN ('read', 'recognised', 'nothing_recognised', 'nothing_found', 'unread')", name="reading_known"
    ),
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
    Column("embedding_sha256", Text),
    UniqueConstraint("version_id", "ordinal"),
)
Index("ix_passages_embedding_sha256", passages.c.embedding_sha256)

loads = Table(
    "loads",
    metadata,
    Column("id", _uuid, primary_key=True),
    Column("corpus_id", ForeignKey("corpora.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text),
    Column("requested_by", Text, nullable=False, server_default=""),
    Column("options", JSONB, nullable=False),
    Column("started_at", _time, nullable=False),
    Column("begun_at", _time),
    Column("finished_at", _time),
)

load_items = Table(
    "load_items",
    metadata,
    Column("load_id", ForeignKey("loads.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("document_id", ForeignKey("documents.id")),
    Column("version_id", ForeignKey("versions.id"), index=True),
    Column("outcome", Text, nullable=False),
    Column("code", Text),
    Column("message", Text),
    Column("retryable", Boolean, nullable=False, server_default=text("false")),
    Column("passage_count", Integer, nullable=False, server_default="0"),
    Column("page_count", Integer, nullable=False, server_default="0"),
    Column("pages_without_text", Integer, nullable=False, server_default="0"),
    Column("pages_unread", Integer, nullable=False, server_default="0"),
    Column("access_note", Text),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("started_at", _time, nullable=False),
    Column("finished_at", _time),
    Column("repaired", Boolean, nullable=False),
    Column("report", JSONB, nullable=False, server_default="{}"),
    Column("state", Text, nullable=False),
    Column("requested_by", Text, nullable=False, server_default=""),
    Column("stage", Text, nullable=False, server_default=""),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("message", Text),
)

reconciled_files = Table(
    "reconciled_files",
    metadata,
    Column("reconciliation_id", ForeignKey("reconciliations.id"), primary_key=True),
    Column("corpus_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("document_id", _uuid),
    Column("version_id", _uuid),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("message", Text),
    Column("versions", Integer, nullable=False, server_default="0"),
    Column("pages_expected", Integer, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("pages_without_text", Integer, nullable=False, server_default="0"),
    Column("passages_expected", Integer, nullable=False, server_default="0"),
    Column("passages", Integer, nullable=False, server_default="0"),
    Column("points_expected", Integer, nullable=False, server_default="0"),
    Column("points", Integer, nullable=False, server_default="0"),
    Column("file_stored", Boolean),
    Column("in_source", Boolean),
    Column("findings", JSONB, nullable=False, server_default="[]"),
)

vector_spaces = Table(
    "vector_spaces",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("passages_done", BigInteger, nullable=False, server_default="0"),
    Column("passages_total", BigInteger, nullable=False, server_default="0"),
    Column("message", Text),
    Column("created_at", _time, nullable=False),
    Column("switched_at", _time),
    CheckConstraint("state IN ('serving', 'building', 'retired')", name="state_known"),
    UniqueConstraint("location"),
)
Index(
    "ix_vector_spaces_one_serves",
    vector_spaces.c.state,
    unique=True,
    postgresql_where=vector_spaces.c.state == "serving",
)

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
