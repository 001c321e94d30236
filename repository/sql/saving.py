"""Writing Works in SQL: holdings, events and outbox rows, many Works at a time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.collection import collection_id
from repository.sql import tables as t
from repository.sql.rows import (
    chunks,
    event_row,
    page_of,
    page_row,
    set_rows,
    text_row,
    work_of,
    work_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repository.catalogue.works import WorkState
    from repository.model import Page, Work
    from repository.sql.database import Database


def write(
    database: Database,
    connection: sa.Connection,
    states: Sequence[WorkState],
    known: Mapping[str, Work],
) -> None:
    """Write Works, each once and with its datestamp, and what the indexers have to look at.

    ``known`` are those of them that stand already.
    """
    before = _pages(connection, [state.work.id for state in states])
    _write_works(database, connection, states)
    _write_pages(database, connection, states, before)
    _insert(connection, t.events, [event_row(e) for s in states for e in s.events])
    targets = [
        {"work": state.work.id, "page": page}
        for state in states
        for page in (None, *_touched(known.get(state.work.id), before[state.work.id], state))
    ]
    _replace_outbox(connection, targets)


def held_works(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Work]:
    """Return the Works by id as they stand in this transaction."""
    query = sa.select(*t.described_works)
    rows = (
        row
        for chunk in chunks(ids)
        for row in connection.execute(query.where(t.works.c.id.in_(chunk)))
    )
    return {row.id: work_of(row) for row in rows}


def _pages(connection: sa.Connection, works: Sequence[str]) -> dict[str, list[Page]]:
    pages: dict[str, list[Page]] = {work: [] for work in works}
    query = sa.select(t.pages).order_by(t.pages.c.n)
    for chunk in chunks(works):
        for row in connection.execute(query.where(t.pages.c.work.in_(chunk))):
            pages[row.work].append(page_of(row))
    return pages


def _write_works(
    database: Database, connection: sa.Connection, states: Sequence[WorkState]
) -> None:
    works = [state.work for state in states]
    rows = [work_row(state.work, state.manifest) for state in states]
    connection.execute(database.upsert(t.works), rows)
    for chunk in chunks([work.id for work in works]):
        connection.execute(sa.delete(t.work_sets).where(t.work_sets.c.work.in_(chunk)))
    _insert(connection, t.work_sets, [row for work in works for row in set_rows(work)])
    names = dict.fromkeys(name for w in works for name in w.record.collections)
    if names:
        collections = [{"id": collection_id(name), "name": name} for name in names]
        connection.execute(database.upsert(t.collections), collections)


def _write_pages(
    database: Database,
    connection: sa.Connection,
    states: Sequence[WorkState],
    before: Mapping[str, Sequence[Page]],
) -> None:
    pages = [page for state in states for page in state.pages]
    kept = {page.id for page in pages}
    gone = [p.id for held in before.values() for p in held if p.id not in kept]
    unread = [p.id for p in pages if not p.has_text]
    for chunk in chunks([*gone, *unread]):
        connection.execute(sa.delete(t.page_texts).where(t.page_texts.c.page.in_(chunk)))
    for chunk in chunks(gone):
        connection.execute(sa.delete(t.pages).where(t.pages.c.id.in_(chunk)))
    if pages:
        connection.execute(database.upsert(t.pages), [page_row(page) for page in pages])
    texts = [text_row(text) for state in states for text in state.texts]
    if texts:
        connection.execute(database.upsert(t.page_texts), texts)


def _touched(known: Work | None, before: Sequence[Page], state: WorkState) -> list[str]:
    """Return the pages whose index entry is out of date.

    Those that are new, changed or gone, those before such a one (for phrases over the page break),
    and all of them when the description changed, since it counts for each page.
    """
    old, new = {p.id: p for p in before}, {p.id: p for p in state.pages}
    if known is None or _description(known) != _description(state.work):
        return sorted(old.keys() | new.keys())
    read = {text.page for text in state.texts}
    touched = {i for i in old.keys() | new.keys() if old.get(i) != new.get(i) or i in read}
    pairs = [*itertools.pairwise(before), *itertools.pairwise(state.pages)]
    return sorted(touched | {page.id for page, following in pairs if following.id in touched})


def _description(work: Work) -> tuple[object, object]:
    return work.record, work.withdrawal


def _replace_outbox(connection: sa.Connection, targets: Iterable[dict[str, Any]]) -> None:
    """Add a row for each target. An older row would say nothing more, so it goes."""
    rows = list(targets)
    same_work = t.outbox.c.work == sa.bindparam("of_work")
    for is_page, same_page in (
        (False, t.outbox.c.page.is_(None)),
        (True, t.outbox.c.page == sa.bindparam("of_page")),
    ):
        wanted = [
            {"of_work": row["work"], "of_page": row["page"]}
            for row in rows
            if (row["page"] is not None) == is_page
        ]
        if wanted:
            connection.execute(sa.delete(t.outbox).where(same_work, same_page), wanted)
    _insert(connection, t.outbox, rows)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)
