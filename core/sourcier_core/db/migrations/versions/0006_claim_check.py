"""What becomes of a model's claims, per corpus."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("corpora", sa.Column("claim_check", sa.Text(), nullable=True))
