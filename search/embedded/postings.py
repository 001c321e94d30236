"""The pages of a word in the embedded index, as arrays; those of common words are kept.

To read where a word stands on a third of all pages takes longer than all the rest of a question.
What is kept holds until somebody commits to the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

EMPTY = np.zeros(0, np.int64)
_COMMON = 10_000
_MOST_KEPT = 2_000_000  # keys of 8 bytes, for each reader


class Postings:
    """What one connection has read; ``begin`` is called at the start of each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._version = -1
        self._kept: dict[tuple[str, str], NDArray[np.int64]] = {}

    def begin(self) -> None:
        """Forget everything if the file has changed since the last transaction."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            self._kept.clear()

    def matching(self, table: str, match: str, most: int | None = None) -> NDArray[np.int64]:
        """Return the keys that match an FTS5 expression, in order; some ``most`` if there are."""
        kept = self._kept.pop((table, match), None)
        if kept is not None:
            self._kept[table, match] = kept  # the last used is the last to be forgotten
            return kept if most is None else kept[:most]
        if most is not None:
            some = f"(SELECT rowid FROM {table} WHERE {table} MATCH ? LIMIT {most})"  # noqa: S608
            return self.numbers("rowid", some, (match,))
        keys = self.numbers("rowid", f"{table} WHERE {table} MATCH ?", (match,))
        if len(keys) >= _COMMON:
            self._keep((table, match), keys)
        return keys

    def numbers(self, column: str, rows: str, values: tuple[object, ...]) -> NDArray[np.int64]:
        """Return a column of whole numbers in order; as one text it crosses fastest."""
        query = f"SELECT group_concat({column}) FROM {rows}"  # noqa: S608  # one of our own queries
        (text,) = self.connection.execute(query, values).fetchone()
        if not text:
            return EMPTY
        found = np.fromstring(text, np.int64, sep=",")
        return found if bool((found[1:] > found[:-1]).all()) else np.sort(found)

    def _keep(self, name: tuple[str, str], keys: NDArray[np.int64]) -> None:
        keys.flags.writeable = False
        self._kept[name] = keys
        while sum(map(len, self._kept.values())) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
