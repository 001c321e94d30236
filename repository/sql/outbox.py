"""The outbox in SQL: what the indexers have to look at again, and how far each of them is."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import sqlalchemy as sa

from repository.catalogue.outbox import Indexed, OutboxRow
from repository.sql import tables as t
from repository.sql.rows import chunks, page_of, text_of, work_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.model import Page, PageTextRow, Work
    from repository.sql.database import Database

_PAGES_AT_ONCE = 1000  # about 16 MB of text and boxes


class SqlOutbox:
    """The part of ``SqlCatalogue`` that feeds indexers."""

    _database: Database

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        """Return outbox rows after a sequence, in order, none committed later in between."""
        query = (
            sa.select(t.outbox)
            .where(t.outbox.c.sequence > after)
            .order_by(t.outbox.c.sequence)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [OutboxRow(row.sequence, row.work, row.page) for row in rows]

    def indexed(self, rows: Sequence[OutboxRow]) -> list[Indexed]:
        """Return the present state behind each distinct target of ``rows``, in one snapshot."""
        targets = list(dict.fromkeys((row.work, row.page) for row in rows))
        with self._database.reading() as connection:
            held = _Held(connection, sorted({work for work, _ in targets}))
            held.read_texts(connection, {page for _, page in targets if page is not None})
        return [held.indexed(work, page) for work, page in targets]

    def everything(self, after: str | None, works: int) -> list[Indexed]:
        """Return the state of the next ``works`` Works and all their pages, by Work id."""
        query = sa.select(t.works.c.id, t.works.c.page_count).order_by(t.works.c.id).limit(works)
        if after is not None:
            query = query.where(t.works.c.id > after)
        with self._database.reading() as connection:
            sizes = [(row.id, row.page_count) for row in connection.execute(query)]
            ids = _first_few(sizes)
            held = _Held(connection, ids)
            held.read_texts(connection, set(held.pages))
        pages: dict[str, list[str]] = {work: [] for work in ids}
        for page in held.pages.values():
            pages[page.work].append(page.id)
        return [held.indexed(work, page) for work in ids for page in (None, *pages[work])]

    def last_sequence(self) -> int:
        """Return the newest outbox sequence."""
        with self._database.reading() as connection:
            newest = connection.execute(sa.select(sa.func.max(t.outbox.c.sequence))).scalar()
        return newest or 0

    def cursors(self) -> dict[str, int]:
        """Return each index's position in the outbox."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(t.cursors)).all()
        return {row.index_name: row.sequence for row in rows}

    def set_cursor(self, index: str, sequence: int | None) -> None:
        """Move an index's position, or with None forget the index."""
        with self._database.writing("steps") as connection:
            if sequence is None:
                gone = sa.delete(t.cursors).where(t.cursors.c.index_name == index)
                connection.execute(gone)
            else:
                row = {"index_name": index, "sequence": sequence}
                connection.execute(self._database.upsert(t.cursors), row)


class _Held:
    """What one snapshot holds of some Works: their pages in order, sequences, and some texts."""

    def __init__(self, connection: sa.Connection, works: Sequence[str]) -> None:
        self.works: dict[str, Work] = {}
        self.pages: dict[str, Page] = {}
        self._sequences: dict[tuple[str, str | None], int] = {}
        self._texts: dict[str, PageTextRow] = {}
        pages = sa.select(t.pages).order_by(t.pages.c.work, t.pages.c.n)
        for chunk in chunks(works):
            rows = connection.execute(sa.select(*t.described_works).where(t.works.c.id.in_(chunk)))
            self.works |= {row.id: work_of(row) for row in rows}
            rows = connection.execute(pages.where(t.pages.c.work.in_(chunk)))
            self.pages |= {row.id: page_of(row) for row in rows}
            self._sequences |= _sequences(connection, chunk)
        self._following = {
            before.id: page.id
            for before, page in itertools.pairwise(self.pages.values())
            if before.work == page.work
        }

    def read_texts(self, connection: sa.Connection, wanted: set[str]) -> None:
        """Read the texts of the wanted pages and of the pages that follow them."""
        following = {self._following[p] for p in wanted if p in self._following}
        query = sa.select(t.page_texts, t.pages.c.n).join(
            t.pages, t.pages.c.id == t.page_texts.c.page
        )
        for chunk in chunks(sorted(wanted | following)):
            rows = connection.execute(query.where(t.page_texts.c.page.in_(chunk)))
            self._texts |= {row.page: text_of(row) for row in rows}

    def indexed(self, work: str, page: str | None) -> Indexed:
        """Return the state of a Work's description, or of one of its pages."""
        return Indexed(
            sequence=self._sequences.get((work, page), 0),
            work_id=work,
            page_id=page,
            work=self.works.get(work),
            page=self.pages.get(page) if page else None,
            text=self._texts.get(page) if page else None,
            next_text=self._texts.get(self._following.get(page, "")) if page else None,
        )


def _first_few(sizes: Sequence[tuple[str, int]]) -> list[str]:
    """Return the ids of the first Works that have not too many pages together, at least one."""
    totals = itertools.accumulate(pages for _, pages in sizes)
    fit = [w for (w, _), total in zip(sizes, totals, strict=True) if total <= _PAGES_AT_ONCE]
    return fit or [w for w, _ in sizes[:1]]


def _sequences(
    connection: sa.Connection, works: Sequence[str]
) -> dict[tuple[str, str | None], int]:
    query = (
        sa.select(t.outbox.c.work, t.outbox.c.page, sa.func.max(t.outbox.c.sequence))
        .where(t.outbox.c.work.in_(works))
        .group_by(t.outbox.c.work, t.outbox.c.page)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
