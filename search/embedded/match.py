"""Finding in the embedded index: one FTS5 expression for text, arrays for all that a Work says.

A Work whose description answers the question counts with all its pages without reading one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from search.backend import All, AnyOf, Clause, Leaf, Without
from search.compile import description_leaves, settle
from search.embedded.postings import EMPTY
from search.embedded.works import PAGE_BITS
from search.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from search.embedded.postings import Postings
    from search.embedded.works import WorkRows

# Streams of which only the pages matter, not the places: a table without positions holds them.
SETS = (Stream.CHARACTERS, Stream.WRITTEN_CHARACTERS, Stream.SKIPS)
_MOST_RANGES = 200
_SPARE = 4  # some of what is read first may be out of the question's bounds


@dataclass(slots=True)
class Matches:
    """What holds: rows of Works that match as a whole, and the pages of others by their keys.

    A page's key is its Work's number and its own number in it; keys are in order.
    """

    whole: NDArray[np.bool_]
    keys: NDArray[np.int64]
    rows: NDArray[np.int64]

    def page_counts(self, works: WorkRows) -> NDArray[np.int64]:
        """Return the number of matching pages of each row."""
        counts = np.bincount(self.rows, minlength=len(works))
        return np.where(self.whole, works.pages, counts)


class Matcher:
    """One question on one snapshot. ``mask`` are the rows asked, ``blocked`` those without text."""

    def __init__(
        self,
        postings: Postings,
        works: WorkRows,
        mask: NDArray[np.bool_],
        blocked: NDArray[np.bool_],
    ) -> None:
        self._postings = postings
        self._works = works
        self._mask = mask
        self._blocked = blocked
        self._known: dict[Leaf, NDArray[np.bool_]] = {}

    def find(self, clause: Clause) -> Matches:
        """Return everything that matches ``clause``."""
        whole = np.zeros(len(self._works), np.bool_)
        found: list[NDArray[np.int64]] = []
        for rest, rows in self._groups(clause):
            if rest == All(()):
                whole |= rows
            elif rest != AnyOf(()):
                keys, all_of_them = self._text(rest, rows)
                found.append(keys)
                whole |= all_of_them
        keys = found[0] if len(found) == 1 else np.sort(np.concatenate([EMPTY, *found]))
        return Matches(whole, keys, self._works.rows(keys >> PAGE_BITS))

    def some(self, clause: Clause, most: int) -> NDArray[np.int64]:
        """Return the keys of pages that match a clause of text, ``most`` or more if there are."""
        tables = {table_of(leaf) for leaf in leaves(clause)}
        if len(tables) == 1:
            few = self._postings.matching(tables.pop(), expression(clause), _SPARE * most)
            found = self._works.rows(few >> PAGE_BITS)
            seen = few[(found >= 0) & (self._mask & ~self._blocked)[found]]
            if len(few) < _SPARE * most or len(seen) >= most:
                return seen
        return self.find(clause).keys

    def described(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Return the rows whose description has a leaf."""
        if leaf not in self._known:
            rows = self._works.rows(self._postings.matching("works_fts", expression(leaf)))
            mask = np.zeros(len(self._works), np.bool_)
            mask[rows[rows >= 0]] = True
            self._known[leaf] = mask
        return self._known[leaf]

    def _groups(self, clause: Clause) -> Iterator[tuple[Clause, NDArray[np.bool_]]]:
        """Yield what is left to ask of the text, and of which rows."""
        leaves = description_leaves(clause)
        columns = [self.described(leaf) for leaf in leaves] + [self._blocked]
        table = np.stack(columns, axis=1)
        special = table.any(axis=1)
        groups: dict[Clause, NDArray[np.bool_]] = {}
        plain = self._mask & ~special
        if plain.any():
            groups[settle(clause, {}, text=True)] = plain
        rows = np.flatnonzero(special & self._mask)
        if len(rows):
            kinds, which = np.unique(table[rows], axis=0, return_inverse=True)
            for number, kind in enumerate(kinds):
                truth = dict(zip(leaves, map(bool, kind), strict=False))
                rest = settle(clause, truth, text=not kind[-1])
                here = groups.setdefault(rest, np.zeros(len(self._works), np.bool_))
                here[rows[which.ravel() == number]] = True
        yield from groups.items()

    def _text(
        self, clause: Clause, rows: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the keys of matching pages of some rows, and the rows that match as a whole."""
        nothing = np.zeros(len(rows), np.bool_)
        if isinstance(clause, Without) and clause.keep == All(()):
            return self._all_but(self._within(clause.drop, rows), rows)
        return self._within(clause, rows), nothing

    def _within(self, clause: Clause, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        keys = self._matching(clause)
        found = self._works.rows(keys >> PAGE_BITS)
        inside = (found >= 0) & rows[found]
        return keys if inside.all() else keys[inside]

    def _all_but(
        self, dropped: NDArray[np.int64], rows: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        touched = np.zeros(len(rows), np.bool_)
        touched[self._works.rows(dropped >> PAGE_BITS)] = True
        keys = self.page_keys(np.flatnonzero(touched))
        return np.setdiff1d(keys, dropped, assume_unique=True), rows & ~touched

    def _matching(self, clause: Clause) -> NDArray[np.int64]:
        """Return the keys of every page that matches; one FTS5 query if one table can tell."""
        tables = {table_of(leaf) for leaf in leaves(clause)}
        if len(tables) == 1:
            return self._postings.matching(tables.pop(), expression(clause))
        match clause:
            case Without(keep, drop):
                dropped = self._matching(drop)
                return np.setdiff1d(self._matching(keep), dropped, assume_unique=True)
            case All(of):
                parts = [self._matching(part) for part in _by_table(of, All)]
                return reduce(common, sorted(parts, key=len))
            case AnyOf(of):
                return reduce(np.union1d, [self._matching(part) for part in _by_table(of, AnyOf)])
            case Leaf():
                return self._postings.matching(table_of(clause), expression(clause))

    def page_keys(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the keys of every page of some rows."""
        if len(rows) > _MOST_RANGES:
            keys = self._postings.numbers("key", "pages WHERE source IS NOT NULL", ())
            return keys[np.isin(self._works.rows(keys >> PAGE_BITS), rows)]
        parts = [
            self._postings.numbers(
                "key",
                "pages WHERE key BETWEEN ? AND ? AND source IS NOT NULL",
                page_range(int(no)),
            )
            for no in self._works.nos[rows]
        ]
        return np.sort(np.concatenate(parts)) if parts else EMPTY


def _by_table(parts: Sequence[Clause], joined: type[All] | type[AnyOf]) -> list[Clause]:
    """Join the parts that one table can tell, so that it is asked once."""
    whole: dict[str, list[Clause]] = {}
    mixed: list[Clause] = []
    for part in parts:
        tables = {table_of(leaf) for leaf in leaves(part)}
        if len(tables) == 1:
            whole.setdefault(tables.pop(), []).append(part)
        else:
            mixed.append(part)
    return [*mixed, *(joined(tuple(some)) for some in whole.values())]


def common(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what is in both of two ordered arrays."""
    few, many = (one, other) if len(one) < len(other) else (other, one)
    if not len(few):
        return few
    places = np.minimum(np.searchsorted(many, few), len(many) - 1)
    shared: NDArray[np.int64] = few[many[places] == few]
    return shared


def among(keys: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of ``keys`` are in an ordered array."""
    if not len(many):
        return np.zeros(len(keys), np.bool_)
    places = np.minimum(np.searchsorted(many, keys), len(many) - 1)
    found: NDArray[np.bool_] = many[places] == keys
    return found


def page_range(no: int) -> tuple[int, int]:
    """Return the first and last key that a page of a Work may have."""
    return no << PAGE_BITS, ((no + 1) << PAGE_BITS) - 1


def expression(clause: Clause) -> str:
    """Return the FTS5 expression of a clause that is neither always true nor never."""
    match clause:
        case Leaf(stream, tokens):
            text = " ".join(stored(stream, token) for token in tokens)
            return '"' + text.replace('"', '""') + '"'
        case All(of):
            return "(" + " AND ".join(map(expression, of)) + ")"
        case AnyOf(of):
            return "(" + " OR ".join(map(expression, of)) + ")"
        case Without(keep, drop):
            return f"({expression(keep)} NOT {expression(drop)})"


def leaves(clause: Clause) -> Iterator[Leaf]:
    """Yield every leaf of a clause."""
    match clause:
        case Leaf():
            yield clause
        case Without(keep, drop):
            yield from leaves(keep)
            yield from leaves(drop)
        case _:
            for part in clause.of:
                yield from leaves(part)


def table_of(leaf: Leaf) -> str:
    """Return the table that holds a leaf's stream."""
    return "pages_set" if leaf.stream in SETS else "pages_fts"


def stored(stream: Stream, token: str) -> str:
    """Return a token as it stands in the one column of the index: its stream before it.

    Folded tokens and descriptions stand as they are. No token has three units, so none of another
    stream can be taken for one of theirs.
    """
    if stream in (Stream.FOLDED, Stream.DESCRIPTION):
        return token
    return f"{stream}:{token}"
