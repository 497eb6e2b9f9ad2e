"""Whether a folder source was given by someone with the local token; the others are only read where that is allowed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Until now a folder could be given with the token only."""
    op.add_column("sources", sa.Column("trusted", sa.Boolean(), nullable=False, server_default=sa.text("true")))
