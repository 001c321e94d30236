"""The embedded engine: SQLite FTS5 over tokens that ``search.analysis`` makes.

One file below ``derivatives/``, made again from the catalogue at any time. The full-text tables are
contentless: the text of a page is kept packed beside them, to take its tokens out again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import zstandard

from repository.errors import SearchUnavailableError
from search.analysis import ANALYZER_ID, fold, phrase, seam_phrases, written
from search.backend import Deletion, PageDocument, WorkDocument
from search.embedded_rows import FIELDS, SCHEMA, page_tokens, work_tokens
from search.query import And, Atom, Filters, Node, Or, PageMatch, WorkFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from search.backend import Change, Likeness

_BUSY_SECONDS = 30
_DESCRIBED = 5.0
_TITLED = 20.0
_DESCRIBED_IN = """
SELECT d.doc, t.r IS NOT NULL FROM docs d JOIN works w ON w.work = d.work
  JOIN (SELECT rowid AS r FROM {table} WHERE {table} MATCH ?) m ON m.r = w.w
  LEFT JOIN (SELECT rowid AS r FROM {table} WHERE {table} MATCH ?) t ON t.r = w.w
"""
_SELECTED = "SELECT d.doc, d.page, d.work, d.n FROM docs d JOIN works w ON w.work = d.work WHERE "


class EmbeddedSearch:
    """``SearchBackend`` in one SQLite file. Connections are per thread."""

    name = "embedded"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in one transaction."""
        with self._writing() as db:
            for change in changes:
                if isinstance(change, WorkDocument):
                    _write_work(db, change)
                elif isinstance(change, PageDocument):
                    _write_page(db, change)
                else:
                    _delete(db, change)

    def begin_rebuild(self) -> EmbeddedSearch:
        """Return an empty index in a file of its own."""
        draft = self._path.with_suffix(f".{os.getpid()}.new")
        for name in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)
        return _Rebuilt(draft, self._path)

    def finish_rebuild(self) -> None:
        """Nothing to do on the index that is searched."""

    def is_current(self) -> bool:
        """Tell whether the file was made by the present analysis."""
        if not self._path.exists():
            return False
        row = self._db().execute("SELECT value FROM about WHERE name = 'analyzer'").fetchone()
        return row is not None and row[0] == ANALYZER_ID

    def health(self) -> None:
        """Raise SearchUnavailableError when the file cannot be read."""
        try:
            self._db().execute("SELECT 1 FROM works LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise SearchUnavailableError(str(error)) from error

    def matches(self, node: Node | None, filters: Filters) -> list[PageMatch]:
        """Return every page that matches; None matches all."""
        db = self._db()
        closed = _closed(db, filters)
        scores = None if node is None else _evaluate(db, node, closed)
        return list(_filtered(db, scores, filters))

    def candidates(self, likeness: Likeness, filters: Filters, limit: int) -> list[PageMatch]:
        """Return the pages that hold most of what a likeness asks for, the best first."""
        db = self._db()
        bigrams = " OR ".join(f'"{term}"' for term in dict.fromkeys(likeness.bigrams))
        asked = [f"g : ({bigrams})"] if bigrams else []
        for characters in likeness.together:
            asked.append(f"u : ({' AND '.join(_quoted(c) for c in characters)})")
        if not asked:
            return []
        rows = db.execute(
            "SELECT rowid, -rank FROM pages_text WHERE pages_text MATCH ? ORDER BY rank LIMIT ?",
            (" OR ".join(asked), limit),
        )
        closed = _closed(db, filters)
        scores = {doc: score for doc, score in rows if doc not in closed}
        return sorted(_filtered(db, scores, filters), key=lambda m: -m.score)

    def facts(self, works: Sequence[str]) -> dict[str, WorkFacts]:
        """Return what Works are filtered and counted by."""
        db = self._db()
        asked = json.dumps(list(works))
        values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        rows = db.execute(
            "SELECT work, name, value FROM facets WHERE work IN (SELECT value FROM json_each(?))",
            (asked,),
        )
        for work, name, value in rows:
            values[work][name].append(value)
        rows = db.execute(
            "SELECT work, title, first_year, last_year FROM works"
            " WHERE work IN (SELECT value FROM json_each(?))",
            (asked,),
        )
        return {
            work: WorkFacts(
                work, title, first, last, {k: tuple(v) for k, v in values[work].items()}
            )
            for work, title, first, last in rows
        }

    def _db(self) -> sqlite3.Connection:
        """Return this thread's connection to the present file: a rebuild puts another in place."""
        try:
            marks = self._path.stat()
            known = getattr(self._local, "marks", None)
            if known != (marks.st_dev, marks.st_ino):
                self._local.db = self._open()
                self._local.marks = (marks.st_dev, marks.st_ino)
        except FileNotFoundError:
            self._local.db = self._open()
            marks = self._path.stat()
            self._local.marks = (marks.st_dev, marks.st_ino)
        db: sqlite3.Connection = self._local.db
        return db

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone() is None:
            db.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")
            db.execute("INSERT OR IGNORE INTO about VALUES ('analyzer', ?)", (ANALYZER_ID,))
        return db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


class _Rebuilt(EmbeddedSearch):
    """An index in the making; finished, it takes the place of the one that is searched."""

    def __init__(self, draft: Path, place: Path) -> None:
        super().__init__(draft)
        self._place = place

    def finish_rebuild(self) -> None:
        """Put the file in its place by one rename."""
        db = self._db()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")
        db.close()
        for end in ("-wal", "-shm"):
            self._place.with_name(self._place.name + end).unlink(missing_ok=True)
        self._path.replace(self._place)


def _write_work(db: sqlite3.Connection, change: WorkDocument) -> None:
    known = db.execute(
        "SELECT w, sequence, texts FROM works WHERE work = ?", (change.work,)
    ).fetchone()
    if known is not None:
        if known[1] > change.sequence:
            return
        _take_out_work(db, known[0], known[2])
    facts = change.facts
    texts = json.dumps(change.texts, ensure_ascii=False)
    number = db.execute(
        "INSERT INTO works (w, work, sequence, title, first_year, last_year, access, opens, texts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            known[0] if known else None, change.work, change.sequence, facts.title,
            facts.first_year, facts.last_year, change.access, change.opens, texts,
        ),
    ).lastrowid  # fmt: skip
    for table, tokens in work_tokens(change.texts).items():
        marks = ", ".join("?" * (len(tokens) + 1))
        columns = ", ".join(("rowid", *FIELDS))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
        db.execute(statement, (number, *tokens))
    db.executemany(
        "INSERT INTO facets VALUES (?, ?, ?)",
        [(change.work, name, v) for name, vs in facts.values.items() for v in vs],
    )
    if change.has_pages:
        _take_out_page(db, change.work)
    else:
        _write_page(db, PageDocument(change.work, change.work, 0, change.sequence, "", None))


