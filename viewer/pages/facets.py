"""What narrows a search: facets as links, chips to take away, a table of decades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from viewer.language import Voice
from viewer.language import marked as _
from viewer.pages import search_form
from viewer.pages.describe import material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from search.results import FacetValue, SearchRequest, SearchResults
    from viewer.addresses import Addresses

LABELS = {
    "type": _("Kind of material"),
    "place": _("Place"),
    "collection": _("Collection"),
    "subject": _("Subject"),
    "creator": _("Creator"),
    "language": _("Language"),
    "access": _("Access"),
}
YEARS = _("Years")
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Link:
    """A value of a facet. ``share`` is its part of the largest count, in per cent."""

    label: str
    href: str
    count: int = 0
    share: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet's values: the most frequent, and those behind "more"."""

    name: str
    label: str
    shown: list[Link]
    more: list[Link]


class Narrowing:
    """Makes the links that lead from one search to its neighbours."""

    def __init__(self, request: SearchRequest, to: Addresses, language: str) -> None:
        self._request = request
        self._to = to
        self._language = language
        self._voice = Voice(language)

    def href(self, request: SearchRequest) -> str:
        """Return the address of a request."""
        pairs = search_form.write(request)
        return self._to.search() + (f"?{urlencode(pairs)}" if pairs else "")

    def feed(self) -> str:
        """Return the address of the same search as a feed."""
        pairs = search_form.write(replace(self._request, page=1))
        return f"{self._to.root}/search.atom?{urlencode(pairs)}"

    def facets(self, results: SearchResults) -> list[Facet]:
        """Return the facets that could still narrow the results."""
        found = []
        for name, label in LABELS.items():
            values = (results.facets or {}).get(name, ())
            links = [self._value(name, v) for v in values if v.value != self._chosen(name)]
            if len(links) > 1 or any(link.count < results.totals.works for link in links):
                found.append(Facet(name, label, links[:_SHOWN], links[_SHOWN:]))
        return found

    def decades(self, results: SearchResults) -> list[Link]:
        """Return the decades as a table of bars, in order of time."""
        facets = results.facets or {}
        values = facets.get("decade", ())
        dated = sorted((int(v.value), v) for v in values if v.value.lstrip("-").isdigit())
        most = max((v.count for _year, v in dated), default=1)
        return [
            Link(
                label=self._voice.say("%(year)ds", year=year),
                href=self.href(replace(self._request, year_from=year, year_to=year + 9, page=1)),
                count=v.count,
                share=max(1, round(100 * v.count / most)),
            )
            for year, v in dated
        ]

    def chips(self, results: SearchResults) -> list[Link]:
        """Return the filters in use; each link takes one away."""
        chips = [
            Link(
                self._label(name, chosen, (results.facets or {}).get(name, ())),
                self.href(search_form.with_filter(self._request, name, None)),
                name=label,
            )
            for name, label in LABELS.items()
            if (chosen := self._chosen(name))
        ]
        if self._request.year_from or self._request.year_to:
            span = f"{self._request.year_from or ''}–{self._request.year_to or ''}"
            everything = replace(self._request, year_from=None, year_to=None, page=1)
            chips.append(Link(span, self.href(everything), name=YEARS))
        return chips

    def _chosen(self, name: str) -> str | None:
        chosen: str | None = getattr(self._request, name)
        return chosen

    def _value(self, name: str, value: FacetValue) -> Link:
        narrowed = search_form.with_filter(self._request, name, value.value)
        label = value.label.get(self._language) or value.value
        return Link(label, self.href(narrowed), value.count)

    def _label(self, name: str, chosen: str, values: Sequence[FacetValue]) -> str:
        known = next((v for v in values if v.value == chosen), None)
        if known:
            return known.label.get(self._language) or chosen
        return material(chosen, self._language) if name == "type" else chosen
