"""The search seam: ``SearchBackend``, and the engine-neutral question and answer.

An engine splits text on spaces and nothing else; all analysis is done before (``search.analysis``).
One contract suite runs on every engine: the same ids and counts.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from search.document import IndexEntry
    from search.results import Counts, Tier
    from search.streams import Stream

FACETS = ("type", "place", "decade", "collection", "language", "subject", "creator", "access")
FACET_VALUES = 100
PAGES_A_WORK = 3  # best pages shown of each Work
MOST_WORKS = 10_000  # how many Works down a reader may page; an engine need not show more
PAIRS_PERCENT = 20  # of a Likely's pairs, rounded down but at least one, a page must have


@dataclass(frozen=True, slots=True)
class Leaf:
    """The tokens stand in a row in the stream.

    A leaf of the description holds for every page of the Work, and for the Work itself; any other
    only for a page whose text the reader may see.
    """

    stream: Stream
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every clause holds; so ``All(())`` always does."""

    of: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One clause holds; so ``AnyOf(())`` never does."""

    of: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """``keep`` holds and ``drop`` does not."""

    keep: Clause
    drop: Clause


Clause = Leaf | All | AnyOf | Without


@dataclass(frozen=True, slots=True)
class Filters:
    """Which Works: every value that is given must be one of the Work's.

    ``values`` maps "type", "place", "collection", "language", "access", "subject" or "creator" to
    a value; the years are CE, inclusive, and undated Works match only without them; ``work`` is
    the id of the only Work to look in.
    """

    values: tuple[tuple[str, str], ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    work: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What to find.

    ``tiers`` go from the narrowest to the widest: each holds wherever the one before it does.
    ``text`` holds for pages with some word in their text, ``prefer`` for Works to be put first.
    ``allowed`` are the access levels whose page text the reader may see on the day ``today``.
    """

    tiers: tuple[tuple[Tier, Clause], ...]
    text: Clause
    prefer: Clause
    allowed: frozenset[str]
    today: date
    filters: Filters = Filters()
    sort: Literal["relevance", "date", "title"] = "relevance"
    offset: int = 0
    limit: int = 20
    facets: bool = True


@dataclass(frozen=True, slots=True)
class CandidateQuery:
    """What a page with reading errors may still hold of a word: only text leaves.

    One of ``clauses``, the rarest first, or at least ``PAIRS_PERCENT`` of ``pairs``, the more the
    better.
    """

    clauses: tuple[Clause, ...]
    pairs: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page that matched, in its best tier."""

    page: str
    n: int
    tier: Tier


@dataclass(frozen=True, slots=True)
class FoundWork:
    """A Work that matched: ``tier`` the best of its pages, ``page_total`` all that matched.

    ``pages`` are its best pages by their text, ``by_description`` tells that the description alone
    answers the question, so that all pages count.
    """

    work: str
    tier: Tier
    page_total: int
    by_description: bool
    pages: tuple[FoundPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of Works, exact counts by tier, facets as (value, number of Works)."""

    counts: dict[Tier, Counts]
    total_works: int
    works: tuple[FoundWork, ...]
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexState:
    """A physical index. ``served`` is the one that searches use."""

    name: str
    analyzer: str
    served: bool
    made: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that the engine will never take, and why."""

    work: str
    page: str | None
    reason: str


class SearchBackend(Protocol):
    """An engine. Every method raises SearchUnavailableError when the engine does not answer."""

    name: str

    def search(self, question: Question) -> Answer:
        """Return the Works that match, best first; the same ids and counts on every engine.

        A Work has up to ``PAGES_A_WORK`` pages; Works beyond the first ``MOST_WORKS`` are counted
        and need not be shown.
        """

    def pages_within(
        self, work: str, clause: Clause, allowed: frozenset[str], today: date
    ) -> list[tuple[str, int]]:
        """Return (page, n) of the pages of one Work that match, by n."""

    def matching_pages(self, question: Question, limit: int) -> list[tuple[str, str]]:
        """Return up to ``limit`` (page, work) of the pages that match the widest tier."""

    def candidates(
        self, queries: Sequence[CandidateQuery], drop: Clause, question: Question, limit: int
    ) -> list[tuple[str, str, int]]:
        """Return (page, work, n) of candidates for the noisy tier, without those of ``drop``.

        Of each query up to ``limit`` by its clauses and as many by its pairs; filters and
        access of ``question`` apply.
        """

    def indices(self) -> list[IndexState]:
        """Return the physical indices that are to be kept up to date."""

    def create(self) -> str:
        """Make a new empty index and return its name; it is not served yet."""

    def write(self, index: str, entries: Sequence[IndexEntry]) -> list[Refusal]:
        """Write or delete entries, durably and visibly when this returns.

        An entry whose sequence is older than what the index holds changes nothing.
        """

    def promote(self, index: str) -> None:
        """Make ``index`` the served one at once; searches never see none or both."""

    def drop(self, index: str) -> None:
        """Delete an index that is not served."""

    def count(self, index: str) -> tuple[int, int]:
        """Return the number of Works and of pages in an index."""

    def health(self) -> dict[str, str]:
        """Return what an operator wants to know: state, index, analyzer, server."""

    def close(self) -> None:
        """Let go of connections."""


def new_index_name(engine: str) -> str:
    """Return a name that no other index has, with the time at which it was made."""
    return f"{engine}-{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"


def made_at(name: str) -> datetime:
    """Return the time in an index's name; the beginning of time for another name."""
    try:
        return datetime.strptime(name.rsplit("-", 2)[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
