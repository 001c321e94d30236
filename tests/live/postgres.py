"""A real PostgreSQL for tests: a throw-away cluster from the system's own binaries.

``TAKAO_TEST_POSTGRESQL`` (a postgresql:// URI whose user may create databases) names a server to
use instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

MISSING = "no PostgreSQL: apt-get install postgresql, or set TAKAO_TEST_POSTGRESQL"


@pytest.fixture(scope="session")
def postgresql_server():
    """The address of a server, its database left out: ``{}`` stands for the name."""
    given = os.environ.get("TAKAO_TEST_POSTGRESQL")  # noqa: TID251  # a setting of the tests
    if given:
        url = sa.make_url(given)
        yield url.set(database="{}").render_as_string(hide_password=False).replace("%7B%7D", "{}")
        return
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("TAKAO_REQUIRE_LIVE") == "1":  # noqa: TID251
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="takao-pg-"))
    user = _owner(folder)
    try:
        yield from _running(binaries, folder, user)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_uri(postgresql_server):
    """An empty database for one test."""
    yield from _database(postgresql_server)


@pytest.fixture(scope="module")
def postgresql_module_uri(postgresql_server):
    """An empty database for the tests of one file."""
    yield from _database(postgresql_server)


def _database(server):
    name = f"takao_{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name}")
    yield server.format(name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _binaries():
    newest_first = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[4]),
        reverse=True,
    )
    found = shutil.which("initdb")
    candidates = [*newest_first, *([Path(found)] if found else [])]
    return candidates[0].parent if candidates else None


def _owner(folder):
    """Give the folder to a user that may run a server; root may not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def _running(binaries, folder, user):
    cluster = folder / "cluster"
    # no group of root's: the server refuses to look privileged
    rights = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **rights}
    initdb = ["--auth=trust", "--username=takao", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run([binaries / "initdb", "-D", cluster, "--no-sync", *initdb], **quiet)
    # Only a socket in our own folder; what the tests kill are clients, so nothing is fsynced.
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [binaries / "pg_ctl", "-D", cluster, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], **quiet)
    try:
        yield f"postgresql://takao@/{{}}?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


def _execute(server, statement):
    url = server.format("postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
