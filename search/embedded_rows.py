"""The tables of the embedded index, and the tokens that go into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.analysis import BREAK, characters, fold, index_tokens, seam_tokens, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS = ("title", "creator", "place", "subject", "id", "rest")
_TOKENIZE = "tokenize=\"ascii tokenchars '|~.'\""
SCHEMA = f"""
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE docs (
  doc INTEGER PRIMARY KEY, page TEXT NOT NULL UNIQUE, work TEXT NOT NULL, n INTEGER NOT NULL,
  sequence INTEGER NOT NULL, content BLOB NOT NULL);
CREATE INDEX docs_work ON docs (work, n);
CREATE TABLE works (
  w INTEGER PRIMARY KEY, work TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL, title TEXT NOT NULL,
  first_year INTEGER, last_year INTEGER, access TEXT NOT NULL, opens TEXT, texts TEXT NOT NULL);
CREATE INDEX works_years ON works (first_year, last_year);
CREATE TABLE facets (work TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX facets_work ON facets (work);
CREATE INDEX facets_value ON facets (name, value);
CREATE VIRTUAL TABLE pages_text USING fts5 (g, x, u, j, k, content='', {_TOKENIZE});
CREATE VIRTUAL TABLE works_folded USING fts5 ({", ".join(FIELDS)}, content='', {_TOKENIZE});
CREATE VIRTUAL TABLE works_written USING fts5 ({", ".join(FIELDS)}, content='', {_TOKENIZE});
"""


def page_tokens(text: str, seam: Sequence[str] | None) -> tuple[str, str, str, str, str]:
    """Return a page's columns: folded, written, distinct characters, folded and written seam."""
    folded, plain = fold(text), written(text)
    before, after = seam or ("", "")
    return (
        " ".join(index_tokens(folded, marks=False)),
        " ".join(index_tokens(plain, marks=True)),
        " ".join(characters(folded)),
        " ".join(seam_tokens(fold(before), fold(after))),
        " ".join(seam_tokens(written(before), written(after))),
    )


def work_tokens(texts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return a description's columns for both tables; no phrase crosses from value to value."""
    return {
        "works_folded": tuple(_column(texts.get(f, ()), exact=False) for f in FIELDS),
        "works_written": tuple(_column(texts.get(f, ()), exact=True) for f in FIELDS),
    }


def _column(values: Sequence[str], *, exact: bool) -> str:
    tokens: list[str] = []
    for value in values:
        tokens += index_tokens(written(value) if exact else fold(value), marks=exact)
        tokens.append(BREAK)
    return " ".join(tokens)
