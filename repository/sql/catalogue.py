"""The catalogue on a SQL database: one implementation for SQLite and PostgreSQL."""

from __future__ import annotations

from repository.sql.changes import SqlChanges
from repository.sql.database import Database, open_database
from repository.sql.outbox import SqlOutbox
from repository.sql.steps import SqlSteps
from repository.sql.works import SqlWorks


class SqlCatalogue(SqlWorks, SqlChanges, SqlOutbox, SqlSteps):
    """``Works``, ``Changes``, ``Outbox`` and ``Steps`` on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def open_catalogue(uri: str) -> SqlCatalogue:
    """Open the catalogue at ``uri``; an empty or older database is brought up to date.

    Raises SettingsError for a bad URI, CatalogueError when it cannot be opened or is newer.
    """
    return SqlCatalogue(open_database(uri))
