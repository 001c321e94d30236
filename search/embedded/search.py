"""One question to the embedded index: find, count, order, and choose the pages to show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from search import ranking
from search.backend import PAGES_A_WORK, PAIRS_PERCENT, Answer, AnyOf, FoundPage, FoundWork
from search.compile import any_of
from search.embedded.match import SETS, Matcher, among, expression, leaves, page_range
from search.embedded.works import PAGE_BITS
from search.results import Counts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from search.backend import CandidateQuery, Clause, Leaf, Question
    from search.embedded.match import Matches
    from search.embedded.postings import Postings
    from search.embedded.works import WorkRows
    from search.results import Tier

_MOST_RANKED = 50_000
_MANY, _MANY_SHARE = 2000, 0.1


class Search:
    """One question on one snapshot of the index."""

    def __init__(self, postings: Postings, works: WorkRows, question: Question) -> None:
        self._connection = postings.connection
        self._works = works
        self._question = question
        self._blocked = works.blocked(question.allowed, question.today)
        mask = works.matching(question.filters)
        self._matcher = Matcher(postings, works, mask, self._blocked)

    def answer(self) -> Answer:
        """Return one page of Works with exact counts."""
        question, works = self._question, self._works
        tiers = [tier for tier, _ in question.tiers]
        found = [self._matcher.find(clause) for _, clause in question.tiers]
        pages = [matches.page_counts(works) for matches in found]
        best = np.full(len(works), len(found), np.int64)
        for number in reversed(range(len(found))):
            best[found[number].whole | (pages[number] > 0)] = number
        rows = np.flatnonzero(best < len(found))
        ordered = self._ordered(rows, best, pages[-1])
        shown = ordered[question.offset : question.offset + question.limit]
        chosen = self._chosen(shown, found)
        details = page_rows(self._connection, [key for _, key in chosen])
        return Answer(
            counts=_counts(tiers, pages, best),
            total_works=len(rows),
            works=tuple(
                FoundWork(
                    work=works.ids[row],
                    tier=tiers[best[row]],
                    page_total=int(pages[-1][row]),
                    by_description=bool(found[-1].whole[row]),
                    pages=tuple(
                        FoundPage(*details[key], tiers[number])
                        for (key_row, key), number in chosen.items()
                        if key_row == row
                    ),
                )
                for row in shown.tolist()
            ),
            facets=works.count_facets(best < len(found)) if question.facets else {},
        )

    def matching_keys(self, limit: int) -> list[int]:
        """Return up to ``limit`` keys of the pages that match the widest tier."""
        found = self._matcher.find(self._question.tiers[-1][1])
        whole = self._matcher.page_keys(np.flatnonzero(found.whole))
        return [*found.keys[:limit].tolist(), *whole.tolist()][:limit]

    def _ordered(
        self, rows: NDArray[np.int64], best: NDArray[np.int64], hits: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        works, question = self._works, self._question
        if question.sort == "date":
            return ranking.order([works.by_date], rows)
        if question.sort == "title":
            return ranking.order([works.by_title], rows)
        titled = self._matcher.find(question.prefer).whole
        return ranking.order([best, -ranking.scores(hits, titled)], rows)

    def _chosen(
        self, rows: NDArray[np.int64], found: Sequence[Matches]
    ) -> dict[tuple[int, int], int]:
        """Return (row, key) of the best pages of each row, with the number of their tier."""
        last = found[-1]
        shown = np.zeros(len(self._works), np.bool_)
        shown[rows] = True
        keys = last.keys[shown[last.rows]]
        wholes = rows[last.whole[rows] & ~self._blocked[rows]]
        ranks = self._ranks(keys, wholes, len(last.keys))
        candidates = np.union1d(keys, np.array(list(ranks), np.int64)) if ranks else keys
        numbers = _tier_numbers(candidates, self._works, found)
        by_rank = np.array([ranks.get(key, 0.0) for key in candidates.tolist()] if ranks else 0.0)
        of = self._works.rows(candidates >> PAGE_BITS)
        ranked = np.broadcast_to(by_rank, len(candidates))
        order = np.lexsort((candidates, ranked, numbers, of))
        first = np.searchsorted(of[order], of[order])
        best = order[np.arange(len(order)) - first < PAGES_A_WORK]
        best = best[shown[of[best]]]
        pairs = zip(of[best].tolist(), candidates[best].tolist(), strict=True)
        return dict(zip(pairs, numbers[best].tolist(), strict=True))

    def _ranks(
        self, keys: NDArray[np.int64], wholes: NDArray[np.int64], total: int
    ) -> dict[int, float]:
        """Return the rank of pages with some word, the best lowest, where not all can be shown.

        ``total`` counts all pages that match; ``wholes`` are rows found by their description, whose
        pages are not in ``keys``. Pages are ranked as FTS5 does; those found by single characters
        as they are numbered. A phrase on very many pages says little of any: they stand as they
        were indexed, since to rank them would cost more than to find them.
        """
        works = self._works
        nos, counts = np.unique(keys >> PAGE_BITS, return_counts=True)
        crowded = nos[counts > PAGES_A_WORK]
        described = works.nos[wholes]
        phrases = any_of([leaf for leaf in leaves(self._question.text) if leaf.stream not in SETS])
        ranks: dict[int, float] = {}
        if phrases != AnyOf(()) and total <= _MOST_RANKED:
            wanted = [*crowded.tolist(), *described.tolist()]
            ranks = _by_bm25(self._connection, expression(phrases), wanted)
        else:
            if phrases == AnyOf(()):
                ranks = _by_number(self._connection, crowded)
            for key in self._matcher.find(self._question.text).keys if len(described) else ():
                ranks.setdefault(int(key), 0.0)
        if not ranks:
            return ranks
        known, whole = set(keys.tolist()), set(described.tolist())
        return {k: r for k, r in ranks.items() if k in known or k >> PAGE_BITS in whole}

    def candidate_keys(
        self, queries: Sequence[CandidateQuery], drop: Clause, limit: int
    ) -> list[int]:
        """Return the keys of candidates: the rarest evidence first, then the most pairs."""
        chosen: dict[int, None] = {}
        for one in queries:
            by_clause = [self._matcher.some(clause, limit) for clause in one.clauses]
            surest = [key for keys in sorted(by_clause, key=len) for key in keys.tolist()]
            chosen |= dict.fromkeys(list(dict.fromkeys(surest))[:limit])
            pages = int(self._works.pages.sum())
            chosen |= dict.fromkeys(_most_pairs(self._telling(one.pairs, pages), pages, limit))
        if drop != AnyOf(()) and chosen:
            dropped = set(self._matcher.find(drop).keys.tolist())
            return [key for key in chosen if key not in dropped]
        return list(chosen)

    def _telling(self, pairs: Sequence[Leaf], pages: int) -> list[NDArray[np.int64]]:
        """Return the pages of each pair that not very many have: a common one excludes nothing."""
        most = max(_MANY, int(pages * _MANY_SHARE))
        found = [self._matcher.some(pair, most) for pair in pairs]
        telling = [keys for keys in found if len(keys) < most]
        return telling or [self._matcher.find(pair).keys for pair in pairs]


def _by_bm25(connection: sqlite3.Connection, match: str, works: Sequence[int]) -> dict[int, float]:
    if not works:
        return {}
    query = (
        "SELECT rowid, bm25(pages_fts) FROM pages_fts WHERE pages_fts MATCH ?"  # noqa: S608
        f" AND (rowid >> {PAGE_BITS}) IN ({','.join('?' * len(works))})"
    )
    return dict(connection.execute(query, (match, *works)).fetchall())


def _by_number(connection: sqlite3.Connection, works: NDArray[np.int64]) -> dict[int, float]:
    query = "SELECT key, n FROM pages WHERE key BETWEEN ? AND ? AND source IS NOT NULL"
    return {
        key: float(n)
        for no in works.tolist()
        for key, n in connection.execute(query, page_range(no))
    }


def _most_pairs(found: Sequence[NDArray[np.int64]], pages: int, limit: int) -> list[int]:
    """Return pages that are in at least ``PAIRS_PERCENT`` of ``found``, by their weights' sum.

    A pair weighs the more the fewer pages have it (inverse document frequency).
    """
    if not found:
        return []
    weights = [np.full(len(keys), math.log((pages + 1) / (len(keys) + 1))) for keys in found]
    keys, places = np.unique(np.concatenate(found), return_inverse=True)
    counts = np.bincount(places, minlength=len(keys))
    sums = np.bincount(places, np.concatenate(weights), minlength=len(keys))
    enough = np.flatnonzero(counts >= max(1, PAIRS_PERCENT * len(found) // 100))
    best = enough[np.argsort(-sums[enough], kind="stable")]
    return [int(key) for key in keys[best[:limit]]]


def _tier_numbers(
    keys: NDArray[np.int64], works: WorkRows, found: Sequence[Matches]
) -> NDArray[np.int64]:
    """Return the number of the first tier in which each page matches."""
    rows = works.rows(keys >> PAGE_BITS)
    numbers = np.full(len(keys), len(found) - 1, np.int64)
    for number in reversed(range(len(found))):
        here = found[number].whole[rows] | among(keys, found[number].keys)
        numbers[here] = number
    return numbers


def _counts(
    tiers: Sequence[Tier], pages: Sequence[NDArray[np.int64]], best: NDArray[np.int64]
) -> dict[Tier, Counts]:
    """Return Works and pages by tier, each counted once in its best."""
    counts: dict[Tier, Counts] = {}
    before = 0
    for number, tier in enumerate(tiers):
        total = int(pages[number].sum())
        counts[tier] = Counts(int((best == number).sum()), total - before)
        before = total
    return counts


def page_rows(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return (page id, n) by key."""
    marks = ",".join("?" * len(keys))
    query = f"SELECT key, id, n FROM pages WHERE key IN ({marks})"  # noqa: S608  # marks only
    return {key: (page, n) for key, page, n in connection.execute(query, list(keys))}
