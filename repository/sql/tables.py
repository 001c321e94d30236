"""The catalogue's tables, the same on SQLite and PostgreSQL (migrations/ makes them).

Times are microseconds since 1970 UTC: exact, comparable, and the same on both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """Text from outside: what no database takes (NUL, lone surrogates) becomes U+FFFD, 1 for 1."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return what can be stored."""
        return None if value is None else _NOT_TEXT.sub("\ufffd", value)


metadata = MetaData()
_Sequence = BigInteger().with_variant(Integer, "sqlite")

works = Table(
    "works",
    metadata,
    Column("id", Words, primary_key=True),
    Column("identifier", Words, nullable=False, unique=True),
    Column("record", Words, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("withdrawal_reason", Words),
    Column("withdrawal_at", BigInteger),
    Column("submission", Words),
    Column("edited", Words),
    Column("manifest", LargeBinary),
    Index("works_changed", "changed", "id", "page_count"),
    Index("works_public", "withdrawal_at", "page_count"),
)
# A manifest may be megabytes: it is read only when it is asked for.
described_works = tuple(c for c in works.columns if c.name != "manifest")

# A Work's place in the order of change stands beside each of its sets: the list of a large set is
# read from one index.
work_sets = Table(
    "work_sets",
    metadata,
    Column("set_spec", Words, primary_key=True),
    Column("work", Words, ForeignKey("works.id"), primary_key=True),
    Column("changed", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index("work_sets_work", "work"),
    Index("work_sets_changed", "set_spec", "changed", "work", "withdrawn"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Words, primary_key=True),
    Column("work", Words, ForeignKey("works.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("file", Words, nullable=False),
    Column("frame", Integer),
    Column("master", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("label", Words),
    Column("direction", Words),
    Column("has_text", Boolean, nullable=False),
    Index("pages_work", "work", "n"),
)

page_texts = Table(
    "page_texts",
    metadata,
    Column("page", Words, ForeignKey("pages.id"), primary_key=True),
    Column("work", Words, nullable=False, index=True),
    Column("text", Words, nullable=False),
    Column("boxes", LargeBinary, nullable=False),
    Column("running_start", Integer, nullable=False),
    Column("running_end", Integer, nullable=False),
    Column("lines", Words, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("work", Words, nullable=False, index=True),
    Column("type", Words, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("agent", Words, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("page", Words),
    Column("detail", Words, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=True),
    Column("work", Words, nullable=False),
    Column("page", Words),
    Index("outbox_target", "work", "page"),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    Column("index_name", Words, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("arguments", Words, nullable=False),
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    Column("page", Words, primary_key=True),
    Column("name", Words, primary_key=True),
    Column("work", Words, nullable=False, index=True),
    Column("state", Words, nullable=False),
    Column("batch", BigInteger, index=True),
    Column("attempt", Integer, nullable=False),
    Column("input_digest", Words, nullable=False),
    Column("configuration_digest", Words, nullable=False),
    Column("reason", Words),
    Column("lease_until", BigInteger),
    Column("ended", BigInteger),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
