"""The two databases behind the catalogue, and all in which they differ.

SQLite: WAL, one writer at a time by ``BEGIN IMMEDIATE``. PostgreSQL: one writer at a time by an
advisory lock held to the commit. So sequences and datestamps are given in the order of commits,
and a reader can never be overtaken by a late one.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from repository.errors import CatalogueError, SettingsError
from storage.errors import StorageFullError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUSY_MILLISECONDS = 60_000
_RETRY_SECONDS = 0.02
# Holdings (sequences, datestamps) and steps have a lock each: a heartbeat need not wait for a save.
Lock = Literal["holdings", "steps"]
_LOCKS: dict[Lock, int] = {"holdings": 0x54414B41, "steps": 0x54414B42}  # "TAKA", "TAKB"
_FULL = ("database or disk is full", "readonly database", "disk I/O error")
_FULL_STATE = "53100"  # PostgreSQL's disk_full
HEAD = "0003"


class Database:
    """An engine whose writes are one at a time. ``uri`` is sqlite:///… or postgresql://….

    Its context managers raise StorageFullError when there is no room to write, CatalogueError when
    the database does not answer.
    """

    def __init__(self, uri: str) -> None:
        self._engine = _engine(uri)
        self.is_sqlite = self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the database throughout."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        engine = self._engine.execution_options(**level)
        with _naming_failures(), engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, lock: Lock = "holdings") -> Iterator[sa.Connection]:
        """Give the only writing transaction; it is committed at the end or not at all."""
        engine = self._engine.execution_options(takao_begin="BEGIN IMMEDIATE")
        with _naming_failures(), engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS[lock])))
            yield connection

    def is_writing(self) -> bool:
        """Tell whether holdings are being written at this moment, by any process."""
        with _naming_failures():
            return self._sqlite_writes() if self.is_sqlite else self._postgresql_writes()

    def _postgresql_writes(self) -> bool:
        with self._engine.begin() as connection:
            free = sa.func.pg_try_advisory_xact_lock_shared(_LOCKS["holdings"])
            return not connection.execute(sa.select(free)).scalar_one()

    def _sqlite_writes(self) -> bool:
        with self._engine.execution_options(takao_begin="").connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError:
                return True
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
            return False

    def now(self, connection: sa.Connection) -> int:
        """Return microseconds since 1970 UTC by the one clock that all writers go by."""
        return connection.execute(sa.select(self.clock())).scalar_one()

    def clock(self) -> sa.ColumnElement[int]:
        """Return ``now`` as an expression; to be made when the transaction has begun."""
        if self.is_sqlite:
            return sa.literal(time.time_ns() // 1000, sa.BigInteger)
        seconds = sa.func.extract("epoch", sa.func.clock_timestamp())
        return sa.cast(seconds * 1_000_000, sa.BigInteger)

    def upsert(self, table: sa.Table) -> sa.Executable:
        """Return an insert that replaces the row with the same primary key."""
        make = sqlite.insert if self.is_sqlite else postgresql.insert
        statement = make(table)
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
    except DatabaseError as error:
        database.close()
        raise _not_opened(error) from None
    except CatalogueError:
        database.close()
        raise
    return database


def _not_opened(error: DBAPIError) -> CatalogueError:
    return CatalogueError(f"無法使用目錄資料庫 the catalogue cannot be used: {error.orig}")


@contextmanager
def _naming_failures() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _FULL_STATE or any(text in str(error.orig) for text in _FULL):
            raise StorageFullError(
                f"無法寫入目錄資料庫 the catalogue cannot be written: {error.orig}"
            ) from error
        raise _not_opened(error) from error


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
    engine = sa.create_engine(url, max_overflow=-1)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401  # a DB-API connection
    connection.isolation_level = None  # we say BEGIN ourselves, so that it can be IMMEDIATE
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn WAL on; for this change alone SQLite waits for no other process by itself."""
    until = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    if begin := connection.get_execution_options().get("takao_begin", "BEGIN"):
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
    config.set_main_option("script_location", "repository.sql:migrations")
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
