"""The catalogue's tables, the same on SQLite and PostgreSQL (migrations/ makes them).

Times are microseconds since 1970 UTC: exact, comparable, and the same on both.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()
_Sequence = BigInteger().with_variant(Integer, "sqlite")

works = Table(
    "works",
    metadata,
    Column("id", String, primary_key=True),
    Column("identifier", Text, nullable=False, unique=True),
    Column("record", Text, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("withdrawal_reason", Text),
    Column("withdrawal_at", BigInteger),
    Column("submission", Text),
    Column("manifest", LargeBinary),
    Index("works_changed", "changed", "id"),
)

work_sets = Table(
    "work_sets",
    metadata,
    Column("set_spec", String, primary_key=True),
    Column("work", String, primary_key=True),
    Index("work_sets_work", "work"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", String, primary_key=True),
    Column("work", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("frame", Integer),
    Column("master", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("label", Text),
    Column("direction", String),
    Column("has_text", Boolean, nullable=False),
    Index("pages_work", "work", "n"),
)

page_texts = Table(
    "page_texts",
    metadata,
    Column("page", String, primary_key=True),
    Column("work", String, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("boxes", LargeBinary, nullable=False),
    Column("running_start", Integer, nullable=False),
    Column("running_end", Integer, nullable=False),
    Column("lines", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("work", String, nullable=False, index=True),
    Column("type", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("agent", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("page", String),
    Column("detail", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=True),
    Column("work", String, nullable=False),
    Column("page", String),
    Index("outbox_target", "work", "page"),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    Column("index_name", String, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("arguments", Text, nullable=False),
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    Column("page", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("work", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("batch", BigInteger, index=True),
    Column("attempt", Integer, nullable=False),
    Column("input_digest", String, nullable=False),
    Column("configuration_digest", String, nullable=False),
    Column("reason", Text),
    Column("lease_until", BigInteger),
    Column("ended", BigInteger),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
