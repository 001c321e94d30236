"""The file of an embedded index: its tables, and how entries are put into them and taken out.

The full-text tables keep no content. To take an entry out FTS5 needs its tokens again, so the text
they were made from is kept beside them, compressed. What was deleted leaves its sequence behind, so
that a late writer cannot bring it back.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import orjson
import zstandard

from search import analysis
from search.document import PageEntry
from search.embedded.match import SETS, page_range, stored
from search.embedded.works import PAGE_BITS, entry_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from search.document import IndexEntry, WorkEntry

SCHEMA = 1
_BUSY_SECONDS = 30
_CACHE_KIB = 64 * 1024
_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# FTS5 parts tokens at white space only. The signs are quoted for FTS5, then for SQL.
_TOKENIZER = ("ascii tokenchars '" + _SIGNS.replace("'", "''") + "'").replace('"', '""')
_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE works (
    no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL,
    generation INTEGER NOT NULL, slots INTEGER NOT NULL DEFAULT 0, entry BLOB, tokens BLOB
);
CREATE INDEX works_generation ON works (generation);
CREATE TABLE pages (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, n INTEGER NOT NULL,
    sequence INTEGER NOT NULL, source BLOB
);
CREATE VIRTUAL TABLE works_fts USING fts5(tokens, content='', tokenize="{_TOKENIZER}");
CREATE VIRTUAL TABLE pages_fts USING fts5(tokens, content='', tokenize="{_TOKENIZER}");
CREATE VIRTUAL TABLE pages_set USING fts5(
    tokens, content='', detail=none, tokenize="{_TOKENIZER}"
);
"""


def connect(file: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open an index. Raises ``sqlite3.Error`` when it is absent or damaged."""
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"file:{file}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def create_tables(connection: sqlite3.Connection, name: str) -> None:
    """Make an empty index."""
    connection.executescript(_TABLES)
    values = {"name": name, "analyzer": analysis.analyzer_id(), "schema": SCHEMA, "generation": 0}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", values.items())


def read_meta(connection: sqlite3.Connection) -> dict[str, object]:
    """Return what an index says of itself."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


class Writer:
    """Puts entries into an index, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = int(str(read_meta(connection)["generation"])) + 1
        self._touched = False

    def write(self, entry: IndexEntry) -> None:
        """Write or delete one entry; an older one than is held changes nothing."""
        if entry.page is None:
            self._write_work(entry)
        else:
            self._write_page(entry)

    def finish(self) -> None:
        """Let readers know that Works changed."""
        if self._touched:
            self._connection.execute(
                "UPDATE meta SET value = ? WHERE key = 'generation'", (self._generation,)
            )

    def _write_work(self, entry: IndexEntry) -> None:
        row = self._connection.execute(
            "SELECT no, sequence, entry, tokens FROM works WHERE id = ?", (entry.work,)
        ).fetchone()
        if row is None:
            self._insert_work(entry.work, entry.sequence, entry.description)
            return
        no, sequence, kept, tokens = row
        if entry.sequence < sequence:
            return
        made = _kept(entry.description)
        if made != (kept, tokens):
            self._unindex("works_fts", no, _unpack(tokens))
            self._index("works_fts", no, _unpack(made[1]))
            self._touched = True
        self._connection.execute(
            "UPDATE works SET sequence = ?, entry = ?, tokens = ?,"
            " generation = CASE WHEN ? THEN ? ELSE generation END WHERE no = ?",
            (entry.sequence, *made, made != (kept, tokens), self._generation, no),
        )
        if entry.description is None:
            for (key,) in self._connection.execute(
                "SELECT key FROM pages WHERE key BETWEEN ? AND ? AND source IS NOT NULL",
                page_range(no),
            ).fetchall():
                self._put_page(key, entry.sequence, None)

    def _insert_work(self, work: str, sequence: int, description: WorkEntry | None) -> int:
        kept, tokens = _kept(description)
        cursor = self._connection.execute(
            "INSERT INTO works (id, sequence, generation, entry, tokens) VALUES (?, ?, ?, ?, ?)",
            (work, sequence, self._generation, kept, tokens),
        )
        no = int(cursor.lastrowid or 0)
        self._index("works_fts", no, _unpack(tokens))
        self._touched = True
        return no

    def _write_page(self, entry: IndexEntry) -> None:
        page = entry.page or ""
        content = entry.content if entry.description is not None else None
        row = self._connection.execute(
            "SELECT key, sequence FROM pages WHERE id = ?", (page,)
        ).fetchone()
        if row is not None:
            if entry.sequence >= row[1]:
                self._put_page(row[0], entry.sequence, content)
            return
        key = self._new_key(entry.work, entry.description)
        self._connection.execute(
            "INSERT INTO pages (key, id, n, sequence) VALUES (?, ?, 0, 0)", (key, page)
        )
        self._put_page(key, entry.sequence, content)

    def _new_key(self, work: str, description: WorkEntry | None) -> int:
        row = self._connection.execute(
            "SELECT no, slots FROM works WHERE id = ?", (work,)
        ).fetchone()
        # A Work that its page names first has sequence 0: its own entry is still to come.
        no, slots = row if row is not None else (self._insert_work(work, 0, description), 0)
        self._connection.execute("UPDATE works SET slots = ? WHERE no = ?", (slots + 1, no))
        return int(no) << PAGE_BITS | int(slots)

    def _put_page(self, key: int, sequence: int, content: PageEntry | None) -> None:
        (before,) = self._connection.execute(
            "SELECT source FROM pages WHERE key = ?", (key,)
        ).fetchone()
        source = _pack([content.text, content.tail, content.head]) if content else None
        if source != before:
            for table, tokens in page_tokens(before).items():
                self._unindex(table, key, tokens)
            for table, tokens in page_tokens(source).items():
                self._index(table, key, tokens)
        self._connection.execute(
            "UPDATE pages SET n = ?, sequence = ?, source = ? WHERE key = ?",
            (content.n if content else 0, sequence, source, key),
        )

    def _index(self, table: str, key: int, tokens: str) -> None:
        if tokens:
            query = f"INSERT INTO {table} (rowid, tokens) VALUES (?, ?)"  # noqa: S608  # own name
            self._connection.execute(query, (key, tokens))

    def _unindex(self, table: str, key: int, tokens: str) -> None:
        if tokens:
            query = f"INSERT INTO {table} ({table}, rowid, tokens) VALUES ('delete', ?, ?)"  # noqa: S608
            self._connection.execute(query, (key, tokens))


def page_tokens(source: bytes | None) -> dict[str, str]:
    """Return the tokens of a page by table, from its compressed source."""
    if source is None:
        return {}
    text, tail, head = orjson.loads(zstandard.decompress(source))
    tokens: dict[str, list[str]] = {"pages_fts": [], "pages_set": []}
    for stream, found in PageEntry(0, text, tail, head).streams.items():
        table = tokens["pages_set" if stream in SETS else "pages_fts"]
        table += [stored(stream, token) for token in found]
    return {table: " ".join(found) for table, found in tokens.items()}


def _kept(description: WorkEntry | None) -> tuple[bytes | None, bytes | None]:
    if description is None:
        return None, None
    return entry_to_json(description), _pack(" ".join(description.tokens))


def _pack(value: object) -> bytes:
    return zstandard.compress(orjson.dumps(value), 3)


def _unpack(blob: bytes | None) -> str:
    return str(orjson.loads(zstandard.decompress(blob))) if blob else ""