def _take_out_work(db: sqlite3.Connection, number: int, texts: str) -> None:
    for table, tokens in work_tokens(json.loads(texts)).items():
        marks = ", ".join("?" * (len(tokens) + 2))
        columns = ", ".join((table, "rowid", *FIELDS))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
        db.execute(statement, ("delete", number, *tokens))
    db.execute("DELETE FROM facets WHERE work = (SELECT work FROM works WHERE w = ?)", (number,))
    db.execute("DELETE FROM works WHERE w = ?", (number,))


def _write_page(db: sqlite3.Connection, change: PageDocument) -> None:
    known = db.execute("SELECT sequence FROM docs WHERE page = ?", (change.page,)).fetchone()
    if known is not None:
        if known[0] > change.sequence:
            return
        _take_out_page(db, change.page)
    packed = zstandard.compress(json.dumps([change.text, change.seam]).encode())
    doc = db.execute(
        "INSERT INTO docs (page, work, n, sequence, content) VALUES (?, ?, ?, ?, ?)",
        (change.page, change.work, change.n, change.sequence, packed),
    ).lastrowid
    tokens = page_tokens(change.text, change.seam)
    db.execute(
        "INSERT INTO pages_text (rowid, g, x, u, j, k) VALUES (?, ?, ?, ?, ?, ?)", (doc, *tokens)
    )


def _take_out_page(db: sqlite3.Connection, page: str) -> None:
    known = db.execute("SELECT doc, content FROM docs WHERE page = ?", (page,)).fetchone()
    if known is None:
        return
    text, seam = json.loads(zstandard.decompress(known[1]))
    db.execute(
        "INSERT INTO pages_text (pages_text, rowid, g, x, u, j, k)"
        " VALUES ('delete', ?, ?, ?, ?, ?, ?)",
        (known[0], *page_tokens(text, seam)),
    )
    db.execute("DELETE FROM docs WHERE doc = ?", (known[0],))


def _delete(db: sqlite3.Connection, change: Deletion) -> None:
    if change.page is not None:
        _take_out_page(db, change.page)
        return
    known = db.execute("SELECT w, texts FROM works WHERE work = ?", (change.work,)).fetchone()
    if known is not None:
        _take_out_work(db, *known)
    for (page,) in db.execute("SELECT page FROM docs WHERE work = ?", (change.work,)).fetchall():
        _take_out_page(db, page)


