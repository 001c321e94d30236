"""``/api/search`` (interfaces §5) and ``/search.atom``: the search page's answers for machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from lxml import etree
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response

from repository.text import Box
from viewer.addresses import Addresses
from viewer.pages import search_form
from viewer.reader import reader_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.problem import Problem
    from repository.model import Page, Work
    from search.results import Counts, PageHit, SearchRequest, SearchResults, WorkHit
    from viewer.site import App

ATOM = "http://www.w3.org/2005/Atom"
_LONGEST_CROP = 800
_FEED_PAGES = 2
_TEXTS = ("q", "from", "to", *search_form.FILTERS, "sort", "page", "off")
_PARAMETERS = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in _TEXTS
    ]
}


def router(app: App) -> APIRouter:
    """Return ``/api/search`` and ``/search.atom``."""
    routes = APIRouter(tags=["Search"])

    @routes.get("/api/search", summary="Search texts and descriptions", openapi_extra=_PARAMETERS)
    def search(request: Request) -> Response:
        form = search_form.read(
            request.query_params.multi_items(), reader_of(app, request).levels()
        )
        results = app.searcher.search(form.request)
        document = _Answer(app, form.request).document(results, form.notes(results))
        return Response(orjson.dumps(document), media_type="application/json")

    @routes.get("/search.atom", summary="A search as a feed", openapi_extra=_PARAMETERS)
    def feed(request: Request) -> Response:
        form = search_form.read(
            request.query_params.multi_items(), reader_of(app, request).levels()
        )
        asked = [replace(form.request, page=page + 1) for page in range(_FEED_PAGES)]
        hits = [hit for one in asked for hit in app.searcher.search(one).results]
        return Response(_feed(app, form.request, hits), media_type="application/atom+xml")

    return routes


class _Answer:
    """The JSON of one search."""

    def __init__(self, app: App, request: SearchRequest) -> None:
        self._app = app
        self._request = request
        self._to = Addresses(app.public_url, "")

    def document(self, results: SearchResults, notes: Sequence[Problem]) -> dict[str, Any]:
        """Return the shape of interfaces §5."""
        held, request = self._app.works, self._request
        works = held.get_works([hit.work for hit in results.results])
        pages = held.get_pages([p.page for hit in results.results for p in hit.pages])
        onward = replace(request, page=request.page + 1)
        return {
            "totals": _counts(results.totals),
            "tiers": {tier: _counts(counts) for tier, counts in results.tiers.items()},
            "expansions": [
                {
                    "kind": e.kind,
                    "from": e.source,
                    "to": list(e.to),
                    "off": self._url(replace(request, page=1, off=(*request.off, e.key))),
                    "remark": e.remark,
                }
                for e in results.expansions
            ],
            "notes": [note.to_json() for note in notes],
            "meant": [
                {"q": m.q, "works": m.works, "url": self._url(replace(request, q=m.q, page=1))}
                for m in results.meant
            ],
            "results": [
                self._work(hit, works[hit.work], pages)
                for hit in results.results
                if hit.work in works
            ],
            "facets": {
                name: [{"value": v.value, "label": v.label, "count": v.count} for v in values]
                for name, values in (results.facets or {}).items()
            },
            "next": self._url(onward) if results.has_next else None,
        }

    def _url(self, request: SearchRequest) -> str:
        return f"{self._app.public_url}/api/search?{urlencode(search_form.write(request))}"

    def _work(self, hit: WorkHit, work: Work, pages: dict[str, Page]) -> dict[str, Any]:
        return {
            "work": hit.work,
            "identifiers": list(dict.fromkeys((work.record.identifier, *work.record.identifiers))),
            "title": _titles(work),
            "tier": hit.tier,
            "page_total": hit.page_total,
            "snippet": hit.snippet,
            "marks": [list(mark) for mark in hit.marks],
            "url": self._to.work(hit.work, q=self._request.q),
            "pages": [self._page(page, pages.get(page.page)) for page in hit.pages],
        }

    def _page(self, hit: PageHit, page: Page | None) -> dict[str, Any]:
        crop = None
        if hit.region is not None and page is not None:
            crop, _ = self._to.crop(page, _inside(hit.region, page), _LONGEST_CROP)
        document: dict[str, Any] = {
            "page": hit.page,
            "n": hit.n,
            "tier": hit.tier,
            "snippet": hit.snippet,
            "marks": [list(mark) for mark in hit.marks],
            "boxes": _boxes(hit.boxes),
            "crop": crop,
            "url": self._to.page(hit.work, hit.n, q=self._request.q),
        }
        if hit.continues is not None:
            document["continues"] = {"n": hit.continues.n, "boxes": _boxes(hit.continues.boxes)}
        return document


def _counts(counts: Counts) -> dict[str, int]:
    return {"works": counts.works, "pages": counts.pages}


def _boxes(boxes: Sequence[Box]) -> list[list[int]]:
    return [[box.x, box.y, box.w, box.h] for box in boxes]


def _titles(work: Work) -> dict[str, list[str]]:
    titles: dict[str, list[str]] = {}
    for title in work.record.titles:
        titles.setdefault(title.language, []).append(title.value)
    return titles or {"zh-Hant": [work.record.title]}


def _inside(region: Box, page: Page) -> Box:
    """Return the part of a region that lies on the page."""
    x, y = min(region.x, page.width - 1), min(region.y, page.height - 1)
    return Box(x, y, min(region.w, page.width - x), min(region.h, page.height - y))


def _feed(app: App, request: SearchRequest, hits: Sequence[WorkHit]) -> bytes:
    """Return an Atom feed (RFC 4287): the Works found, last changed first."""
    to = Addresses(app.public_url, "")
    query = urlencode(search_form.write(replace(request, page=1)))
    held = app.works.get_works([hit.work for hit in hits])
    changed = {work.id: work.changed or datetime.fromtimestamp(0, UTC) for work in held.values()}
    found = sorted((h for h in hits if h.work in held), key=lambda h: changed[h.work], reverse=True)
    feed = etree.fromstring(f'<feed xmlns="{ATOM}"/>')

    def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
        element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        element.text = "".join(c for c in text if c.isprintable()) or None
        return element

    add(feed, "id", f"{app.public_url}/search.atom?{query}")
    add(feed, "title", f"{request.q}｜{app.settings.repository_name}")
    add(feed, "link", href=f"{app.public_url}/search.atom?{query}", rel="self")
    add(feed, "link", href=f"{app.public_url}/search?{query}", type="text/html")
    add(feed, "updated", max(changed.values(), default=datetime.now(UTC)).isoformat())
    add(add(feed, "author"), "name", app.settings.repository_name)
    for hit in found:
        entry = add(feed, "entry")
        add(entry, "id", to.work(hit.work))
        add(entry, "title", held[hit.work].record.title)
        add(entry, "link", href=to.work(hit.work, q=request.q), type="text/html")
        add(entry, "updated", changed[hit.work].isoformat())
        snippet = next((page.snippet for page in hit.pages if page.snippet), hit.snippet)
        add(entry, "summary", snippet)
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8")
