"""What was fetched from remote stores, and by which mark, so that the same bytes are not fetched again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fetched_files",
        sa.Column("document_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_fetched_files_document_id_documents")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_fetched_files")),
    )
