"""Reconciliations are jobs with progress, and keep a row for every file of the newest one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COUNTS = (
    "versions",
    "pages_expected",
    "pages",
    "pages_without_text",
    "passages_expected",
    "passages",
    "points_expected",
    "points",
)


def upgrade() -> None:
    """Apply. What was kept before had ended."""
    op.alter_column("reconciliations", "finished_at", nullable=True)
    op.alter_column("reconciliations", "report", server_default="{}")
    for name, default in (("state", "finished"), ("requested_by", ""), ("stage", "")):
        op.add_column("reconciliations", sa.Column(name, sa.Text(), server_default=default, nullable=False))
    op.alter_column("reconciliations", "state", server_default=None)
    for name in ("done", "total"):
        op.add_column("reconciliations", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("reconciliations", sa.Column("message", sa.Text(), nullable=True))
    op.create_table(
        "reconciled_files",
        sa.Column("reconciliation_id", sa.BigInteger(), nullable=False),
        sa.Column("corpus_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("document_id", postgresql.UUID(as_uuid=False), nullable=True),
        sa.Column("version_id", postgresql.UUID(as_uuid=False), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in _COUNTS),
        sa.Column("file_stored", sa.Boolean(), nullable=True),
        sa.Column("in_source", sa.Boolean(), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliations.id"], name=op.f("fk_reconciled_files_reconciliation_id")
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", "corpus_id", "source", "path", name=op.f("pk_reconciled_files")),
    )
    op.create_index(op.f("ix_load_items_version_id"), "load_items", ["version_id"], unique=False)
