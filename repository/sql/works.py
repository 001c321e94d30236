"""Works, pages and texts in SQL: read by id, saved many at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.errors import StaleWorkError
from repository.sql import tables as t
from repository.sql.listing import is_public, listed_works, newest_datestamp
from repository.sql.rows import chunks, from_micros, page_of, text_of, work_of
from repository.sql.saving import held_works, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repository.catalogue.works import WorkState
    from repository.model import Page, PageTextRow, Work
    from repository.sql.database import Database

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


class SqlWorks:
    """``repository.catalogue.works.Works`` on a database."""

    _database: Database

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
        key, public = is_public(set_spec)
        wanted = sa.select(key).where(public).order_by(key).limit(limit)
        if after is not None:
            wanted = wanted.where(key > after)
        return listed_works(self._database, wanted, t.works.c.id)

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
        """Write Works with all that belongs to them; see ``Works.save``."""
        with self._database.writing() as connection:
            known = held_works(connection, [s.work.id for s in states])
            _require_same(states, known)
            now = self._next_datestamp(connection)
            stamped = [
                replace(s, work=replace(s.work, changed=from_micros(now + i)))
                for i, s in enumerate(states)
            ]
            write(self._database, connection, stamped, known)
            if preserve is not None:
                preserve([s.work for s in stamped])

    def adopt(self, states: Sequence[WorkState]) -> None:
        """Write Works with their own datestamps; see ``Works.adopt``."""
        with self._database.writing() as connection:
            known = held_works(connection, [s.work.id for s in states])
            now = from_micros(self._next_datestamp(connection))
            stamped = [
                s if s.work.changed else replace(s, work=replace(s.work, changed=now))
                for s in states
                if s.work.id not in known
            ]
            if stamped:
                write(self._database, connection, stamped, known)

    def _next_datestamp(self, connection: sa.Connection) -> int:
        """Return now, or just after the newest datestamp when the clock stands behind it."""
        return max(self._database.now(connection), newest_datestamp(connection) + 1)


def _require_same(states: Sequence[WorkState], known: Mapping[str, Work]) -> None:
    """Raise StaleWorkError unless each Work still stands as its new state was made from it."""
    for state in states:
        held = known.get(state.work.id)
        if (held.changed if held else None) != state.work.changed:
            raise StaleWorkError(f"{state.work.id} was changed by somebody else meanwhile")
