"""Changes in SQL: Works by datestamp, their sets and events."""

from __future__ import annotations

import secrets as randomness
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.catalogue.changes import Change, ChangeFilter, ChangePoint
from repository.sql import tables as t
from repository.sql.listing import is_public, listed_works, newest_datestamp
from repository.sql.rows import event_of, event_row, from_micros, to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repository.model import Event, Work
    from repository.sql.database import Database

_SECRET_BYTES = 32


class SqlChanges:
    """``repository.catalogue.changes.Changes`` on a database."""

    _database: Database

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""
        key, public = is_public(set_spec)
        changed = key.table.c.changed
        wanted = sa.select(key).where(public).order_by(changed.desc(), key.desc()).limit(limit)
        return listed_works(self._database, wanted, t.works.c.changed.desc(), t.works.c.id.desc())

    def changes(
        self, after: ChangePoint | None, limit: int, which: ChangeFilter, offset: int = 0
    ) -> list[Change]:
        """Return up to ``limit`` Works by (changed, id), tombstones included."""
        listed, changed, key = _listed(which)
        wanted = listed.order_by(changed, key).limit(limit).offset(offset)
        if after is not None:
            wanted = wanted.where(sa.tuple_(changed, key) > (to_micros(after.changed), after.id))
        works = listed_works(self._database, wanted, t.works.c.changed, t.works.c.id)
        return [Change(work.changed, work) for work in works if work.changed is not None]

    def count_changes(self, which: ChangeFilter) -> int:
        """Return the number of Works that ``changes`` would list."""
        listed, _, _ = _listed(which)
        query = sa.select(sa.func.count()).select_from(listed.subquery())
        with self._database.reading() as connection:
            total: int = connection.execute(query).scalar_one()
        return total

    def horizon(self) -> datetime:
        """Return the moment up to which ``changes`` is complete."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
        # Whoever starts to write after this is stamped later than now. A writer that is under way
        # is stamped later than all that is committed: that is as far as the list is complete.
        is_writing = self._database.is_writing()
        with self._database.reading() as connection:
            newest = newest_datestamp(connection)
        return from_micros(newest if is_writing else max(now - 1, newest))

    def earliest_change(self) -> datetime | None:
        """Return the first datestamp that may occur."""
        with self._database.reading() as connection:
            first = connection.execute(sa.select(sa.func.min(t.works.c.changed))).scalar()
        return from_micros(first) if first is not None else None

    def set_counts(self) -> dict[str, int]:
        """Return the number of Works by setSpec, withdrawn ones not counted."""
        name = t.work_sets.c.set_spec
        query = sa.select(name, sa.func.count()).where(~t.work_sets.c.withdrawn).group_by(name)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query) if ":" in row[0]}

    def collection_names(self) -> list[str]:
        """Return the names of all collections that have a Work."""
        sets = t.work_sets.c
        is_member = sets.set_spec == sa.literal("collection:") + t.collections.c.id
        members = sa.select(sets.work).where(is_member, ~sets.withdrawn)
        query = sa.select(t.collections.c.name).where(members.exists())
        with self._database.reading() as connection:
            return sorted(connection.execute(query).scalars())

    def events(self, work: str) -> list[Event]:
        """Return a Work's events in order."""
        query = sa.select(t.events).where(t.events.c.work == work).order_by(t.events.c.id)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def record_events(self, events: Iterable[Event]) -> None:
        """Add events."""
        rows = [event_row(e) for e in events]
        if rows:
            with self._database.writing() as connection:
                connection.execute(sa.insert(t.events), rows)

    def secret(self, name: str) -> bytes:
        """Return the random key ``name``, made at the first call and the same ever after."""
        query = sa.select(t.secrets.c.value).where(t.secrets.c.name == name)
        with self._database.reading() as connection:
            found: bytes | None = connection.execute(query).scalar()
        if found is not None:
            return found
        with self._database.writing() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                found = randomness.token_bytes(_SECRET_BYTES)
                connection.execute(sa.insert(t.secrets), {"name": name, "value": found})
        return found


def _listed(
    which: ChangeFilter,
) -> tuple[sa.Select[Any], sa.Column[Any], sa.Column[Any]]:
    """Return a query of Work ids, with the columns of their order: datestamp and id."""
    if which.set_spec is None:
        changed, key = t.works.c.changed, t.works.c.id
        query = sa.select(key)
    else:
        changed, key = t.work_sets.c.changed, t.work_sets.c.work
        query = sa.select(key).where(t.work_sets.c.set_spec == which.set_spec)
        if which.with_pages:
            query = query.join(t.works, t.works.c.id == key)
    if which.with_pages:
        query = query.where(t.works.c.page_count > 0)
    if which.since is not None:
        query = query.where(changed >= to_micros(which.since))
    if which.until is not None:
        query = query.where(changed <= to_micros(which.until))
    return query, changed, key
