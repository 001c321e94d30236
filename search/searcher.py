"""``Searcher``: a reader's question in, results with boxes out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metadata import vocabulary
from search.expand import Expanded, expand
from search.hits import HitMaker
from search.noisy import noisy_pages
from search.parse import parse
from search.query import Filters, PageMatch, WorkFacts, atoms, exactly
from search.results import (
    Counts,
    FacetValue,
    SearchRequest,
    SearchResults,
    Tier,
    WithinResults,
    WorkHit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repository.catalogue import Catalogue
    from search.backend import SearchBackend
    from search.query import Atom, Node

PAGE_SIZE = 20
BEST_PAGES = 3
_ENOUGH = 20
_TIERS: tuple[Tier, ...] = ("exact", "folded", "expanded", "noisy")
_FACETS = ("type", "place", "collection", "language", "access", "subject", "creator")
_MOST_VALUES = 50


class Searching(Protocol):
    """What the site needs of search."""

    def search(self, request: SearchRequest) -> SearchResults:
        """Return one page of Works. Never raises for a malformed ``q`` (a note says so).

        Raises SearchUnavailableError when the engine does not answer.
        """

    def within(self, work: str, q: str, after: int = 0, limit: int = 50) -> WithinResults:
        """Return the matches on up to ``limit`` pages of a Work after page number ``after``."""

    def locate(self, page: str, q: str) -> WithinResults:
        """Return the matches on one page."""

    def suggest(self, work: str, prefix: str, limit: int = 10) -> list[tuple[str, int]]:
        """Return words of a Work that begin with ``prefix``, with counts (autocomplete)."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Every page that matched, by Work, each in its best tier."""

    tiers: dict[str, Tier]
    works: dict[str, list[PageMatch]]

    def best(self, work: str) -> Tier:
        return min((self.tiers[p.page] for p in self.works[work]), key=_TIERS.index)

    def counts(self) -> dict[Tier, Counts]:
        pages = Counter(self.tiers[p.page] for ps in self.works.values() for p in ps if p.n)
        works = Counter(self.best(work) for work in self.works)
        return {tier: Counts(works[tier], pages[tier]) for tier in _TIERS}


class Searcher:
    """``Searching`` over a search engine and the catalogue's texts."""

    def __init__(self, catalogue: Catalogue, backend: SearchBackend) -> None:
        self._catalogue = catalogue
        self._backend = backend
        self._hits = HitMaker(catalogue)

    def search(self, request: SearchRequest) -> SearchResults:
        """Return one page of Works; see ``Searching.search``."""
        parsed = parse(request.q)
        if request.q.strip() and parsed.node is None:
            nothing = {tier: Counts() for tier in _TIERS}
            return SearchResults(Counts(), nothing, (), notes=parsed.notes, facets={})
        filters = _filters(request)
        expanded = expand(parsed.node, request.off) if parsed.node else None
        found = self._found(parsed.node, expanded, filters)
        tiers = found.counts()
        facts = self._backend.facts(list(found.works))
        ordered = _ordered(found, facts, request.sort)
        start = max(0, request.page - 1) * PAGE_SIZE
        shown = ordered[start : start + PAGE_SIZE]
        asked = atoms(expanded.node) if expanded else []
        sure = [tiers[t] for t in _TIERS[:3]]
        return SearchResults(
            totals=Counts(sum(c.works for c in sure), sum(c.pages for c in sure)),
            tiers=tiers,
            results=tuple(self._work_hit(w, found, asked, request) for w in shown),
            expansions=expanded.expansions if expanded else (),
            notes=parsed.notes,
            facets=_facets(found, facts),
            has_next=len(ordered) > start + PAGE_SIZE,
        )

    def within(self, work: str, q: str, after: int = 0, limit: int = 50) -> WithinResults:
        """Return matches in a Work; who may see its text has been asked before."""
        node = parse(q).node
        if node is None:
            return WithinResults((), 0, ())
        expanded = expand(node, ()).node
        everyone = frozenset({"open", "onsite", "restricted"})
        pages = self._backend.matches(expanded, Filters(work=work, allowed=everyone))
        matches = self._hits.text_matches([p.page for p in pages], atoms(expanded))
        numbers = tuple(sorted({m.n for m in matches}))
        shown = [n for n in numbers if n > after][:limit]
        more = bool(shown) and shown[-1] != numbers[-1]
        return WithinResults(
            matches=tuple(m for m in matches if m.n in set(shown)),
            total_pages=len(numbers),
            pages=numbers,
            next_after=shown[-1] if more else None,
        )

    def locate(self, page: str, q: str) -> WithinResults:
        """Return the matches on one page, the nearest likeness when there is no other."""
        node = parse(q).node
        if node is None:
            return WithinResults((), 0, ())
        asked = atoms(expand(node, ()).node)
        matches = self._hits.text_matches([page], asked) or self._hits.likenesses(page, asked)
        return WithinResults(tuple(matches), len(matches) and 1, tuple({m.n for m in matches}))

    def suggest(self, work: str, prefix: str, limit: int = 10) -> list[tuple[str, int]]:
        """Return what stands in a Work behind ``prefix``, the most frequent first."""
        found = self.within(work, prefix, 0, 200)
        return self._hits.continuations(found.matches, prefix).most_common(limit)

    def _found(self, node: Node | None, expanded: Expanded | None, filters: Filters) -> _Found:
        if node is None or expanded is None:
            everything = self._backend.matches(None, filters)
            return _by_work(everything, {p.page: "exact" for p in everything})
        tiers: dict[str, Tier] = {}
        matches: dict[str, PageMatch] = {}
        for tier, asked in zip(_TIERS, (exactly(node), node, expanded.node), strict=False):
            for match in self._backend.matches(asked, filters):
                if match.page not in tiers:
                    tiers[match.page], matches[match.page] = tier, match
        if sum(m.n > 0 for m in matches.values()) < _ENOUGH:
            for match in noisy_pages(self._backend, self._catalogue, node, filters, set(tiers)):
                tiers[match.page], matches[match.page] = "noisy", match
        return _by_work(matches.values(), tiers)

    def _work_hit(
        self, work: str, found: _Found, asked: Sequence[Atom], request: SearchRequest
    ) -> WorkHit:
        pages = [p for p in found.works[work] if p.n]
        pages.sort(key=lambda p: (_TIERS.index(found.tiers[p.page]), -p.score, p.n))
        best = pages[:BEST_PAGES]
        open_text = self._hits.may_show(work, request.allowed)
        hits = tuple(
            hit
            for p in best
            if (hit := self._hits.page_hit(p, found.tiers[p.page], asked, open_text=open_text))
        )
        described = self._hits.description(work, asked)
        return WorkHit(
            work=work,
            tier=found.best(work),
            pages=hits,
            page_total=len(pages),
            snippet=described.text,
            marks=described.marks,
        )


