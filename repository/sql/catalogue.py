"""The catalogue on a SQL database: one implementation for SQLite and PostgreSQL."""

from __future__ import annotations

import secrets as randomness
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.catalogue import Change, ChangeFilter, ChangePoint, WorkState
from repository.sql import tables as t
from repository.sql.database import Database, open_database
from repository.sql.outbox import SqlOutbox
from repository.sql.rows import (
    chunks,
    event_of,
    event_row,
    from_micros,
    page_of,
    text_of,
    to_micros,
    work_of,
)
from repository.sql.saving import write
from repository.sql.steps import SqlSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from repository.model import Event, Page, PageTextRow, Work

_SECRET_BYTES = 32
# Queries for any number of values, made once: to make one again takes longer than to run it.
_VALUES: sa.BindParameter[str] = sa.bindparam("values", expanding=True)
_WORKS = sa.select(*t.described_works).where(t.works.c.id.in_(_VALUES))
_PAGES = sa.select(t.pages).where(t.pages.c.id.in_(_VALUES))
_FIRST_PAGES = sa.select(t.pages).where(t.pages.c.n == 1, t.pages.c.work.in_(_VALUES))
_TEXTS = (
    sa.select(t.page_texts, t.pages.c.n)
    .join(t.pages, t.pages.c.id == t.page_texts.c.page)
    .where(t.page_texts.c.page.in_(_VALUES))
)
_PLAIN_TEXTS = sa.select(t.page_texts.c.page, t.page_texts.c.text).where(
    t.page_texts.c.page.in_(_VALUES)
)
_HERE, _AFTER = t.pages.alias("here"), t.pages.alias("after")
_FOLLOWING_TEXTS = (
    sa.select(_HERE.c.id.label("before"), t.page_texts, _AFTER.c.n)
    .join(_AFTER, sa.and_(_AFTER.c.work == _HERE.c.work, _AFTER.c.n == _HERE.c.n + 1))
    .join(t.page_texts, t.page_texts.c.page == _AFTER.c.id)
    .where(_HERE.c.id.in_(_VALUES))
)


class SqlCatalogue(SqlOutbox, SqlSteps):
    """``repository.catalogue.Catalogue`` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def get_works(self, ids: Sequence[str]) -> dict[str, Work]:
        """Return the Works by id, withdrawn ones too."""
        return {row.id: work_of(row) for row in self._among(_WORKS, ids)}

    def _among(self, query: sa.Select[Any], values: Sequence[str]) -> list[sa.Row[Any]]:
        """Return the rows of a ``query`` for any number of ``_VALUES``, in no order."""
        with self._database.reading() as connection:
            return [
                row
                for chunk in chunks(sorted(values))
                for row in connection.execute(query, {"values": chunk}).all()
            ]

    def list_works(self, after: str | None, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works that are not withdrawn, by id, after the id ``after``."""
        key, public = _public(set_spec)
        wanted = sa.select(key).where(public).order_by(key).limit(limit)
        if after is not None:
            wanted = wanted.where(key > after)
        return self._by_id(wanted, t.works.c.id)

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""
        key, public = _public(set_spec)
        changed = key.table.c.changed
        wanted = sa.select(key).where(public).order_by(changed.desc(), key.desc()).limit(limit)
        return self._by_id(wanted, t.works.c.changed.desc(), t.works.c.id.desc())

    def _by_id(self, wanted: sa.Select[Any], *order: sa.ColumnElement[Any]) -> list[Work]:
        """Return the Works whose ids ``wanted`` gives from an index: only their rows are read."""
        ids = wanted.subquery()
        query = sa.select(*t.described_works).join(ids, ids.c[0] == t.works.c.id).order_by(*order)
        with self._database.reading() as connection:
            return [work_of(row) for row in connection.execute(query)]

    def count(self) -> dict[str, int]:
        """Return {"works", "pages", "withdrawn"}."""
        public = t.works.c.withdrawal_at.is_(None)
        pages = sa.func.coalesce(sa.func.sum(t.works.c.page_count), 0)
        with self._database.reading() as connection:
            held = connection.execute(sa.select(sa.func.count(), pages).where(public)).one()
            everything = sa.select(sa.func.count()).select_from(t.works)
            withdrawn = connection.execute(everything.where(~public)).scalar_one()
        return {"works": held[0], "pages": int(held[1]), "withdrawn": withdrawn}

    def get_pages(self, ids: Sequence[str]) -> dict[str, Page]:
        """Return pages by id, also those of withdrawn Works."""
        return {row.id: page_of(row) for row in self._among(_PAGES, ids)}

    def pages_of(self, work: str) -> tuple[Page, ...]:
        """Return a Work's pages in order."""
        query = sa.select(t.pages).where(t.pages.c.work == work).order_by(t.pages.c.n)
        with self._database.reading() as connection:
            return tuple(page_of(row) for row in connection.execute(query))

    def first_pages(self, works: Sequence[str]) -> dict[str, Page]:
        """Return page 1 of each Work by Work id; Works without pages are absent."""
        return {row.work: page_of(row) for row in self._among(_FIRST_PAGES, works)}

    def texts(self, pages: Sequence[str]) -> dict[str, PageTextRow]:
        """Return the text of pages by page id; a page without text is absent."""
        return {row.page: text_of(row) for row in self._among(_TEXTS, pages)}

    def plain_texts(self, pages: Sequence[str]) -> dict[str, str]:
        """Return the characters alone of what ``texts`` gives."""
        return {row.page: row.text for row in self._among(_PLAIN_TEXTS, pages)}

    def following_texts(self, pages: Sequence[str]) -> dict[str, PageTextRow]:
        """Return, by the id of each page, the text of the page that follows it in its Work."""
        rows = self._among(_FOLLOWING_TEXTS, pages)
        return {row.before: text_of(row) for row in rows}

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
        listed, changed, key = _listed(which)
        wanted = listed.order_by(changed, key).limit(limit).offset(offset)
        if after is not None:
            wanted = wanted.where(sa.tuple_(changed, key) > (to_micros(after.changed), after.id))
        works = self._by_id(wanted, t.works.c.changed, t.works.c.id)
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
            newest = _newest(connection)
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


def open_catalogue(uri: str) -> SqlCatalogue:
    """Open the catalogue at ``uri``; an empty or older database is brought up to date.

    Raises SettingsError for a bad URI, CatalogueError when it cannot be opened or is newer.
    """
    return SqlCatalogue(open_database(uri))


def _newest(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.max(t.works.c.changed))).scalar() or 0


def _public(set_spec: str | None) -> tuple[sa.Column[Any], sa.ColumnElement[bool]]:
    """Return the id column and the condition of Works (of a set) that are not withdrawn."""
    if set_spec is None:
        return t.works.c.id, t.works.c.withdrawal_at.is_(None)
    sets = t.work_sets.c
    return sets.work, sa.and_(sets.set_spec == set_spec, ~sets.withdrawn)


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
