"""Finds the pages of the noisy tier: asked only when the others give too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from search.compile import text_only
from search.hits import descriptive_texts
from search.locate import Finder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.catalogue import Catalogue
    from search.asked import Asked
    from search.backend import Question, SearchBackend
    from search.noisy import Likeness

MOST_PAGES = 200
_CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class NoisyPage:
    """A page that may hold the query; ``cost`` is the sum of the errors it would take."""

    page: str
    work: str
    n: int
    cost: float


@dataclass(frozen=True, slots=True)
class _Sought:
    """One word: where it stands without errors, or may stand with some."""

    finder: Finder
    likenesses: tuple[Likeness, ...]


def noisy_pages(
    backend: SearchBackend, catalogue: Catalogue, asked: Asked, question: Question
) -> list[NoisyPage]:
    """Return up to 200 pages like the query, the likest first; some of them may match it."""
    groups = [
        [_Sought(Finder([word], asked.forms), asked.likenesses_of(word)) for word in either]
        for either in asked.query.all
    ]
    likenesses = [one for group in groups for sought in group for one in sought.likenesses]
    if not likenesses:
        return []
    likely = [likeness.likely for likeness in likenesses]
    found = backend.candidates(likely, text_only(asked.unwanted), question, _CANDIDATES)
    texts = catalogue.texts([page for page, _, _ in found])
    described = _Described(catalogue, {work for _, work, _ in found} if len(groups) > 1 else set())
    likest: list[NoisyPage] = []
    for page, work, n in found:
        if page in texts:
            cost = _cost(texts[page].text, groups, described, work)
            if cost is not None and cost > 0:
                likest.append(NoisyPage(page, work, n, cost))
    return sorted(likest, key=lambda p: p.cost)[:MOST_PAGES]


class _Described:
    """Descriptions of Works: a word in one counts for each of its pages."""

    def __init__(self, catalogue: Catalogue, works: set[str]) -> None:
        held = catalogue.get_works(sorted(works)) if works else {}
        self._texts = {work: descriptive_texts(found) for work, found in held.items()}

    def has(self, work: str, finder: Finder) -> bool:
        """Tell whether a word stands in a Work's description."""
        return any(finder.spans(text) for text in self._texts.get(work, ()))


def _cost(
    text: str, groups: Sequence[Sequence[_Sought]], described: _Described, work: str
) -> float | None:
    """Return what it costs to read all words in a text, None when one is not there at all."""
    total = 0.0
    for group in groups:
        costs = [cost for sought in group if (cost := _word_cost(text, sought)) is not None]
        if not costs and not any(described.has(work, sought.finder) for sought in group):
            return None
        total += min(costs, default=0.0)
    return total


def _word_cost(text: str, sought: _Sought) -> float | None:
    if sought.finder.spans(text):
        return 0.0
    found = [best[0] for one in sought.likenesses if (best := one.best(text))]
    return min(found, default=None)
