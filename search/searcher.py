"""``Searcher``: a reader's question in, results with boxes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from search.results import SearchRequest, SearchResults, WithinResults


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
