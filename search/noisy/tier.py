"""Finds the pages of the noisy tier: asked only when the others give too little."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from search.compile import text_only, unwanted_clause
from search.document import descriptive_texts
from search.locate import Finder, first_excerpts
from search.noisy.alignment import ERROR, Texts
from search.noisy.candidates import patterns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repository.catalogue.works import Works
    from search.backend import Question, SearchBackend
    from search.expand import Forms
    from search.noisy.candidates import Pattern
    from search.query import ParsedQuery, Word

MOST_PAGES = 200
_CANDIDATES = 400  # by each kind of evidence; half as many for each of four forms
_LONG, _FEW_CANDIDATES = 32, 100  # a long word is told apart by few of its pairs
# How seldom each kind of error is, as binary logarithms: of 20 characters one is misread, of four
# errors three are confusions of similar characters.
_BITS = {"~": 4.7, "x": 7.6, "-": 7.6, "+": 8.6}


@dataclass(frozen=True, slots=True)
class NoisyPage:
    """A page that may hold the query; ``cost`` is the number of errors it would take.

    ``read`` is what stands there for the words that have errors, ``errors`` how it differs.
    """

    page: str
    work: str
    n: int
    cost: float
    read: str = ""
    errors: str = ""


@dataclass(frozen=True, slots=True)
class _Sought:
    """One word: where it stands without errors, or may stand with some."""

    finder: Finder
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, order=True)
class _WordMatch:
    """What stands on a page for a word."""

    cost: int
    read: str = ""
    errors: str = ""


def noisy_pages(
    backend: SearchBackend,
    works: Works,
    query: ParsedQuery,
    forms: Mapping[Word, Forms],
    question: Question,
) -> list[NoisyPage]:
    """Return up to 200 pages close to the query, the closest first; some of them may match it."""
    groups = [
        [_Sought(Finder([word], forms), patterns_of(word, forms.get(word))) for word in either]
        for either in query.all
    ]
    patterns = [one for group in groups for sought in group for one in sought.patterns]
    if not patterns:
        return []
    queries = [query for pattern in patterns for query in pattern.queries]
    is_long = max(len(one.units) for one in patterns) > _LONG
    limit = _FEW_CANDIDATES if is_long else _CANDIDATES * 2 // max(2, len(patterns))
    found = backend.candidates(queries, text_only(unwanted_clause(query)), question, limit)
    texts = works.plain_texts([page for page, _, _ in found])
    held = [candidate for candidate in found if candidate[0] in texts]
    candidates = _Candidates(works, held, [texts[page] for page, _, _ in held])
    closest = [
        NoisyPage(
            *held[number],
            sum(match.cost for match in matches) / ERROR,
            " ".join(match.read for match in matches if match.read),
            " ".join(match.errors for match in matches if match.errors),
        )
        for number, matches in candidates.matches(groups)
    ]
    return _ordered([page for page in closest if page.cost > 0])[:MOST_PAGES]


def _ordered(pages: Sequence[NoisyPage]) -> list[NoisyPage]:
    """Put pages in order of how probably each holds the query.

    That is the chance of its errors, shared among the pages that differ from the query in the same
    way: where they are many, what is left of the query is rather common text. And an error seldom
    happens twice, so what stands on several pages is rather another word.
    """
    read, errors = Counter(page.read for page in pages), Counter(page.errors for page in pages)

    def doubt(page: NoisyPage) -> float:
        bits = sum(_BITS.get(sign, 0.0) for sign in page.errors) or page.cost * _BITS["x"]
        return bits + math.log2(errors[page.errors]) + math.log2(read[page.read])

    return sorted(pages, key=doubt)


class _Candidates:
    """Pages that may hold the query, as (page, Work, n), with their texts."""

    def __init__(
        self, works: Works, held: Sequence[tuple[str, str, int]], texts: Sequence[str]
    ) -> None:
        self._works = works
        self._held = held
        self._texts = texts
        self._row = Texts(texts)

    def matches(
        self, groups: Sequence[Sequence[_Sought]]
    ) -> Iterator[tuple[int, list[_WordMatch]]]:
        """Yield (number, what stands there for each word) of pages that have them all."""
        if len(groups) == 1:
            yield from ((n, [one]) for n, one in self._closest(groups[0]).items())
            return
        by_group = [self._closest(group) | self._sure(group) for group in groups]
        for number in range(len(self._held)):
            if all(number in found for found in by_group):
                yield number, [found[number] for found in by_group]

    def _closest(self, group: Sequence[_Sought]) -> dict[int, _WordMatch]:
        """Return the closest place on each page of one of some words."""
        best: dict[int, _WordMatch] = {}
        for pattern in (one for sought in group for one in sought.patterns):
            for number, found in self._row.cheapest(pattern.phrase, pattern.most_errors):
                read = self._texts[number][found.start : found.end]
                match = _WordMatch(found.cost, read, f"{pattern.units}{found.errors}")
                if number not in best or match.cost < best[number].cost:
                    best[number] = match
        return best

    def _sure(self, group: Sequence[_Sought]) -> dict[int, _WordMatch]:
        """Return the pages on which one of some words stands; its Work's description counts."""
        sure: dict[int, _WordMatch] = {}
        for sought in group:
            described = self._described_by(sought.finder)
            for number, spans in enumerate(sought.finder.spans(self._texts)):
                if spans or self._held[number][1] in described:
                    sure[number] = _WordMatch(0)
        return sure

    def _described_by(self, finder: Finder) -> set[str]:
        """Return the Works in whose description a word stands."""
        works, texts = list(self._descriptions), list(self._descriptions.values())
        excerpts = first_excerpts(texts, finder)
        return {work for work, found in zip(works, excerpts, strict=True) if found.spans}

    @cached_property
    def _descriptions(self) -> Mapping[str, Sequence[str]]:
        works = sorted({work for _, work, _ in self._held})
        held = self._works.get_works(works)
        return {work: descriptive_texts(found) for work, found in held.items()}
