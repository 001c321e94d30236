"""One question to Elasticsearch: counts by Work in each tier, then facets, then pages to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repository.errors import SearchUnavailableError
from search import ranking
from search.backend import (
    FACET_VALUES,
    FACETS,
    MOST_WORKS,
    PAGES_A_WORK,
    PAIRS_PERCENT,
    Answer,
    AnyOf,
    FoundPage,
    FoundWork,
)
from search.compile import without
from search.elastic.query import Translation, filtering
from search.results import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from search.backend import CandidateQuery, Clause, Question
    from search.elastic.client import Asking
    from search.results import Tier

_BUCKETS = 60_000
_COMPOSITE = 10_000  # buckets asked for at a time beyond those
_TIER_BOOST, _TEXT_BOOST = 1000.0, 100.0


class ElasticSearch:
    """One question to one server."""

    def __init__(self, asking: Asking, prefix: str, question: Question) -> None:
        self._asking = asking
        self._works_alias, self._pages_alias = f"{prefix}works", f"{prefix}pages"
        self._question = question
        self._translation = Translation(question.allowed, question.today)
        self._filters = filtering(question.filters)

    def answer(self) -> Answer:
        """Return one page of Works with exact counts."""
        question = self._question
        tiers = [tier for tier, _ in question.tiers]
        asked = [(alias, clause) for _, clause in question.tiers for alias in self._aliases]
        titled: list[tuple[str, Clause]] = []
        if question.sort == "relevance" and question.prefer != AnyOf(()):
            titled.append((self._works_alias, question.prefer))
        found = self._counts([*asked, *titled])
        pages, wholes = found[0 : len(asked) : 2], found[1 : len(asked) : 2]
        best = _best_tiers(pages, wholes)
        hits = {work: pages[-1].get(work, 0) for work in best}
        ordered = self._ordered(best, hits, set(found[-1]) if titled else set())
        facets, shown = self._facets_and_order(sorted(best), ordered)
        chosen = self._chosen(shown, wholes[-1])
        return Answer(
            counts=_tier_counts(tiers, pages, best),
            total_works=len(best),
            works=tuple(
                FoundWork(
                    work=work,
                    tier=tiers[best[work]],
                    page_total=hits[work],
                    by_description=work in wholes[-1],
                    pages=chosen.get(work, ()),
                )
                for work in shown
            ),
            facets=facets,
        )

    def matching_pages(self, limit: int) -> list[tuple[str, str]]:
        """Return up to ``limit`` (page, work) of the pages that match the widest tier."""
        query = self._query(self._question.tiers[-1][1])
        searches = [{"index": self._pages_alias}, _page_search(query, limit)]
        (answer,) = self._asking().msearch(searches=searches)["responses"]
        return [(page, work) for page, work, _ in _pages_of(answer)]

    def candidates(
        self, queries: Sequence[CandidateQuery], drop: Clause, limit: int
    ) -> list[tuple[str, str, int]]:
        """Return (page, work, n) of candidates."""
        searches: list[dict[str, Any]] = []
        for query in self._candidate_queries(queries, drop):
            searches += [{"index": self._pages_alias}, _page_search(query, limit)]
        answers = self._asking().msearch(searches=searches)["responses"] if searches else []
        return list(dict.fromkeys(page for answer in answers for page in _pages_of(answer)))

    def _candidate_queries(
        self, queries: Sequence[CandidateQuery], drop: Clause
    ) -> Iterator[dict[str, Any]]:
        for one in queries:
            if one.clauses:
                yield self._query(without(AnyOf(one.clauses), drop))
            if one.pairs:
                pairs = [self._translation.query(pair) for pair in one.pairs]
                most = {"bool": {"should": pairs, "minimum_should_match": f"{PAIRS_PERCENT}%"}}
                query = self._query(without(AnyOf(one.pairs), drop))
                query["bool"]["must"].append(most)
                yield query

    @property
    def _aliases(self) -> tuple[str, str]:
        return self._pages_alias, self._works_alias

    def _query(self, clause: Clause) -> dict[str, Any]:
        return {"bool": {"must": [self._translation.query(clause)], "filter": self._filters}}

    def _counts(self, asked: Sequence[tuple[str, Clause]]) -> list[dict[str, int]]:
        """Return the number of documents by Work for each (alias, clause)."""
        searches: list[dict[str, Any]] = []
        for alias, clause in asked:
            terms = {"terms": {"field": "work", "size": _BUCKETS}}
            body = {"query": self._query(clause), "size": 0, "aggs": {"works": terms}}
            searches += [{"index": alias}, body]
        answers = self._asking().msearch(searches=searches)["responses"]
        return [
            self._work_counts(alias, clause, answer)
            for (alias, clause), answer in zip(asked, answers, strict=True)
        ]

    def _work_counts(self, alias: str, clause: Clause, answer: dict[str, Any]) -> dict[str, int]:
        _require_answer(answer)
        found = answer["aggregations"]["works"]
        if found["sum_other_doc_count"] == 0:
            return {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
        return dict(self._all_work_counts(alias, clause))

    def _all_work_counts(self, alias: str, clause: Clause) -> Iterator[tuple[str, int]]:
        """Yield counts of more Works than one terms aggregation may hold."""
        after: dict[str, Any] | None = None
        while True:
            composite: dict[str, Any] = {
                "size": _COMPOSITE, "sources": [{"work": {"terms": {"field": "work"}}}],
            }  # fmt: skip
            if after:
                composite["after"] = after
            answer = self._asking().search(
                index=alias,
                query=self._query(clause),
                size=0,
                aggs={"works": {"composite": composite}},
            )
            buckets = answer["aggregations"]["works"]["buckets"]
            yield from ((bucket["key"]["work"], bucket["doc_count"]) for bucket in buckets)
            after = answer["aggregations"]["works"].get("after_key")
            if not buckets or after is None:
                return

    def _ordered(self, best: dict[str, int], hits: dict[str, int], titled: set[str]) -> list[str]:
        """Return the Works by relevance; ties by id, as in the embedded engine."""
        works = sorted(best)
        rows = np.arange(len(works))
        counts = np.array([hits[work] for work in works], np.int64)
        in_title = np.array([work in titled for work in works], np.bool_)
        tiers = np.array([best[work] for work in works], np.int64)
        order = ranking.order([tiers, -ranking.scores(counts, in_title)], rows)
        return [works[row] for row in order]

    def _facets_and_order(
        self, works: list[str], ordered: list[str]
    ) -> tuple[dict[str, tuple[tuple[str, int], ...]], list[str]]:
        """Return facets of all Works found, and the ids of those to show."""
        question = self._question
        by_server = question.sort != "relevance"
        end = question.offset + question.limit
        shown = ordered[question.offset : end]
        if not works or end > MOST_WORKS or not (question.facets or by_server):
            return {}, shown if end <= MOST_WORKS else []
        names = FACETS if question.facets else ()
        aggs = {n: {"terms": {"field": f"facet_{n}", "size": FACET_VALUES}} for n in names}
        first = ["sort_date", "sort_title"] if question.sort == "date" else ["sort_title"]
        answer = self._asking().search(
            index=self._works_alias,
            query={"bool": {"filter": [{"terms": {"work": works}}]}},
            aggs=aggs or None,
            size=question.limit if by_server else 0,
            from_=question.offset if by_server else 0,
            sort=[*first, "work"] if by_server else None,
            source=False,
            stored_fields="_none_",
            docvalue_fields=_fields("work"),
            track_total_hits=False,
        )
        if by_server:
            shown = [hit["fields"]["work"][0] for hit in answer["hits"]["hits"]]
        return {name: _values(answer["aggregations"][name]) for name in names}, shown

    def _chosen(
        self, works: Sequence[str], wholes: dict[str, int]
    ) -> dict[str, tuple[FoundPage, ...]]:
        """Return the best pages of each Work: by tier, then by the server's score, then by n."""
        if not works:
            return {}
        question = self._question
        names = [tier for tier, _ in question.tiers]
        boosts = [
            {
                "constant_score": {
                    "filter": self._translation.query(clause),
                    "boost": _TIER_BOOST * (len(names) - number),
                    "_name": tier,
                }
            }
            for number, (tier, clause) in enumerate(question.tiers)
        ]
        text = self._translation.query(question.text)
        by_text = {"constant_score": {"filter": text, "boost": _TEXT_BOOST, "_name": "text"}}
        widest = question.tiers[-1][1]
        answer = self._asking().search(
            index=self._pages_alias,
            query={
                "bool": {
                    "filter": [{"terms": {"work": list(works)}}, self._translation.query(widest)],
                    "should": [*boosts, by_text, text],
                }
            },
            size=0,
            aggs={
                "works": {
                    "terms": {"field": "work", "size": len(works)},
                    "aggs": {"pages": {"top_hits": _best_pages()}},
                }
            },
        )
        chosen: dict[str, tuple[FoundPage, ...]] = {}
        for bucket in answer["aggregations"]["works"]["buckets"]:
            work = bucket["key"]
            chosen[work] = tuple(
                _found_page(hit, names)
                for hit in bucket["pages"]["hits"]["hits"]
                if work not in wholes or "text" in hit["matched_queries"]
            )
        return chosen


