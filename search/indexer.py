"""Keeps an index up to date: drains the catalogue's outbox, or builds the index anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.document import changes

if TYPE_CHECKING:
    from repository.catalogue import Catalogue
    from search.backend import SearchBackend

_BATCH = 500
_WORKS = 20


class Indexer:
    """The one writer of an index. Its place in the outbox is a cursor in the catalogue."""

    def __init__(self, catalogue: Catalogue, backend: SearchBackend) -> None:
        self._catalogue = catalogue
        self._backend = backend

    def drain(self) -> int:
        """Write everything that changed since the last time; return how many entries.

        An index that is absent or of another analysis is built anew. Raises
        SearchUnavailableError; the outbox waits.
        """
        cursor = self._catalogue.cursors().get(self._backend.name)
        if cursor is None or not self._backend.is_current():
            return self.rebuild()
        return self._catch_up(self._backend, cursor)

    def rebuild(self) -> int:
        """Build the index anew while the old one is searched; return how many entries."""
        start = self._catalogue.last_sequence()
        fresh = self._backend.begin_rebuild()
        written, after = 0, None
        while states := self._catalogue.everything(after, _WORKS):
            fresh.write(changes(states))
            written += len(states)
            after = states[-1].work_id
        written += self._catch_up(fresh, start)
        fresh.finish_rebuild()
        return written

    def lag(self) -> int:
        """Return how many outbox entries the index is behind."""
        cursor = self._catalogue.cursors().get(self._backend.name, 0)
        return self._catalogue.last_sequence() - cursor

    def _catch_up(self, backend: SearchBackend, cursor: int) -> int:
        written = 0
        while rows := self._catalogue.outbox(cursor, _BATCH):
            backend.write(changes(self._catalogue.indexed(rows)))
            cursor = rows[-1].sequence
            self._catalogue.set_cursor(self._backend.name, cursor)
            written += len(rows)
        self._catalogue.set_cursor(self._backend.name, cursor)
        return written
