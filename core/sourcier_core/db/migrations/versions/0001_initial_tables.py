"""Initial tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "answers",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("timings_ms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raw_model_output", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_asked_at"), "answers", ["asked_at"], unique=False)
    op.create_table(
        "corpora",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corpora")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("corpus_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name=op.f("fk_documents_corpus_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("corpus_id", "source", "path", name=op.f("uq_documents_corpus_id_source_path")),
    )
    op.create_table(
        "loads",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("corpus_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name=op.f("fk_loads_corpus_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loads")),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("document_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("page_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parser", sa.Text(), server_default="", nullable=False),
        sa.Column("chunker", sa.Text(), server_default="", nullable=False),
        sa.Column("canonical_text", sa.Text(), nullable=True),
        sa.Column("elements", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("rendition_sha256", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.Column("failure_retryable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("index_dates_pending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_versions_failed_has_a_code")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_versions_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("document_id", "content_sha256", name=op.f("uq_versions_document_id_content_sha256")),
        sa.UniqueConstraint("document_id", "sequence", name=op.f("uq_versions_document_id_sequence")),
    )
    op.create_index(
        "ix_versions_index_dates_pending", "versions", ["id"], unique=False, postgresql_where="index_dates_pending"
    )
    op.create_table(
        "load_items",
        sa.Column("load_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("version_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("retryable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_load_items_document_id")),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"], name=op.f("fk_load_items_load_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_load_items_version_id")),
        sa.PrimaryKeyConstraint("load_id", "path", name=op.f("pk_load_items")),
    )
    op.create_index("ix_load_items_batch", "load_items", ["load_id", "batch"], unique=False)
    op.create_table(
        "pages",
        sa.Column("version_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("recognition_confidence", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_pages_version_id")),
        sa.PrimaryKeyConstraint("version_id", "number", name=op.f("pk_pages")),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading_path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=False),
        sa.Column("last_page", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("regions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_passages_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
        sa.UniqueConstraint("version_id", "ordinal", name=op.f("uq_passages_version_id_ordinal")),
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_publications_dates_in_order")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_publications_document_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_publications_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_index(op.f("ix_publications_version_id"), "publications", ["version_id"], unique=False)
    op.create_index(
        "uq_publications_one_current",
        "publications",
        ["document_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "uq_publications_one_current", table_name="publications", postgresql_where=sa.text("valid_to IS NULL")
    )
    op.drop_index(op.f("ix_publications_version_id"), table_name="publications")
    op.drop_table("publications")
    op.drop_table("passages")
    op.drop_table("pages")
    op.drop_index("ix_load_items_batch", table_name="load_items")
    op.drop_table("load_items")
    op.drop_index("ix_versions_index_dates_pending", table_name="versions", postgresql_where="index_dates_pending")
    op.drop_table("versions")
    op.drop_table("loads")
    op.drop_table("documents")
    op.drop_table("corpora")
    op.drop_index(op.f("ix_answers_asked_at"), table_name="answers")
    op.drop_table("answers")
