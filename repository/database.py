"""The two databases behind the catalogue, and all in which they differ.

SQLite: WAL, one writer at a time by ``BEGIN IMMEDIATE``. PostgreSQL: one writer at a time by an
advisory lock held to the commit. So sequences and datestamps are given in the order of commits,
and a reader can never be overtaken by a late one.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, OperationalError

from repository.errors import CatalogueError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BUSY_SECONDS = 60
_WRITER_LOCK = 0x54414B41  # "TAKA"
HEAD = "0001"


class Database:
    """An engine whose writes are one at a time. ``uri`` is sqlite:///… or postgresql://…."""

    def __init__(self, uri: str) -> None:
        self._engine = _engine(uri)
        self.is_sqlite = self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the database throughout."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._engine.execution_options(**level).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give the only writing transaction; it is committed at the end or not at all."""
        with self._engine.execution_options(takao_begin="BEGIN IMMEDIATE").begin() as connection:
            if not self.is_sqlite:
                connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))
            yield connection

    def upsert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> sa.Executable:
        """Return an insert of ``rows`` that replaces the rows with the same primary key."""
        make = sqlite.insert if self.is_sqlite else postgresql.insert
        statement = make(table).values(list(rows))
        key = [c.name for c in table.primary_key]
        rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key}
        return statement.on_conflict_do_update(index_elements=key, set_=rest)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_database(uri: str) -> Database:
    """Open a database and bring it to the present schema.

    Raises SettingsError for a bad URI, CatalogueError when it cannot be opened or is newer.
    """
    database = Database(uri)
    try:
        _migrate(database)
    except OperationalError as error:
        raise CatalogueError(
            f"無法開啟目錄資料庫 the catalogue cannot be opened: {error.orig}"
        ) from None
    return database


def _engine(uri: str) -> sa.Engine:
    if uri.startswith("postgresql://"):
        uri = "postgresql+psycopg://" + uri.removeprefix("postgresql://")
    try:
        url = sa.make_url(uri)
    except ArgumentError:
        raise SettingsError(f"TAKAO_CATALOGUE is no database address: {uri!r}") from None
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_pre_ping=True)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise SettingsError("TAKAO_CATALOGUE must be sqlite:///FILE or postgresql://…")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401  # a DB-API connection
    connection.isolation_level = None  # we say BEGIN ourselves, so that it can be IMMEDIATE
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    begin = connection.get_execution_options().get("takao_begin", "BEGIN")
    connection.exec_driver_sql(begin)


def _migrate(database: Database) -> None:
    with database.reading() as connection:
        version = _version(connection)
    if version == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "repository:migrations")
    config.set_main_option("path_separator", "os")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise CatalogueError(
                f"目錄資料庫的版本（{version}）比這個 Takao 新，請升級 Takao"
                " the catalogue was written by a newer Takao: upgrade Takao"
            ) from None


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None
