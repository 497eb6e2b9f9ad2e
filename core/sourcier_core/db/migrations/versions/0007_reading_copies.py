"""Reading copies are drawn when they are shown, from the places of their lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("versions", sa.Column("lines_outside_passages", JSONB(), nullable=False, server_default="[]"))