def _filters(request: SearchRequest) -> Filters:
    given = {
        "place": request.place,
        "type": request.type,
        "collection": request.collection,
        "language": request.language,
        "access": request.access,
        "subject": request.subject,
        "creator": request.creator,
    }
    values = tuple((name, value) for name, value in given.items() if value)
    return Filters(request.year_from, request.year_to, values, request.allowed)


def _by_work(matches: Iterable[PageMatch], tiers: dict[str, Tier]) -> _Found:
    works: dict[str, list[PageMatch]] = {}
    for match in matches:
        works.setdefault(match.work, []).append(match)
    return _Found(tiers, works)


def _ordered(found: _Found, facts: dict[str, WorkFacts], sort: str) -> list[str]:
    """Return the Works, certain tiers before the noisy one whatever the sort."""

    def relevance(work: str) -> tuple[object, ...]:
        tier = _TIERS.index(found.best(work))
        return (tier, -max(p.score for p in found.works[work]), work)

    def noisy(work: str) -> bool:
        return found.best(work) == "noisy"

    if sort == "date":
        return sorted(found.works, key=lambda w: (noisy(w), _year(facts.get(w)), w))
    if sort == "title":
        return sorted(found.works, key=lambda w: (noisy(w), facts[w].title if w in facts else w))
    return sorted(found.works, key=relevance)


def _year(facts: WorkFacts | None) -> int:
    return facts.first_year if facts and facts.first_year is not None else 99999


def _facets(found: _Found, facts: dict[str, WorkFacts]) -> dict[str, tuple[FacetValue, ...]]:
    """Return how many Works of the certain tiers have each value."""
    counted: dict[str, Counter[str]] = {name: Counter() for name in (*_FACETS, "decade")}
    for work, known in facts.items():
        if found.best(work) == "noisy":
            continue
        for name in _FACETS:
            counted[name].update(set(known.values.get(name, ())))
        if known.first_year is not None and known.first_year == known.last_year:
            counted["decade"][f"{known.first_year // 10 * 10}"] += 1
    return {
        name: tuple(
            FacetValue(value, _label(name, value), count)
            for value, count in sorted(values.most_common(_MOST_VALUES), key=lambda v: (-v[1], v))
        )
        for name, values in counted.items()
    }


def _label(name: str, value: str) -> dict[str, str]:
    kept = {"type": "material", "access": "access", "language": "language"}
    return vocabulary.labels(kept[name], value) if name in kept else {"zh-Hant": value, "en": value}
