"""``Searcher``: a reader's question in, results with boxes out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from metadata import vocabulary
from metadata.problem import problem
from repository import rights
from search.asked import Asked, ask
from search.backend import MOST_WORKS, PAGES_A_WORK, Filters, FoundPage, FoundWork, Question
from search.hits import HitMaker
from search.noisy.meant import other_queries
from search.noisy.tier import NoisyPage, noisy_pages
from search.results import (
    Counts,
    FacetValue,
    MatchesWithin,
    Meant,
    SearchRequest,
    SearchResults,
    WithinResults,
    WorkHit,
)
from search.suggest import continuations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.problem import Problem
    from repository.catalogue.works import Works
    from repository.model import PageTextRow
    from search.backend import Answer, SearchBackend
    from search.results import Tier

WORKS_A_PAGE = 20
EVERYONE = frozenset({"open", "onsite", "restricted"})
_TIERS: tuple[Tier, ...] = ("exact", "folded", "expanded", "noisy")
_FILTERS = ("type", "place", "collection", "language", "access", "subject", "creator")
_ENOUGH = 20
_MOST_TRIED, _MOST_MEANT = 5, 3
_VOCABULARIES = {"type": "material", "access": "access", "language": "language"}


class Searching(Protocol):
    """What the site needs of search."""

    def search(self, request: SearchRequest) -> SearchResults:
        """Return one page of Works. Never raises for a malformed ``q`` (a note says so).

        Raises SearchUnavailableError when the engine does not answer.
        """

    def within(self, work: str, q: str, after: int = 0, limit: int = 50) -> WithinResults:
        """Return the matches on up to ``limit`` pages of a Work after page number ``after``."""

    def matches(self, work: str, q: str, start: int = 0, limit: int = 50) -> MatchesWithin:
        """Return ``limit`` of the matches in a Work from the match number ``start``."""

    def locate(self, page: str, q: str) -> WithinResults:
        """Return the matches on one page."""

    def suggest(self, work: str, prefix: str, limit: int = 10) -> list[tuple[str, int]]:
        """Return words of a Work that begin with ``prefix``, with counts (autocomplete)."""


class Searcher:
    """``Searching`` over a search engine and the catalogue's texts."""

    def __init__(self, works: Works, backend: SearchBackend) -> None:
        self._works = works
        self._backend = backend

    def search(self, request: SearchRequest) -> SearchResults:
        """Return one page of Works; see ``Searching.search``."""
        asked = ask(request.q, request.off)
        if request.q.strip() and asked.is_empty:
            notes = (*asked.notes, problem("query-empty", request.q[:80]))
            return SearchResults(Counts(), dict.fromkeys(_TIERS, Counts()), (), notes=notes)
        question = _question(asked, request)
        answer = self._backend.search(question)
        noisy, known = self._noisy(asked, question, answer)
        tiers = {tier: answer.counts.get(tier, Counts()) for tier in _TIERS}
        new_works = list(dict.fromkeys(p.work for p in noisy if p.work not in known))
        tiers["noisy"] = Counts(len(new_works), len(noisy))
        works = _merged(answer, noisy, new_works, question)
        last = question.offset + question.limit
        return SearchResults(
            totals=Counts(answer.total_works, sum(c.pages for c in answer.counts.values())),
            tiers=tiers,
            results=self._work_hits(works, asked),
            expansions=asked.expansions,
            notes=(*asked.notes, *_depth_note(question, answer)),
            facets=_facets(answer),
            has_next=last < min(answer.total_works, MOST_WORKS) + len(new_works),
            meant=() if answer.total_works else self._meant(asked, request, noisy),
        )

    def within(self, work: str, q: str, after: int = 0, limit: int = 50) -> WithinResults:
        """Return matches in a Work; whether the reader may see its text has been asked before."""
        asked = ask(q, ())
        found = self._pages_within(work, asked)
        numbers = tuple(n for _, n in found)
        shown = [(page, n) for page, n in found if n > after][:limit]
        rows = self._works.texts([page for page, _ in shown])
        more = bool(shown) and shown[-1][1] != numbers[-1]
        return WithinResults(
            matches=tuple(self._maker(asked).text_matches(rows.values())),
            total_pages=len(numbers),
            pages=numbers,
            next_after=shown[-1][1] if more else None,
        )

    def locate(self, page: str, q: str) -> WithinResults:
        """Return the matches on one page, the closest place when there is no other."""
        asked = ask(q, ())
        rows = self._works.texts([page])
        if asked.is_empty or page not in rows:
            return WithinResults((), 0, ())
        matches = self._maker(asked).text_matches(rows.values())
        pages = tuple(sorted({match.n for match in matches}))
        return WithinResults(tuple(matches), len(pages), pages)

    def matches(self, work: str, q: str, start: int = 0, limit: int = 50) -> MatchesWithin:
        """Return matches in a Work; whether the reader may see its text has been asked before."""
        asked = ask(q, ())
        rows = self._works.texts([page for page, _ in self._pages_within(work, asked)])
        return self._maker(asked).some_matches(rows.values(), start, limit)

    def suggest(self, work: str, prefix: str, limit: int = 10) -> list[tuple[str, int]]:
        """Return what stands in a Work's text behind ``prefix``, the most frequent first."""
        return continuations(self._texts_of(work), prefix)[:limit]

    def _texts_of(self, work: str) -> Sequence[PageTextRow]:
        pages = self._works.pages_of(work)
        return list(self._works.texts([page.id for page in pages]).values())

    def _pages_within(self, work: str, asked: Asked) -> list[tuple[str, int]]:
        """Return (page, n) of the pages of a Work with matches; else those of the noisy tier."""
        if not asked.query.all:
            return []
        found = self._backend.pages_within(work, asked.within, EVERYONE, rights.today())
        if found:
            return found
        question = _question(asked, SearchRequest(allowed=EVERYONE), work)
        noisy = noisy_pages(self._backend, self._works, asked.query, asked.forms, question)
        return sorted(((page.page, page.n) for page in noisy), key=lambda page: page[1])

    def _maker(self, asked: Asked) -> HitMaker:
        return HitMaker(self._works, asked.finder, asked.patterns)

    def _noisy(
        self, asked: Asked, question: Question, answer: Answer
    ) -> tuple[list[NoisyPage], set[str]]:
        """Return the pages of the noisy tier, and the Works that others were found in."""
        sure = sum(c.pages for c in answer.counts.values())
        if asked.is_empty or sure >= _ENOUGH:
            return [], set()
        noisy = noisy_pages(self._backend, self._works, asked.query, asked.forms, question)
        if not noisy or not sure:
            return noisy, set()
        known = self._backend.matching_pages(question, _ENOUGH)
        pages = {page for page, _ in known}
        return [p for p in noisy if p.page not in pages], {work for _, work in known}

    def _meant(
        self, asked: Asked, request: SearchRequest, noisy: Sequence[NoisyPage]
    ) -> tuple[Meant, ...]:
        """Return up to three other queries that find something."""
        found: list[Meant] = []
        for q in islice(other_queries(asked.query, noisy), _MOST_TRIED):
            other = replace(question_of(replace(request, q=q, page=1)), facets=False, limit=1)
            works = self._backend.search(other).total_works
            if works:
                found.append(Meant(q, works))
        return tuple(found[:_MOST_MEANT])

    def _work_hits(self, works: Sequence[FoundWork], asked: Asked) -> tuple[WorkHit, ...]:
        maker = self._maker(asked)
        pages = maker.page_hits([(w.work, page) for w in works for page in w.pages])
        held = self._works.get_works([w.work for w in works if asked.may_describe(w)])
        descriptions = maker.described(list(held.values()))
        hits = []
        for work in works:
            described = descriptions.get(work.work)
            hits.append(
                WorkHit(
                    work=work.work,
                    tier=work.tier,
                    pages=tuple(pages[page.page] for page in work.pages),
                    page_total=work.page_total,
                    snippet=described.text if described else "",
                    marks=described.marks if described else (),
                )
            )
        return tuple(hits)


