"""The search seam: one Protocol, two engines (FTS5 in a file; Elasticsearch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from search.query import Filters, Node, PageMatch, WorkFacts


@dataclass(frozen=True, slots=True)
class WorkDocument:
    """A Work's description for an index. ``texts`` are by field; ``rest`` holds all other words.

    ``opens`` is the ISO day of the end of an embargo. ``sequence`` is that of the last change.
    """

    work: str
    sequence: int
    facts: WorkFacts
    texts: dict[str, tuple[str, ...]]
    access: str
    opens: str | None
    has_pages: bool


@dataclass(frozen=True, slots=True)
class PageDocument:
    """A page for an index. ``seam`` is the running text of this page's end and the next's start."""

    page: str
    work: str
    n: int
    sequence: int
    text: str
    seam: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Deletion:
    """A Work (``page`` None) or page that is gone."""

    work: str
    page: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a page with reading errors may still hold of a query.

    Folded bigrams, the more the better; or all characters of one of ``together``.
    """

    bigrams: tuple[str, ...]
    together: tuple[tuple[str, ...], ...] = ()


Change = WorkDocument | PageDocument | Deletion


class SearchBackend(Protocol):
    """Every method raises SearchUnavailableError when the engine does not answer."""

    name: str

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes: searchable and durable when this returns.

        A change that is older than what the index holds changes nothing; writing one twice either.
        """

    def begin_rebuild(self) -> SearchBackend:
        """Return an empty index of the present analysis that is not searched yet."""

    def finish_rebuild(self) -> None:
        """Called on what ``begin_rebuild`` gave: from now on it is searched in place of the old."""

    def is_current(self) -> bool:
        """Tell whether the index exists and was made by the present analysis."""

    def matches(self, node: Node | None, filters: Filters) -> list[PageMatch]:
        """Return every page that matches; None matches all. In no order."""

    def candidates(self, likeness: Likeness, filters: Filters, limit: int) -> list[PageMatch]:
        """Return the pages that hold most of what a likeness asks for, the best first."""

    def facts(self, works: Sequence[str]) -> dict[str, WorkFacts]:
        """Return what Works are filtered and counted by."""

    def health(self) -> None:
        """Raise SearchUnavailableError when a search could not be answered."""
