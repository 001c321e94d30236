"""Runs the migrations on the connection that ``repository.sql.database`` hands over."""

from alembic import context

from repository.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
