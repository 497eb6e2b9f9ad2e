"""Which embedding model's index serves, and which one is being built."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "vector_spaces",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("passages_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("passages_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('serving', 'building', 'retired')", name=op.f("ck_vector_spaces_state_known")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_vector_spaces")),
        sa.UniqueConstraint("location", name=op.f("uq_vector_spaces_location")),
    )
    op.create_index(
        "ix_vector_spaces_one_serves",
        "vector_spaces",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'serving'"),
    )