def _page_search(query: dict[str, Any], limit: int) -> dict[str, Any]:
    return {
        "query": query,
        "size": limit,
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": _fields("page", "work", "n"),
        "track_total_hits": False,
    }


def _pages_of(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return (page, work, n) of the hits of a ``_page_search``."""
    _require_answer(answer)
    fields = [hit["fields"] for hit in answer["hits"]["hits"]]
    return [(f["page"][0], f["work"][0], f["n"][0]) for f in fields]


def _require_answer(answer: dict[str, Any]) -> None:
    if "error" in answer or answer.get("timed_out"):
        raise SearchUnavailableError(
            f"搜尋引擎無法回答 the search engine cannot answer: {answer.get('error', 'time')}"
        )


def _fields(*names: str) -> list[dict[str, Any]]:
    return [{"field": name} for name in names]


def _best_pages() -> dict[str, Any]:
    return {
        "size": PAGES_A_WORK,
        "_source": False,
        "docvalue_fields": _fields("page", "n"),
        "sort": [{"_score": "desc"}, {"n": "asc"}],
    }


def _found_page(hit: dict[str, Any], names: Sequence[Tier]) -> FoundPage:
    matched = hit["matched_queries"]
    tier = next((name for name in names if name in matched), names[-1])
    return FoundPage(hit["fields"]["page"][0], hit["fields"]["n"][0], tier)


def _best_tiers(
    pages: Sequence[dict[str, int]], wholes: Sequence[dict[str, int]]
) -> dict[str, int]:
    """Return the number of the best tier of each Work."""
    best: dict[str, int] = {}
    for number, (by_page, by_work) in enumerate(zip(pages, wholes, strict=True)):
        for work in (*by_page, *by_work):
            best.setdefault(work, number)
    return best


def _tier_counts(
    tiers: Sequence[Tier], pages: Sequence[dict[str, int]], best: dict[str, int]
) -> dict[Tier, Counts]:
    counts: dict[Tier, Counts] = {}
    before = 0
    for number, (tier, found) in enumerate(zip(tiers, pages, strict=True)):
        total = sum(found.values())
        works = sum(1 for place in best.values() if place == number)
        counts[tier] = Counts(works, total - before)
        before = total
    return counts


def _values(found: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    values = [(bucket["key"], bucket["doc_count"]) for bucket in found["buckets"]]
    return tuple(sorted(values, key=lambda value: (-value[1], value[0])))
