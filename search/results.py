"""What a search gives back (interfaces §5): tiers, hits with boxes, facets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from metadata.problem import Problem
    from repository.text import Box

Tier = Literal["exact", "folded", "expanded", "noisy"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A reader's question.

    ``off`` names expansions switched off; ``allowed`` the access levels whose page text the reader
    may see ("open", "onsite", "restricted").
    """

    q: str = ""
    year_from: int | None = None
    year_to: int | None = None
    place: str | None = None
    type: str | None = None
    collection: str | None = None
    language: str | None = None
    access: str | None = None
    subject: str | None = None
    creator: str | None = None
    sort: Literal["relevance", "date", "title"] = "relevance"
    page: int = 1
    off: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset({"open"})


@dataclass(frozen=True, slots=True)
class Counts:
    """Works and pages."""

    works: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Continuation:
    """The part of a hit on the following page. ``texts[i]`` stands in ``boxes[i]``."""

    n: int
    boxes: tuple[Box, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageHit:
    """A page that matched.

    ``marks`` are [start, end) code points of ``snippet``; boxes are in upright master pixels, one
    or more per mark; ``region`` surrounds the first marked lines.
    """

    page: str
    work: str
    n: int
    tier: Tier
    snippet: str
    marks: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]
    region: Box | None = None
    continues: Continuation | None = None


@dataclass(frozen=True, slots=True)
class WorkHit:
    """A Work that matched, with its best pages; ``page_total`` counts all of its matching pages.

    A Work found by its description alone has no pages; ``snippet`` is then of the description.
    """

    work: str
    tier: Tier
    pages: tuple[PageHit, ...]
    page_total: int
    snippet: str = ""
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """A form that was searched too; ``key`` goes into ``off`` to switch it off."""

    kind: Literal["era", "place", "name"]
    key: str
    source: str
    to: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value with the number of Works; ``label`` maps a language to text."""

    value: str
    label: dict[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class Meant:
    """Another query that a reader may have meant, with the number of Works that it finds."""

    q: str
    works: int


@dataclass(frozen=True, slots=True)
class SearchResults:
    """One page (20 Works) of results. ``totals`` are the first three tiers.

    ``meant`` are other queries, given when these tiers are empty.
    """

    totals: Counts
    tiers: dict[Tier, Counts]
    results: tuple[WorkHit, ...]
    expansions: tuple[Expansion, ...] = ()
    notes: tuple[Problem, ...] = ()
    facets: dict[str, tuple[FacetValue, ...]] | None = None
    has_next: bool = False
    meant: tuple[Meant, ...] = ()


@dataclass(frozen=True, slots=True)
class TextMatch:
    """One match inside a page, for highlights and Content Search: a box list in reading order.

    [start, end) are code points of the page's flat text; the part on a following page is not in it.
    ``texts[i]`` stands in ``boxes[i]``.
    """

    page: str
    n: int
    before: str
    exact: str
    after: str
    boxes: tuple[Box, ...]
    continues: Continuation | None = None
    start: int = 0
    end: int = 0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchesWithin:
    """Some of the ``total`` matches inside one Work, from the match number ``start`` (0-based)."""

    matches: tuple[TextMatch, ...]
    total: int
    start: int = 0


@dataclass(frozen=True, slots=True)
class WithinResults:
    """Matches inside one Work, by page; ``total_pages`` counts all matching pages."""

    matches: tuple[TextMatch, ...]
    total_pages: int
    pages: tuple[int, ...]
    next_after: int | None = None
