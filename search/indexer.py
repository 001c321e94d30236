"""Keeps every index as the catalogue is: drains the outbox, builds an index anew.

An outbox row names what changed, not its content. The indexer reads the present state with its
sequence and writes the whole entry; so rows may be read twice, late or in any order. One cursor for
each physical index, in the catalogue: an index that is being built is fed like the served one.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from repository.errors import SearchUnavailableError
from search.analysis import analyzer_id
from search.document import entry_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.catalogue.outbox import Indexed, Outbox
    from search.backend import IndexState, SearchBackend

_log = logging.getLogger("takao.indexer")
_ROWS = 500
_WORKS = 20
_ABANDONED = timedelta(days=1)


class Indexer:
    """Joins a catalogue to an engine. Any number of processes may run one."""

    def __init__(self, outbox: Outbox, backend: SearchBackend) -> None:
        self._outbox = outbox
        self._backend = backend

    def drain(self) -> int:
        """Index everything that changed; return the number of entries written.

        Builds the index when there is none, or none of the present analysis. Raises
        SearchUnavailableError; whatever was not written stays in the outbox.
        """
        states, cursors = self._backend.indices(), self._outbox.cursors()
        if not any(_is_current(state, cursors) for state in states):
            return self.rebuild()
        return sum(self._feed(s.name, cursors[s.name]) for s in states if s.name in cursors)

    def rebuild(self) -> int:
        """Build a new index beside the served one, then serve it; return its number of pages.

        Raises SearchUnavailableError when the engine fails, or lost something on the way: the old
        index then stays.
        """
        backend, outbox = self._backend, self._outbox
        before = backend.indices()
        watermark = outbox.last_sequence()
        name = backend.create()
        after: str | None = None
        while items := outbox.everything(after, _WORKS):
            for start in range(0, len(items), _ROWS):
                self._write(name, items[start : start + _ROWS])
            after = items[-1].work_id
        outbox.set_cursor(name, watermark)
        self._feed(name, watermark)
        self._compare(name)
        backend.promote(name)
        self._forget(before, name)
        return backend.count(name)[1]

    def _compare(self, name: str) -> None:
        """Refuse a new index that holds less than the catalogue, unless that changed meanwhile."""
        before = self._outbox.last_sequence()
        held, found = self._outbox.count(), self._backend.count(name)
        if found == (held["works"], held["pages"]) or self._outbox.last_sequence() != before:
            return
        raise SearchUnavailableError(
            f"新索引有 {found[0]} 件作品、{found[1]} 頁，與目錄不符，仍用舊索引"
            f" the new index holds {found[0]} works and {found[1]} pages, the catalogue"
            f" {held['works']} and {held['pages']}; the old one is kept"
        )

    def _forget(self, before: Sequence[IndexState], name: str) -> None:
        """Drop the index served until now, and what builds that never ended left behind."""
        abandoned = datetime.now(UTC) - _ABANDONED
        for state in before:
            if state.name != name and (state.served or state.made < abandoned):
                self._outbox.set_cursor(state.name, None)
                self._backend.drop(state.name)

    def _feed(self, name: str, cursor: int) -> int:
        written = 0
        while rows := self._outbox.outbox(cursor, _ROWS):
            written += self._write(name, self._outbox.indexed(rows))
            cursor = rows[-1].sequence
            self._outbox.set_cursor(name, cursor)
        return written

    def _write(self, name: str, items: Sequence[Indexed]) -> int:
        refused = self._backend.write(name, [entry_of(item) for item in items])
        for refusal in refused:
            _log.error(
                "搜尋引擎拒收 the search engine refused %s %s: %s",
                refusal.work,
                refusal.page or "",
                refusal.reason,
            )
        return len(items) - len(refused)


def _is_current(state: IndexState, cursors: dict[str, int]) -> bool:
    return state.served and state.analyzer == analyzer_id() and state.name in cursors
