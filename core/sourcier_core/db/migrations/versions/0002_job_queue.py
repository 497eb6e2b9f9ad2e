"""The job queue's own schema, as procrastinate 3.10 ships it.

An upgrade of procrastinate that changes its schema needs a new revision here that runs its migrations.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _execute(statements: str) -> None:
    # Straight to the driver, without parameters: the text holds percent signs that are no placeholders.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(statements)
    cursor.close()


def upgrade() -> None:
    """Apply."""
    _execute(SchemaManager.get_schema())


def downgrade() -> None:
    """Undo."""
    _execute(
        """
        DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers
            CASCADE;
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate_%' LOOP
                EXECUTE 'DROP FUNCTION ' || name || ' CASCADE';
            END LOOP;
        END $$;
        DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status CASCADE;
        """
    )
