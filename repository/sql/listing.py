"""Which Works are listed, in what order: shared by the readers of Works and of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.sql import tables as t
from repository.sql.rows import work_of

if TYPE_CHECKING:
    from repository.model import Work
    from repository.sql.database import Database


def listed_works(
    database: Database, wanted: sa.Select[Any], *order: sa.ColumnElement[Any]
) -> list[Work]:
    """Return the Works whose ids ``wanted`` gives from an index: only their rows are read."""
    ids = wanted.subquery()
    query = sa.select(*t.described_works).join(ids, ids.c[0] == t.works.c.id).order_by(*order)
    with database.reading() as connection:
        return [work_of(row) for row in connection.execute(query)]


def is_public(set_spec: str | None) -> tuple[sa.Column[Any], sa.ColumnElement[bool]]:
    """Return the id column and the condition of Works (of a set) that are not withdrawn."""
    if set_spec is None:
        return t.works.c.id, t.works.c.withdrawal_at.is_(None)
    sets = t.work_sets.c
    return sets.work, sa.and_(sets.set_spec == set_spec, ~sets.withdrawn)


def newest_datestamp(connection: sa.Connection) -> int:
    """Return the last datestamp of any Work in microseconds since 1970 UTC, 0 without Works."""
    return connection.execute(sa.select(sa.func.max(t.works.c.changed))).scalar() or 0
