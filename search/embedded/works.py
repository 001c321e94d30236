"""The Works of the embedded index as arrays: filters, facets and order without touching a page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np
import orjson

from search.backend import FACET_VALUES, FACETS
from search.document import OPEN_PAST, WorkEntry, is_date

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from search.backend import Filters

PAGE_BITS = 20


@dataclass(frozen=True, slots=True)
class KeptWork:
    """One Work as it is kept, with its number."""

    no: int
    id: str
    entry: WorkEntry


@dataclass(slots=True)
class Pairs:
    """The values of one field: ``rows[i]`` has ``names[codes[i]]``.

    ``alphabet`` is the place of each name when they are sorted.
    """

    names: list[str]
    rows: NDArray[np.int64]
    codes: NDArray[np.int64]
    alphabet: NDArray[np.int64]


@dataclass(slots=True)
class WorkRows:
    """Every Work of an index, in the order of ids. A row is a place in this order.

    ``row_of_no`` ends with a -1 for all numbers that are greater.
    ``access`` are the distinct (level, embargo), ``access_codes`` which of them each row has.
    """

    generation: int
    held: dict[int, KeptWork]
    ids: list[str] = field(default_factory=list)
    row_of_no: NDArray[np.int64] = field(default_factory=lambda: np.full(1, -1, np.int64))
    nos: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    pages: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    by_date: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    by_title: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    years: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    access: list[tuple[str, str | None]] = field(default_factory=list)
    access_codes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    values: dict[str, Pairs] = field(default_factory=dict)
    facets: dict[str, Pairs] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of Work numbers, -1 for a Work that is gone."""
        rows: NDArray[np.int64] = self.row_of_no[np.minimum(nos, len(self.row_of_no) - 1)]
        return rows

    def matching(self, filters: Filters) -> NDArray[np.bool_]:
        """Return which rows pass the filters."""
        mask = np.ones(len(self), np.bool_)
        for name, value in filters.values:
            pairs = self.values[name]
            here = np.zeros(len(self), np.bool_)
            if value in pairs.names:
                here[pairs.rows[pairs.codes == pairs.names.index(value)]] = True
            mask &= here
        if filters.work is not None:
            here = np.zeros(len(self), np.bool_)
            here[bisect_left(self.ids, filters.work) : bisect_right(self.ids, filters.work)] = True
            mask &= here
        if filters.year_from is not None or filters.year_to is not None:
            first = filters.year_from if filters.year_from is not None else -(10**6)
            last = filters.year_to if filters.year_to is not None else 10**6
            inside = (self.years[:, 1] <= last) & (self.years[:, 2] >= first)
            here = np.zeros(len(self), np.bool_)
            here[self.years[inside, 0]] = True
            mask &= here
        return mask

    def blocked(self, allowed: frozenset[str], today: date) -> NDArray[np.bool_]:
        """Return which rows have text that the reader may not see today."""
        day = today.isoformat()
        kinds = [not _open_today(kind, allowed, day) for kind in self.access]
        return np.array(kinds, np.bool_)[self.access_codes]

    def count_facets(self, mask: NDArray[np.bool_]) -> dict[str, tuple[tuple[str, int], ...]]:
        """Return (value, number of Works), the commonest first, for the rows of ``mask``."""
        out: dict[str, tuple[tuple[str, int], ...]] = {}
        for name, pairs in self.facets.items():
            counts = np.bincount(pairs.codes[mask[pairs.rows]], minlength=len(pairs.names))
            found = _commonest(counts)
            order = np.lexsort((pairs.alphabet[found], -counts[found]))
            shown = found[order[:FACET_VALUES]].tolist()
            out[name] = tuple((pairs.names[i], int(counts[i])) for i in shown)
        return out


def _commonest(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the largest counts are: as many as are shown, and those equal to the last."""
    found = np.flatnonzero(counts)
    if len(found) <= FACET_VALUES:
        return found
    least = np.partition(counts[found], -FACET_VALUES)[-FACET_VALUES]
    commonest: NDArray[np.int64] = found[counts[found] >= least]
    return commonest


def _open_today(kind: tuple[str, str | None], allowed: frozenset[str], day: str) -> bool:
    """An embargo, or a level that is not known, counts as restricted (interfaces §6)."""
    level, embargo = kind
    if embargo and (day < embargo or not is_date(embargo)):
        level = "restricted"
    return (level if level in ("open", "onsite") else "restricted") in allowed


def read_works(connection: sqlite3.Connection, before: WorkRows | None) -> WorkRows:
    """Return the present Works; only those that changed since ``before`` are read."""
    (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    if before is not None and before.generation == generation:
        return before
    held = dict(before.held) if before is not None else {}
    since = before.generation if before is not None else -1
    changed = connection.execute("SELECT no, id, entry FROM works WHERE generation > ?", (since,))
    for no, work, entry in changed:
        held.pop(no, None)
        if entry is not None:
            held[no] = KeptWork(no, work, entry_from_json(entry))
    return _arranged(generation, held)


def entry_to_json(entry: WorkEntry) -> bytes:
    """Return an entry as it is kept beside its tokens."""
    kept = {f.name: getattr(entry, f.name) for f in fields(entry) if f.name != "tokens"}
    return orjson.dumps(kept)


def entry_from_json(text: bytes) -> WorkEntry:
    """Return a kept entry, without its tokens."""
    kept = orjson.loads(text)
    return WorkEntry(tokens=(), **(kept | {"years": tuple(map(tuple, kept["years"]))}))


def _arranged(generation: int, held: dict[int, KeptWork]) -> WorkRows:
    ordered = sorted(held.values(), key=lambda h: h.id)
    entries = [h.entry for h in ordered]
    works = WorkRows(generation, held, ids=[h.id for h in ordered])
    works.nos = np.array([h.no for h in ordered], np.int64)
    works.row_of_no = np.full(int(works.nos.max(initial=-1)) + 2, -1, np.int64)
    works.row_of_no[works.nos] = np.arange(len(ordered))
    works.pages = np.array([e.page_count for e in entries], np.int64)
    works.by_date = _ranks([f"{e.sort_date - OPEN_PAST:06d}{e.sort_title}" for e in entries])
    works.by_title = _ranks([e.sort_title for e in entries])
    spans = [(row, first, last) for row, e in enumerate(entries) for first, last in e.years]
    works.years = np.array(spans, np.int64).reshape(-1, 3)
    codes: dict[tuple[str, str | None], int] = {}
    kinds = [codes.setdefault((e.access, e.embargo), len(codes)) for e in entries]
    works.access, works.access_codes = list(codes), np.array(kinds, np.int64)
    works.values = {name: _pairs([e.values[name] for e in entries]) for name in FACETS}
    works.facets = {name: _pairs([e.facets[name] for e in entries]) for name in FACETS}
    return works


def _pairs(values: Sequence[Sequence[str]]) -> Pairs:
    codes: dict[str, int] = {}
    found = [(row, codes.setdefault(v, len(codes))) for row, of in enumerate(values) for v in of]
    array = np.array(found, np.int64).reshape(-1, 2)
    names = list(codes)
    return Pairs(names, array[:, 0].copy(), array[:, 1].copy(), _ranks(names))


def _ranks(keys: Sequence[str]) -> NDArray[np.int64]:
    """Return each row's place when sorted by its key."""
    order = sorted(range(len(keys)), key=lambda i: keys[i])
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = np.arange(len(keys))
    return ranks
