"""The catalogue on a SQL database: one implementation for SQLite and PostgreSQL."""

from __future__ import annotations

import secrets as randomness
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository import tables as t
from repository.catalogue import Change, ChangeFilter, ChangePoint, WorkState
from repository.database import Database, open_database
from repository.sql_outbox import SqlOutbox
from repository.sql_rows import (
    chunks,
    event_of,
    event_row,
    from_micros,
    page_of,
    text_of,
    to_micros,
    work_of,
)
from repository.sql_saving import write
from repository.sql_steps import SqlSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from repository.model import Event, Page, PageTextRow, Work

_SECRET_BYTES = 32


class SqlCatalogue(SqlOutbox, SqlSteps):
    """``repository.catalogue.Catalogue`` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def get_works(self, ids: Sequence[str]) -> dict[str, Work]:
        """Return the Works by id, withdrawn ones too."""
        return {w.id: w for w in self._works(t.works.c.id, ids)}

    def works_by_identifier(self, identifiers: Sequence[str]) -> dict[str, Work]:
        """Return Works by source identifier."""
        found = self._works(t.works.c.identifier, identifiers)
        return {w.record.identifier: w for w in found}

    def _works(self, column: sa.Column[Any], values: Sequence[str]) -> list[Work]:
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in chunks(values)
                for row in connection.execute(
                    sa.select(*t.described_works).where(column.in_(chunk))
                )
            ]
        return [work_of(row) for row in rows]

    def list_works(self, after: str | None, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works that are not withdrawn, by id, after the id ``after``."""
        query = sa.select(*t.described_works).where(t.works.c.withdrawal_at.is_(None))
        if after is not None:
            query = query.where(t.works.c.id > after)
        if set_spec is not None:
            query = query.where(_in_set(set_spec))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(t.works.c.id).limit(limit)).all()
        return [work_of(row) for row in rows]

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""
        query = sa.select(*t.described_works).where(t.works.c.withdrawal_at.is_(None))
        if set_spec is not None:
            query = query.where(_in_set(set_spec))
        order = query.order_by(t.works.c.changed.desc(), t.works.c.id.desc())
        with self._database.reading() as connection:
            rows = connection.execute(order.limit(limit)).all()
        return [work_of(row) for row in rows]

    def count(self) -> dict[str, int]:
        """Return {"works", "pages", "withdrawn"}."""
        public = t.works.c.withdrawal_at.is_(None)
        with self._database.reading() as connection:
            works, pages = connection.execute(
                sa.select(
                    sa.func.count(), sa.func.coalesce(sa.func.sum(t.works.c.page_count), 0)
                ).where(public)
            ).one()
            withdrawn = connection.execute(
                sa.select(sa.func.count()).select_from(t.works).where(~public)
            ).scalar_one()
        return {"works": works, "pages": int(pages), "withdrawn": withdrawn}

    def get_pages(self, ids: Sequence[str]) -> dict[str, Page]:
        """Return pages by id, also those of withdrawn Works."""
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in chunks(ids)
                for row in connection.execute(sa.select(t.pages).where(t.pages.c.id.in_(chunk)))
            ]
        return {row.id: page_of(row) for row in rows}

    def pages_of(self, work: str) -> tuple[Page, ...]:
        """Return a Work's pages in order."""
        query = sa.select(t.pages).where(t.pages.c.work == work).order_by(t.pages.c.n)
        with self._database.reading() as connection:
            return tuple(page_of(row) for row in connection.execute(query))

    def first_pages(self, works: Sequence[str]) -> dict[str, Page]:
        """Return page 1 of each Work by Work id; Works without pages are absent."""
        query = sa.select(t.pages).where(t.pages.c.n == 1)
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in chunks(works)
                for row in connection.execute(query.where(t.pages.c.work.in_(chunk)))
            ]
        return {row.work: page_of(row) for row in rows}

    def texts(self, pages: Sequence[str]) -> dict[str, PageTextRow]:
        """Return the text of pages by page id; a page without text is absent."""
        query = sa.select(t.page_texts, t.pages.c.n).join(
            t.pages, t.pages.c.id == t.page_texts.c.page
        )
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in chunks(pages)
                for row in connection.execute(query.where(t.page_texts.c.page.in_(chunk)))
            ]
        return {row.page: text_of(row) for row in rows}

    def manifest(self, work: str) -> bytes | None:
        """Return the stored manifest with ``{base}`` in it."""
        query = sa.select(t.works.c.manifest).where(t.works.c.id == work)
        with self._database.reading() as connection:
            found: bytes | None = connection.execute(query).scalar()
        return found

    def save(
        self,
        states: Sequence[WorkState],
        preserve: Callable[[Sequence[Work]], None] | None = None,
    ) -> None:
        """Write Works with all that belongs to them; see ``Catalogue.save``."""
        with self._database.writing() as connection:
            now = self._next_datestamp(connection)
            stamped = [
                replace(s, work=replace(s.work, changed=from_micros(now + i)))
                for i, s in enumerate(states)
            ]
            write(self._database, connection, stamped)
            if preserve is not None:
                preserve([s.work for s in stamped])

    def adopt(self, states: Sequence[WorkState]) -> None:
        """Write Works with their own datestamps; see ``Catalogue.adopt``."""
        with self._database.writing() as connection:
            now = from_micros(self._next_datestamp(connection))
            stamped = [
                s if s.work.changed else replace(s, work=replace(s.work, changed=now))
                for s in states
            ]
            for chunk in chunks([s.work.id for s in states]):
                connection.execute(sa.delete(t.events).where(t.events.c.work.in_(chunk)))
            write(self._database, connection, stamped)

    def _next_datestamp(self, connection: sa.Connection) -> int:
        """Return now, or just after the newest datestamp when the clock stands behind it."""
        return max(self._database.now(connection), _newest(connection) + 1)

    def changes(
        self, after: ChangePoint | None, limit: int, which: ChangeFilter, offset: int = 0
    ) -> list[Change]:
        """Return up to ``limit`` Works by (changed, id), tombstones included."""
        changed, key = t.works.c.changed, t.works.c.id
        query = _filtered(sa.select(key), which).order_by(changed, key)
        if after is not None:
            point = (to_micros(after.changed), after.id)
            query = query.where(sa.tuple_(changed, key) > point)
        # The ids come from the index alone; only the rows that are wanted are then read.
        wanted = query.limit(limit).offset(offset).subquery()
        full = sa.select(*t.described_works).join(wanted, wanted.c.id == key).order_by(changed, key)
        with self._database.reading() as connection:
            rows = connection.execute(full).all()
        return [Change(from_micros(row.changed), work_of(row)) for row in rows]

    def count_changes(self, which: ChangeFilter) -> int:
        """Return the number of Works that ``changes`` would list."""
        query = _filtered(sa.select(sa.func.count()).select_from(t.works), which)
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
            newest = _newest(connection)
        return from_micros(newest if is_writing else max(now - 1, newest))

    def earliest_change(self) -> datetime | None:
        """Return the first datestamp that may occur."""
        with self._database.reading() as connection:
            first = connection.execute(sa.select(sa.func.min(t.works.c.changed))).scalar()
        return from_micros(first) if first is not None else None

    def set_counts(self) -> dict[str, int]:
        """Return the number of Works by setSpec, withdrawn ones not counted."""
        query = (
            sa.select(t.work_sets.c.set_spec, sa.func.count())
            .join(t.works, t.works.c.id == t.work_sets.c.work)
            .where(t.works.c.withdrawal_at.is_(None))
            .group_by(t.work_sets.c.set_spec)
        )
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def collection_names(self) -> list[str]:
        """Return the names of all collections that have a Work."""
        members = (
            sa.select(t.work_sets.c.work)
            .join(t.works, t.works.c.id == t.work_sets.c.work)
            .where(
                t.work_sets.c.set_spec == sa.literal("collection:") + t.collections.c.id,
                t.works.c.withdrawal_at.is_(None),
            )
        )
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


def open_catalogue(uri: str) -> SqlCatalogue:
    """Open the catalogue at ``uri``; an empty or older database is brought up to date.

    Raises SettingsError for a bad URI, CatalogueError when it cannot be opened or is newer.
    """
    return SqlCatalogue(open_database(uri))


def _newest(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.max(t.works.c.changed))).scalar() or 0


def _filtered(query: sa.Select[Any], which: ChangeFilter) -> sa.Select[Any]:
    if which.since is not None:
        query = query.where(t.works.c.changed >= to_micros(which.since))
    if which.until is not None:
        query = query.where(t.works.c.changed <= to_micros(which.until))
    if which.set_spec is not None:
        query = query.where(_in_set(which.set_spec))
    return query.where(t.works.c.page_count > 0) if which.with_pages else query


def _in_set(set_spec: str) -> sa.ColumnElement[bool]:
    """Tell membership of a set; a parent (one without colon) has the Works of all its members."""
    column = t.work_sets.c.set_spec
    matches = column == set_spec
    if ":" not in set_spec:
        matches = column.startswith(f"{set_spec}:", autoescape=True)
    return t.works.c.id.in_(sa.select(t.work_sets.c.work).where(matches))
