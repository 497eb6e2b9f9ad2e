"""A content can be read more than once: pages that could not be recognised before."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("versions", sa.Column("reading", sa.Integer(), server_default="1", nullable=False))
    op.drop_constraint(op.f("uq_versions_document_id_content_sha256"), "versions", type_="unique")
    op.create_unique_constraint(
        op.f("uq_versions_document_id_content_sha256_reading"), "versions", ["document_id", "content_sha256", "reading"]
    )
