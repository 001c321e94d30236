"""A search is its address: ``/search?q=&from=&to=&…`` in both directions.

``read`` takes any query string; what it cannot use it leaves out and names. ``write`` gives the
shortest address of a request, in one fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from metadata.problem import problem
from search.parse import MOST_UNITS, MOST_WORDS
from search.results import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.problem import Problem
    from search.results import SearchResults

FILTERS = ("type", "place", "collection", "subject", "creator", "language", "access")
SORTS: tuple[Sort, ...] = ("relevance", "date", "title")
Sort = Literal["relevance", "date", "title"]
_LONGEST_QUERY = 1000
_LONGEST_VALUE = 300
_LAST_PAGE = 10_000
_MOST_OFF = 50
_YEARS = range(1, 10_000)


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A request as read; ``ignored`` names the parameters whose value could not be used.

    ``cut`` tells that the query was too long to be kept whole in addresses.
    """

    request: SearchRequest
    ignored: tuple[str, ...] = ()
    cut: bool = False

    def notes(self, results: SearchResults) -> list[Problem]:
        """Return what should be said of the address and of the query, each once."""
        said = (*results.notes, *self._notes())
        return list({(note.code, note.where): note for note in said}.values())

    def _notes(self) -> tuple[Problem, ...]:
        ignored = tuple(problem("parameter-ignored", name) for name in self.ignored)
        if not self.cut:
            return ignored
        limits = {"words": MOST_WORDS, "characters": MOST_UNITS}
        return (problem("query-cut", "q", **limits), *ignored)


def read(pairs: Sequence[tuple[str, str]], allowed: frozenset[str]) -> ReadForm:
    """Return the request in a query string's pairs; ``allowed`` are the reader's access levels."""
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, _clean(value))
    ignored: list[str] = []

    def year(name: str) -> int | None:
        return _whole(name, first.get(name, ""), _YEARS, ignored)

    filters = {name: first.get(name, "")[:_LONGEST_VALUE] or None for name in FILTERS}
    off = tuple(dict.fromkeys(_clean(value) for name, value in pairs if name == "off" and value))
    sort = next((known for known in SORTS if known == first.get("sort")), SORTS[0])
    if first.get("sort") and sort != first["sort"]:
        ignored.append("sort")
    request = SearchRequest(
        q=first.get("q", "")[:_LONGEST_QUERY].strip(),
        year_from=year("from"),
        year_to=year("to"),
        sort=sort,
        page=_whole("page", first.get("page", ""), range(1, _LAST_PAGE), ignored) or 1,
        off=off[:_MOST_OFF],
        allowed=allowed,
        **filters,
    )
    return ReadForm(request, tuple(ignored), len(first.get("q", "")) > _LONGEST_QUERY)


def write(request: SearchRequest) -> list[tuple[str, str]]:
    """Return the query string's pairs of a request; ``read`` takes them back."""
    values = [
        ("q", request.q),
        ("from", str(request.year_from or "")),
        ("to", str(request.year_to or "")),
        *((name, getattr(request, name) or "") for name in FILTERS),
        ("sort", request.sort if request.sort != SORTS[0] else ""),
        *(("off", key) for key in request.off),
        ("page", str(request.page) if request.page > 1 else ""),
    ]
    return [(name, value) for name, value in values if value]


def with_filter(request: SearchRequest, name: str, value: str | None) -> SearchRequest:
    """Return the request with one of ``FILTERS`` set or taken away, from its first page."""
    if name not in FILTERS:
        raise KeyError(name)
    return replace(request, page=1, **{name: value})  # type: ignore[arg-type]  # name was checked


def _clean(value: str) -> str:
    """Control characters and lone surrogates stand in no text that we hold."""
    return "".join(c for c in value if c.isprintable() or c in "\u3000\t").strip()


def _whole(name: str, value: str, within: range, ignored: list[str]) -> int | None:
    if not value:
        return None
    try:
        number = int(value)
    except ValueError:
        number = -1
    if number not in within:
        ignored.append(name)
        return None
    return number
