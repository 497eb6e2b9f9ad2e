"""Alembic's entry: runs the migrations on the connection it is given, or writes a new revision from the tables."""

from alembic import context

from sourcier_core.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    include_name=lambda name, kind, _parents: kind != "table" or not str(name).startswith("procrastinate_"),
)
with context.begin_transaction():
    context.run_migrations()
