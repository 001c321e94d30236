"""The catalogue on a SQL database: one implementation for SQLite and PostgreSQL."""

from __future__ import annotations

import itertools
import secrets as randomness
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from repository import tables as t
from repository.catalogue import Change, ChangeFilter, ChangePoint, WorkState
from repository.collection import collection_id, set_specs
from repository.database import Database, open_database
from repository.sql_outbox import SqlOutbox
from repository.sql_rows import (
    event_of,
    event_row,
    from_micros,
    page_of,
    page_row,
    text_of,
    text_row,
    to_micros,
    work_of,
    work_row,
)
from repository.sql_steps import SqlSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from repository.model import Event, Page, PageTextRow, Work

_CHUNK = 500
_SECRET_BYTES = 32
_T = TypeVar("_T")


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
                for chunk in _chunks(values)
                for row in connection.execute(sa.select(t.works).where(column.in_(chunk)))
            ]
        return [work_of(row) for row in rows]

    def list_works(self, after: str | None, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works that are not withdrawn, by id, after the id ``after``."""
        query = sa.select(t.works).where(t.works.c.withdrawal_at.is_(None))
        if after is not None:
            query = query.where(t.works.c.id > after)
        if set_spec is not None:
            query = query.where(_in_set(set_spec))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(t.works.c.id).limit(limit)).all()
        return [work_of(row) for row in rows]

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""
        query = sa.select(t.works).where(t.works.c.withdrawal_at.is_(None))
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
                for chunk in _chunks(ids)
                for row in connection.execute(sa.select(t.pages).where(t.pages.c.id.in_(chunk)))
            ]
        return {row.id: page_of(row) for row in rows}

    def pages_of(self, work: str) -> tuple[Page, ...]:
        """Return a Work's pages in order."""
        with self._database.reading() as connection:
            return _pages_of(connection, work)

    def first_pages(self, works: Sequence[str]) -> dict[str, Page]:
        """Return page 1 of each Work by Work id; Works without pages are absent."""
        query = sa.select(t.pages).where(t.pages.c.n == 1)
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in _chunks(works)
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
                for chunk in _chunks(pages)
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
            now = _next_datestamp(connection)
            stamped = [
                replace(s, work=replace(s.work, changed=from_micros(now + i)))
                for i, s in enumerate(states)
            ]
            for state in stamped:
                self._write(connection, state)
            if preserve is not None:
                preserve([s.work for s in stamped])

    def adopt(self, states: Sequence[WorkState]) -> None:
        """Write Works with their own datestamps; see ``Catalogue.adopt``."""
        with self._database.writing() as connection:
            for state in states:
                if state.work.changed is None:
                    now = from_micros(_next_datestamp(connection))
                    state = replace(state, work=replace(state.work, changed=now))
                self._write(connection, state)

    def _write(self, connection: sa.Connection, state: WorkState) -> None:
        work = state.work
        if work.changed is None:
            raise ValueError("a Work is written with its datestamp")
        before = _pages_of(connection, work.id)
        known = _work(connection, work.id)
        row = work_row(work, to_micros(work.changed), state.manifest)
        connection.execute(self._database.upsert(t.works, [row]))
        connection.execute(sa.delete(t.work_sets).where(t.work_sets.c.work == work.id))
        sets = [{"work": work.id, "set_spec": s} for s in set_specs(work.record)]
        connection.execute(sa.insert(t.work_sets), sets)
        names = [{"id": collection_id(n), "name": n} for n in work.record.collections]
        if names:
            connection.execute(self._database.upsert(t.collections, names))
        gone = [p.id for p in before if p.id not in {q.id for q in state.pages}]
        for chunk in _chunks(gone):
            connection.execute(sa.delete(t.page_texts).where(t.page_texts.c.page.in_(chunk)))
            connection.execute(sa.delete(t.pages).where(t.pages.c.id.in_(chunk)))
        for pages in _chunks([page_row(p) for p in state.pages]):
            connection.execute(self._database.upsert(t.pages, pages))
        for texts in _chunks([text_row(x) for x in state.texts]):
            connection.execute(self._database.upsert(t.page_texts, texts))
        if state.events:
            connection.execute(sa.insert(t.events), [event_row(e) for e in state.events])
        targets = [None, *_touched(known, before, state)]
        rows = [{"work": work.id, "page": page} for page in targets]
        connection.execute(sa.insert(t.outbox), rows)

    def changes(self, after: ChangePoint | None, limit: int, which: ChangeFilter) -> list[Change]:
        """Return up to ``limit`` Works by (changed, id), tombstones included."""
        changed, key = t.works.c.changed, t.works.c.id
        query = sa.select(t.works)
        if after is not None:
            point = to_micros(after.changed)
            query = query.where(sa.or_(changed > point, sa.and_(changed == point, key > after.id)))
        if which.since is not None:
            query = query.where(changed >= to_micros(which.since))
        if which.until is not None:
            query = query.where(changed <= to_micros(which.until))
        if which.set_spec is not None:
            query = query.where(_in_set(which.set_spec))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(changed, key).limit(limit)).all()
        return [Change(from_micros(row.changed), work_of(row)) for row in rows]

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
        used = {s.partition(":")[2] for s in self.set_counts() if s.startswith("collection:")}
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(t.collections)).all()
        return sorted(row.name for row in rows if row.id in used)

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
        with self._database.writing() as connection:
            found: bytes | None = connection.execute(query).scalar()
            if found is None:
                found = randomness.token_bytes(_SECRET_BYTES)
                connection.execute(sa.insert(t.secrets), {"name": name, "value": found})
        return found


def open_catalogue(uri: str) -> SqlCatalogue:
    """Open the catalogue at ``uri``; an empty or older database is brought up to date.

    Raises SettingsError for a bad URI, CatalogueError when it cannot be opened or is newer.
    """
    return SqlCatalogue(open_database(uri))


def _next_datestamp(connection: sa.Connection) -> int:
    """Return now, or just after the newest datestamp when the clock stands behind it."""
    newest = connection.execute(sa.select(sa.func.max(t.works.c.changed))).scalar() or 0
    return max(time.time_ns() // 1000, newest + 1)


def _work(connection: sa.Connection, work: str) -> Work | None:
    row = connection.execute(sa.select(t.works).where(t.works.c.id == work)).one_or_none()
    return work_of(row) if row is not None else None


def _pages_of(connection: sa.Connection, work: str) -> tuple[Page, ...]:
    query = sa.select(t.pages).where(t.pages.c.work == work).order_by(t.pages.c.n)
    return tuple(page_of(row) for row in connection.execute(query))


def _touched(known: Work | None, before: Sequence[Page], state: WorkState) -> list[str]:
    """Return the pages whose index entry is out of date.

    Those that are new, changed or gone, those before such a one (for phrases over the page break),
    and all of them when the description changed, since it counts for each page.
    """
    old, new = {p.id: p for p in before}, {p.id: p for p in state.pages}
    if known is None or replace(known, changed=state.work.changed) != state.work:
        return sorted(old.keys() | new.keys())
    read = {text.page for text in state.texts}
    touched = {i for i in old.keys() | new.keys() if old.get(i) != new.get(i) or i in read}
    pairs = [*itertools.pairwise(before), *itertools.pairwise(state.pages)]
    return sorted(touched | {page.id for page, following in pairs if following.id in touched})


def _in_set(set_spec: str) -> sa.ColumnElement[bool]:
    members = sa.select(t.work_sets.c.work).where(t.work_sets.c.set_spec == set_spec)
    return t.works.c.id.in_(members)


def _chunks(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))
