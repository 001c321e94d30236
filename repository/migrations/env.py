"""Runs the migrations on the connection that ``repository.database`` hands over."""

from alembic import context

from repository.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
