"""The embedded engine: SQLite FTS5 over our tokens. ``search.backend.SearchBackend``.

An index is one file, ``derivatives/search/NAME.sqlite``; ``derivatives/search.sqlite`` is a link to
the served one, so that a new one takes its place by one rename while searches go on.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repository.errors import SearchUnavailableError
from search.backend import Answer, IndexState, made_at, new_index_name
from search.embedded.file import Writer, connect, create_tables, read_meta
from search.embedded.match import Matcher, page_range
from search.embedded.postings import Postings
from search.embedded.search import Search, page_rows
from search.embedded.works import PAGE_BITS, read_works
from search.results import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from search.backend import CandidateQuery, Clause, Question, Refusal
    from search.document import IndexEntry
    from search.embedded.works import WorkRows


@dataclass(slots=True)
class _IndexReader:
    """A connection to one index file, with its Works as they were last read."""

    postings: Postings
    file: Path
    works: WorkRows | None = None

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection."""
        return self.postings.connection


class EmbeddedBackend:
    """FTS5 in ``folder/search``, served through the link ``folder/search.sqlite``."""

    name = "embedded"

    def __init__(self, folder: Path) -> None:
        self._link = folder / "search.sqlite"
        self._folder = folder / "search"
        self._idle: list[_IndexReader] = []
        self._lock = threading.Lock()

    def search(self, question: Question) -> Answer:
        """Return the Works that match, best first."""
        with self._snapshot() as reader:
            if reader is None:
                return Answer({tier: Counts() for tier, _ in question.tiers}, 0, ())
            return Search(reader.postings, _works(reader), question).answer()

    def pages_within(
        self, work: str, clause: Clause, allowed: frozenset[str], today: date
    ) -> list[tuple[str, int]]:
        """Return (page, n) of the pages of one Work that match, by n."""
        with self._snapshot() as reader:
            if reader is None or work not in (works := _works(reader)).ids:
                return []
            mask = np.zeros(len(works), np.bool_)
            mask[works.ids.index(work)] = True
            matcher = Matcher(reader.postings, works, mask, works.blocked(allowed, today))
            found = matcher.find(clause)
            no = int(works.nos[mask][0])
            rows = reader.connection.execute(
                "SELECT key, id, n FROM pages WHERE key BETWEEN ? AND ? AND source IS NOT NULL"
                " ORDER BY n, id",
                page_range(no),
            ).fetchall()
            keys = set(found.keys.tolist())
            return [(page, n) for key, page, n in rows if found.whole[mask][0] or key in keys]

    def matching_pages(self, question: Question, limit: int) -> list[tuple[str, str]]:
        """Return up to ``limit`` (page, work) of the pages that match the widest tier."""
        with self._snapshot() as reader:
            if reader is None:
                return []
            works = _works(reader)
            keys = Search(reader.postings, works, question).matching_keys(limit)
            rows = page_rows(reader.connection, keys)
            return [(rows[key][0], works.held[key >> PAGE_BITS].id) for key in keys if key in rows]

    def candidates(
        self, queries: Sequence[CandidateQuery], drop: Clause, question: Question, limit: int
    ) -> list[tuple[str, str, int]]:
        """Return candidates for the noisy tier."""
        with self._snapshot() as reader:
            if reader is None:
                return []
            works = _works(reader)
            keys = Search(reader.postings, works, question).candidate_keys(queries, drop, limit)
            rows = page_rows(reader.connection, keys)
            return [
                (rows[key][0], works.held[key >> PAGE_BITS].id, rows[key][1])
                for key in keys
                if key in rows
            ]

    def indices(self) -> list[IndexState]:
        """Return the index files: the served one, and those that are being made."""
        served = self._served()
        states = []
        for file in sorted(self._folder.glob("*.sqlite")) if self._folder.exists() else ():
            try:
                with closing(connect(file)) as connection:
                    meta = read_meta(connection)
            except sqlite3.Error:
                continue  # a file that is being made, or that a crash left half made
            name, analyzer = str(meta["name"]), str(meta["analyzer"])
            states.append(IndexState(name, analyzer, file == served, made_at(name)))
        return states

    def create(self) -> str:
        """Make a new empty index."""
        name = new_index_name(self.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        with closing(connect(self._file(name), create=True)) as connection:
            create_tables(connection, name)
        return name

    def write(self, index: str, entries: Sequence[IndexEntry]) -> list[Refusal]:
        """Write or delete entries in one transaction."""
        with _answering(), closing(connect(self._file(index))) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                writer = Writer(connection)
                for entry in entries:
                    writer.write(entry)
                writer.finish()
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        return []

    def promote(self, index: str) -> None:
        """Point the link at ``index``."""
        with _answering(), closing(connect(self._file(index))) as connection:
            for table in ("pages_fts", "pages_set", "works_fts"):
                query = f"INSERT INTO {table} ({table}) VALUES ('optimize')"  # noqa: S608  # own name
                connection.execute(query)
        made = self._link.with_name(f"search.{secrets.token_hex(6)}.new")
        made.symlink_to(self._file(index).relative_to(self._link.parent))
        made.replace(self._link)

    def drop(self, index: str) -> None:
        """Delete an index file."""
        for suffix in ("", "-wal", "-shm"):
            file = self._file(index)
            file.with_name(file.name + suffix).unlink(missing_ok=True)

    def count(self, index: str) -> tuple[int, int]:
        """Return the number of Works and of pages in an index."""
        with _answering(), closing(connect(self._file(index))) as connection:
            (works,) = connection.execute(
                "SELECT count(*) FROM works WHERE entry IS NOT NULL"
            ).fetchone()
            (pages,) = connection.execute(
                "SELECT count(*) FROM pages WHERE source IS NOT NULL"
            ).fetchone()
        return works, pages

    def health(self) -> dict[str, str]:
        """Return the state of the served index."""
        with self._snapshot() as reader:
            if reader is None:
                return {"engine": self.name, "state": "empty"}
            meta = read_meta(reader.connection)
        return {
            "engine": f"{self.name} (SQLite {sqlite3.sqlite_version})",
            "state": "ready",
            "index": str(meta["name"]),
            "analyzer": str(meta["analyzer"]),
        }

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for reader in self._idle:
                reader.connection.close()
            self._idle.clear()

    def _file(self, index: str) -> Path:
        return self._folder / f"{index}.sqlite"

    def _served(self) -> Path | None:
        return self._folder / self._link.readlink().name if self._link.is_symlink() else None

    @contextmanager
    def _snapshot(self) -> Iterator[_IndexReader | None]:
        """Give a reader that sees one state of the served index; None before there is one."""
        served = self._served()
        if served is None or not served.exists():
            yield None
            return
        with _answering():
            reader = self._take(served)
            reader.connection.execute("BEGIN")
            try:
                reader.postings.begin()
                yield reader
            finally:
                reader.connection.execute("ROLLBACK")
                with self._lock:
                    self._idle.append(reader)

    def _take(self, served: Path) -> _IndexReader:
        with self._lock:
            for reader in [r for r in self._idle if r.file != served]:
                reader.connection.close()
                self._idle.remove(reader)
            if self._idle:
                return self._idle.pop()
        return _IndexReader(Postings(connect(served)), served)


def _works(reader: _IndexReader) -> WorkRows:
    reader.works = read_works(reader.connection, reader.works)
    return reader.works


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SearchUnavailableError(f"搜尋索引無法使用 the search index: {error}") from error
