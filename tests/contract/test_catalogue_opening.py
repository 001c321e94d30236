"""Opening a catalogue: new, older, newer, unusable; SQLite and PostgreSQL."""

import sqlite3
import threading
from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from holdings import described, state, withdraw

from repository import ids
from repository.catalogue.changes import ChangeFilter
from repository.catalogue.works import WorkState
from repository.errors import CatalogueError, SettingsError
from repository.sql import database, tables
from repository.sql.catalogue import open_catalogue
from repository.sql.database import open_database
from storage.errors import StorageFullError


def test_the_tables_are_those_that_the_migrations_make(catalogue_uri):
    with closing(open_database(catalogue_uri)) as opened, opened.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == database.HEAD
    scripts = ScriptDirectory(str(database.Path(database.__file__).parent / "migrations"))
    assert scripts.get_heads() == [database.HEAD]


def test_an_older_catalogue_is_brought_up_to_date(catalogue_uri):
    with closing(open_catalogue(catalogue_uri)) as first:
        first.save([state("W0", pages=1), WorkState(described("W1", material="map"), ())])
        withdraw(first, ids.work_id("W1"))
        which = [ChangeFilter(set_spec=s) for s in ("type:map", "type", "district", "collection")]
        before = [first.changes(None, 10, w) for w in which]
        counts = first.set_counts()
    with closing(open_database(catalogue_uri)) as opened, opened.writing() as connection:
        make_it_the_first_schema(connection)
    with closing(open_catalogue(catalogue_uri)) as again:
        assert [again.changes(None, 10, w) for w in which] == before
        assert again.set_counts() == counts
        assert again.newest(5, "type:map") == []


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_new_catalogue_that_another_process_is_making_is_waited_for(tmp_path, lock):
    path = tmp_path / "catalogue.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute(f"BEGIN {lock}")
    other.execute("CREATE TABLE making (n)")
    done = threading.Timer(0.5, lambda: other.execute("COMMIT"))
    done.start()
    with closing(open_catalogue(f"sqlite:///{path}")) as opened:
        assert opened.count()["works"] == 0
    done.join()
    other.close()


def make_it_the_first_schema(connection):
    """Undo what later migrations did, keeping the rows."""
    for statement in (
        "ALTER TABLE works DROP COLUMN edited",
        "CREATE TEMPORARY TABLE kept AS SELECT set_spec, work FROM work_sets"
        " WHERE set_spec LIKE '%:%'",
        "DROP TABLE work_sets",
        "CREATE TABLE work_sets (set_spec TEXT, work TEXT, PRIMARY KEY (set_spec, work))",
        "INSERT INTO work_sets SELECT * FROM kept",
        "DROP TABLE kept",
        "CREATE INDEX work_sets_work ON work_sets (work)",
        "DROP INDEX works_public",
        "DROP INDEX works_changed",
        "CREATE INDEX works_changed ON works (changed, id)",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        connection.execute(sa.text(statement))


def test_a_catalogue_opens_again(catalogue_uri):
    with closing(open_catalogue(catalogue_uri)) as first:
        first.save([state()])
    with closing(open_catalogue(catalogue_uri)) as again:
        assert again.count()["works"] == 1


def test_a_newer_catalogue_is_refused_and_left_alone(catalogue_uri):
    with closing(open_database(catalogue_uri)) as opened, opened.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogueError, match="newer Takao"):
        open_catalogue(catalogue_uri)
    with pytest.raises(CatalogueError, match="9999"):
        open_catalogue(catalogue_uri)


@pytest.mark.parametrize("address", ["", "mysql://x/y", "sqlite://", "http://example.org", "x:y:z"])
def test_other_addresses_are_refused(address):
    with pytest.raises(SettingsError):
        open_catalogue(address)


def test_a_server_that_does_not_answer_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be used"):
        open_catalogue(f"postgresql:///takao?host={tmp_path}")


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "x").write_bytes(b"not a database " * 100)
    with pytest.raises(CatalogueError, match="cannot be used"):
        open_catalogue(f"sqlite:///{tmp_path}/x")


def test_a_full_disk_is_named(tmp_path):
    with closing(open_catalogue(f"sqlite:///{tmp_path}/c.sqlite")) as catalogue:
        catalogue.save([state()])
        with catalogue._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageFullError, match="cannot be written"):
            catalogue.save([state(f"W{i}", pages=40) for i in range(20)])
        assert catalogue.count()["works"] == 1


def test_sqlite_is_durable_and_read_while_written(tmp_path):
    path = tmp_path / "c.sqlite"
    with closing(open_catalogue(f"sqlite:///{path}")) as catalogue:
        seen = []
        catalogue.save([state()], preserve=lambda _: seen.append(catalogue.count()["works"]))
        assert seen == [0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
