"""Sources, access by document, quarantine, approval, attachments, near duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sources",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("corpus_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("include", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("exclude", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("access", sa.Text(), server_default="corpus", nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name=op.f("fk_sources_corpus_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("corpus_id", "name", name=op.f("uq_sources_corpus_id_name")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'rejected')", name=op.f("ck_decisions_decision_known")),
        sa.CheckConstraint("kind IN ('quarantine', 'approval')", name=op.f("ck_decisions_kind_known")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_decisions_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_version_id"), "decisions", ["version_id"], unique=False)
    _add_columns()


def _add_columns() -> None:
    op.add_column(
        "corpora", sa.Column("approval_required", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("documents", sa.Column("parent_id", sa.UUID(as_uuid=False), nullable=True))
    op.add_column("documents", sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("documents", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_documents_parent_id"), "documents", ["parent_id"], unique=False)
    op.create_foreign_key(op.f("fk_documents_parent_id"), "documents", "documents", ["parent_id"], ["id"])
    op.add_column("loads", sa.Column("requested_by", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_load_items_batch", "load_items")
    op.drop_column("load_items", "batch")
    op.add_column("documents", sa.Column("withdrawn_by", sa.Text(), nullable=True))
    op.add_column("load_items", sa.Column("passage_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("loads", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("passages", sa.Column("embedding_sha256", sa.Text(), nullable=True))
    op.create_index("ix_passages_embedding_sha256", "passages", ["embedding_sha256"], unique=False)
    op.add_column("publications", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column("publications", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("versions", sa.Column("quarantine_score", sa.Double(), nullable=True))
    op.add_column(
        "versions",
        sa.Column("quarantine_evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.add_column(
        "versions",
        sa.Column("near_duplicate_bands", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )
    op.add_column("versions", sa.Column("proposed_by", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("versions", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "versions", sa.Column("index_groups_pending", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index("ix_versions_content_sha256", "versions", ["content_sha256"], unique=False)
    op.create_index(
        "ix_versions_index_groups_pending",
        "versions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("index_groups_pending"),
    )
    op.create_index(
        "ix_versions_near_duplicate_bands", "versions", ["near_duplicate_bands"], unique=False, postgresql_using="gin"
    )
