"""Clauses in Elasticsearch's query language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.backend import All, AnyOf, Clause, Filters, Leaf, Without
from search.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_NEVER: dict[str, Any] = {"match_none": {}}
_ALWAYS: dict[str, Any] = {"match_all": {}}
_MANY = 16
_LEVELS = ("open", "onsite", "restricted")


class Translation:
    """Clauses for a reader: a text leaf holds only for text that the reader may see today."""

    def __init__(self, allowed: frozenset[str], today: date) -> None:
        self._visible = visible(allowed, today)

    def query(self, clause: Clause) -> dict[str, Any]:
        """Return the query of a clause."""
        match clause:
            case Leaf(Stream.DESCRIPTION, _):
                return _leaf(clause)
            case Leaf():
                return self._seen([_leaf(clause)])
            case Without(keep, drop):
                return {"bool": {"must": [self.query(keep)], "must_not": [self.query(drop)]}}
            case All(of):
                return {"bool": {"must": [self.query(p) for p in of]}} if of else _ALWAYS
            case AnyOf(of):
                return self._either(of) if of else _NEVER

    def _either(self, parts: Sequence[Clause]) -> dict[str, Any]:
        text: list[Leaf] = []
        others: list[dict[str, Any]] = []
        for part in parts:
            if isinstance(part, Leaf) and part.stream != Stream.DESCRIPTION:
                text.append(part)
            else:
                others.append(self.query(part))
        if text:
            others.append(self._seen(_leaves(text)))
        return others[0] if len(others) == 1 else either(others)

    def _seen(self, queries: list[dict[str, Any]]) -> dict[str, Any]:
        asked = queries[0] if len(queries) == 1 else either(queries)
        if self._visible is None:
            return asked
        return {"bool": {"must": [asked], "filter": [self._visible]}}


def visible(allowed: frozenset[str], today: date) -> dict[str, Any] | None:
    """Return the filter of text that a reader may see; None when that is all of it."""
    if allowed.issuperset(_LEVELS):
        return None
    embargoed = {"range": {"embargo": {"gt": today.isoformat()}}}
    free: dict[str, Any] = {
        "bool": {
            "filter": [{"terms": {"level": sorted(allowed & set(_LEVELS))}}],
            "must_not": [embargoed],
        }
    }
    return either([free, embargoed]) if "restricted" in allowed else free


def either(queries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a query for any of several."""
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _leaves(leaves: Sequence[Leaf]) -> list[dict[str, Any]]:
    """Return the queries of leaves; very many single tokens of a stream are one query."""
    tokens: dict[Stream, list[str]] = {}
    for leaf in leaves:
        if len(leaf.tokens) == 1:
            tokens.setdefault(leaf.stream, []).append(leaf.tokens[0])
    lists = {stream: found for stream, found in tokens.items() if len(found) >= _MANY}
    single = [leaf for leaf in leaves if leaf.stream not in lists or len(leaf.tokens) > 1]
    sets: list[dict[str, Any]] = [{"terms": {s.value: found}} for s, found in lists.items()]
    return [*sets, *map(_leaf, single)]


def _leaf(leaf: Leaf) -> dict[str, Any]:
    field = leaf.stream.value
    if len(leaf.tokens) == 1:
        return {"term": {field: leaf.tokens[0]}}
    return {"match_phrase": {field: {"query": " ".join(leaf.tokens), "slop": 0}}}


def filtering(filters: Filters) -> list[dict[str, Any]]:
    """Return the filters of a question."""
    found: list[dict[str, Any]] = [{"term": {f"by_{n}": value}} for n, value in filters.values]
    if filters.work is not None:
        found.append({"term": {"work": filters.work}})
    years = {"gte": filters.year_from, "lte": filters.year_to}
    given = {bound: year for bound, year in years.items() if year is not None}
    if given:
        found.append({"range": {"years": {**given, "relation": "intersects"}}})
    return found
