"""A search is its address: ``/search?q=&from=&to=&…`` in both directions.

``read`` takes any query string; what it cannot use it leaves out and names. ``write`` gives the
shortest address of a request, in one fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from search.results import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """A request as read, and the names of parameters whose value could not be used."""

    request: SearchRequest
    ignored: tuple[str, ...] = ()


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
    return ReadForm(request, tuple(ignored))


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
