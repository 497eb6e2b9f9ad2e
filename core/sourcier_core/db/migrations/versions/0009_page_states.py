"""What each page yielded, counted per version and per file of a load; who may read a file and why; a threshold."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COUNTS = ("pages_without_text", "pages_unread")
_KNOWN = "reading IN ('read', 'recognised', 'nothing_recognised', 'nothing_found', 'unread')"


def upgrade() -> None:
    """Apply. What is stored is read from the notes that the parsers wrote."""
    op.add_column("pages", sa.Column("reading", sa.Text(), server_default="read", nullable=False))
    for table in ("versions", "load_items"):
        for name in _COUNTS:
            op.add_column(table, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("versions", sa.Column("lowest_recognition", sa.Double(), nullable=True))
    op.add_column("load_items", sa.Column("page_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("load_items", sa.Column("access_note", sa.Text(), nullable=True))
    op.add_column("corpora", sa.Column("quarantine_threshold", sa.Double(), nullable=True))
    op.execute(
        """
        UPDATE pages SET reading = CASE
            WHEN recognition_confidence IS NOT NULL THEN 'recognised'
            WHEN note LIKE 'an image that was not read%' THEN 'unread'
            WHEN note = 'an image in which no text was recognised' THEN 'nothing_recognised'
            ELSE 'nothing_found' END
        WHERE recognition_confidence IS NOT NULL OR note LIKE 'an image%' OR start_offset = end_offset
        """
    )
    op.create_check_constraint(op.f("ck_pages_reading_known"), "pages", _KNOWN)
    op.execute(
        """
        UPDATE versions SET pages_without_text = counted.without_text, pages_unread = counted.unread,
            lowest_recognition = counted.lowest
        FROM (
            SELECT version_id, count(*) FILTER (WHERE reading NOT IN ('read', 'recognised')) AS without_text,
                count(*) FILTER (WHERE reading = 'unread') AS unread, min(recognition_confidence) AS lowest
            FROM pages WHERE reading <> 'read' GROUP BY version_id
        ) AS counted
        WHERE counted.version_id = versions.id
        """
    )
    op.execute(
        """
        UPDATE load_items SET page_count = versions.page_count, pages_without_text = versions.pages_without_text,
            pages_unread = versions.pages_unread
        FROM versions
        WHERE versions.id = load_items.version_id AND load_items.outcome IN ('published', 'proposed', 'quarantined')
        """
    )