def question_of(request: SearchRequest) -> Question:
    """Return what an engine is asked for a request."""
    return _question(ask(request.q, request.off), request)


def _question(asked: Asked, request: SearchRequest, work: str | None = None) -> Question:
    values = tuple((name, v) for name in _FILTERS if (v := getattr(request, name)))
    return Question(
        tiers=asked.tiers,
        text=asked.text,
        prefer=asked.prefer,
        allowed=request.allowed,
        today=rights.today(),
        filters=Filters(values, request.year_from, request.year_to, work),
        sort=request.sort,
        offset=(max(1, request.page) - 1) * WORKS_A_PAGE,
        limit=WORKS_A_PAGE,
    )


def _merged(
    answer: Answer, noisy: Sequence[NoisyPage], new_works: Sequence[str], question: Question
) -> list[FoundWork]:
    """Return the Works to show: the sure ones, each with its guesses, then the guesses alone.

    A sure Work shows a guess, and another one more than one, only if that is one of the closest:
    so the first 20 pages of the list hold every sure one, then the closest.
    """
    room = max(0, _ENOUGH - sum(c.pages for c in answer.counts.values()))
    guesses: dict[str, list[FoundPage]] = {work: [] for work in new_works}
    for place, page in enumerate(noisy):
        if place < room or guesses.get(page.work) == []:
            guesses.setdefault(page.work, []).append(FoundPage(page.page, page.n, "noisy"))
    totals = Counter(page.work for page in noisy)
    sure = [(work, guesses.get(work.work, [])) for work in answer.works]
    shown = [_with_guesses(work, own, len(own)) for work, own in sure]
    start = max(0, question.offset - answer.total_works)
    left = question.limit - len(shown)
    for work in new_works[start : start + left] if left else ():
        guessed = FoundWork(work, "noisy", 0, by_description=False)
        shown.append(_with_guesses(guessed, guesses[work], totals[work]))
    return shown


def _with_guesses(work: FoundWork, guesses: Sequence[FoundPage], count: int) -> FoundWork:
    pages = (*work.pages, *guesses)[:PAGES_A_WORK]
    total = work.page_total + count
    return FoundWork(work.work, work.tier, total, work.by_description, pages)


def _depth_note(question: Question, answer: Answer) -> tuple[Problem, ...]:
    if answer.total_works <= MOST_WORKS or question.offset + question.limit < MOST_WORKS:
        return ()
    return (problem("results-too-many", "page", most=MOST_WORKS),)


def _facets(answer: Answer) -> dict[str, tuple[FacetValue, ...]]:
    return {
        name: tuple(FacetValue(v, _labels(name, v), count) for v, count in found)
        for name, found in answer.facets.items()
    }


def _labels(name: str, value: str) -> dict[str, str]:
    if name in _VOCABULARIES:
        return vocabulary.labels(_VOCABULARIES[name], value)
    if name == "decade":
        return {"zh-Hant": f"{value} 年代", "en": f"{value}s"}
    return {"zh-Hant": value, "en": value}