def _closed(db: sqlite3.Connection, filters: Filters) -> set[int]:
    """Return the pages whose text the reader may not see; their Works' descriptions are open."""
    if "restricted" in filters.allowed:
        return set()
    today = datetime.now(UTC).date().isoformat()
    rows = db.execute(
        "SELECT doc FROM docs WHERE work IN (SELECT work FROM works"
        " WHERE access NOT IN (SELECT value FROM json_each(?)) OR opens > ?)",
        (json.dumps(sorted(filters.allowed)), today),
    )
    return {doc for (doc,) in rows}


def _evaluate(db: sqlite3.Connection, node: Node, closed: set[int]) -> dict[int, float]:
    """Return the pages that match with their scores."""
    if isinstance(node, Atom):
        return _atom(db, node, closed)
    parts = [_evaluate(db, part, closed) for part in node.parts]
    if isinstance(node, Or):
        either: dict[int, float] = {}
        for part in parts:
            for doc, score in part.items():
                either[doc] = max(score, either.get(doc, 0.0))
        return either
    parts.sort(key=len)
    every = {
        doc: sum(part[doc] for part in parts)
        for doc in parts[0]
        if all(doc in part for part in parts[1:])
    }
    for unwanted in node.without if isinstance(node, And) else ():
        for doc in _evaluate(db, unwanted, closed):
            every.pop(doc, None)
    return every


def _atom(db: sqlite3.Connection, atom: Atom, closed: set[int]) -> dict[int, float]:
    tokens = phrase(written(atom.text) if atom.exact else fold(atom.text), marks=atom.exact)
    if not tokens:
        return {}
    scores: dict[int, float] = {}
    if atom.field is None:
        rows = db.execute(
            "SELECT rowid, -rank FROM pages_text WHERE pages_text MATCH ?",
            (_page_query(atom, tokens),),
        )
        scores = {doc: score for doc, score in rows if doc not in closed}
    for doc, score in _described(db, atom, tokens):
        scores[doc] = scores.get(doc, 0.0) + score
    return scores


def _page_query(atom: Atom, tokens: list[str]) -> str:
    """Return the FTS5 query of an atom over a page's text and the seam to the next page."""
    column, seam = ("x", "k") if atom.exact else ("g", "j")
    if len(tokens) == 1 and len(tokens[0]) == 1:
        if atom.exact:
            return f'x : "{tokens[0]}" *'
        if not tokens[0].isascii():
            return f'u : "{tokens[0]}"'
    asked = [f'{column} : "{" ".join(tokens)}"']
    text = written(atom.text) if atom.exact else fold(atom.text)
    asked += [f'{seam} : "{" ".join(split)}"' for split in seam_phrases(text)]
    return " OR ".join(asked)


def _quoted(token: str) -> str:
    return f'"{token}"'


def _described(
    db: sqlite3.Connection, atom: Atom, tokens: list[str]
) -> Iterator[tuple[int, float]]:
    """Yield the pages of Works whose description holds an atom, or that are dated as it asks."""
    table = "works_written" if atom.exact else "works_folded"
    asked = f'"{" ".join(tokens)}"'
    if len(tokens) == 1 and len(tokens[0]) == 1 and not tokens[0].isascii():
        asked += " *"
    if atom.field is not None:
        asked = f"{atom.field} : {asked}"
    titled = asked if atom.field else f"title : {asked}"
    statement = _DESCRIBED_IN.format(table=table)
    for doc, in_title in db.execute(statement, (asked, titled)):
        yield doc, _TITLED if in_title else _DESCRIBED
    for year in atom.or_years:
        rows = db.execute(
            "SELECT doc FROM docs WHERE work IN"
            " (SELECT work FROM works WHERE first_year = ? AND last_year = ?)",
            (year, year),
        )
        yield from ((doc, 0.0) for (doc,) in rows)


def _filtered(
    db: sqlite3.Connection, scores: dict[int, float] | None, filters: Filters
) -> Iterator[PageMatch]:
    where, values = ["1"], []
    if scores is not None:
        where.append("d.doc IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(scores)))
    if filters.year_from is not None:
        where.append("w.last_year >= ?")
        values.append(str(filters.year_from))
    if filters.year_to is not None:
        where.append("w.first_year <= ?")
        values.append(str(filters.year_to))
    if filters.work is not None:
        where.append("d.work = ?")
        values.append(filters.work)
    for name, value in filters.values:
        where.append("d.work IN (SELECT work FROM facets WHERE name = ? AND value = ?)")
        values += [name, value]
    rows = db.execute(_SELECTED + " AND ".join(where), values)
    for doc, page, work, n in rows:
        yield PageMatch(page, work, n, scores[doc] if scores is not None else 0.0)
