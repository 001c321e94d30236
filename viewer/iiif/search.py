"""IIIF Content Search 2.0 and 1.0 inside a Work, with autocomplete.

A hit has one annotation for each printed line that it stands on; 50 hits a page. Parameters that
are not used (motivation, date, user) are named in ``ignored``, as the specifications require.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response

from repository.manifest import BASE, CONTEXT, canvas_id
from viewer.reader import open_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repository.text import Box
    from search.results import MatchesWithin, TextMatch
    from viewer.site import App

HITS_A_PAGE = 50
SEARCH_2 = "http://iiif.io/api/search/2/context.json"
SEARCH_1 = "http://iiif.io/api/search/1/context.json"
PRESENTATION_2 = "http://iiif.io/api/presentation/2/context.json"
_MEDIA_TYPE = "application/ld+json"
_MOST_TERMS = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle of a hit: the id of its annotation, its text and where it lies."""

    id: str
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A match with its marks on one or two pages."""

    match: TextMatch
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class ContentSearchRequest:
    """A request: the service's URL, the query, the page of hits from 1, what is ignored."""

    service: str
    q: str
    page: int
    ignored: tuple[str, ...]

    @property
    def start(self) -> int:
        """Return the number of the first hit."""
        return (self.page - 1) * HITS_A_PAGE

    def url(self, page: int | None = None) -> str:
        """Return the address of all hits, or of one page of them."""
        pairs = {"q": self.q} | ({"page": str(page)} if page else {})
        return f"{self.service}?{urlencode(pairs)}"


def router(app: App) -> APIRouter:
    """Return ``/iiif/works/{work}/search/{2,1}`` and ``/autocomplete/{2,1}``."""
    routes = APIRouter(tags=["IIIF"])

    @routes.get("/iiif/works/{work}/search/2", summary="Content Search 2.0")
    def search_2(work: str, request: Request) -> Response:
        asked, found, hits = _search(app, request, work, "search/2")
        return _json(annotation_page(asked, found, hits))

    @routes.get("/iiif/works/{work}/search/1", summary="Content Search 1.0")
    def search_1(work: str, request: Request) -> Response:
        asked, found, hits = _search(app, request, work, "search/1")
        return _json(annotation_list(asked, found, hits))

    @routes.get("/iiif/works/{work}/autocomplete/2", summary="Autocomplete 2.0")
    def autocomplete_2(work: str, request: Request) -> Response:
        return _json(_terms(app, request, work, 2))

    @routes.get("/iiif/works/{work}/autocomplete/1", summary="Autocomplete 1.0")
    def autocomplete_1(work: str, request: Request) -> Response:
        return _json(_terms(app, request, work, 1))

    return routes


def _search(
    app: App, request: Request, work: str, service: str
) -> tuple[ContentSearchRequest, MatchesWithin, list[Hit]]:
    open_work(app, request, work)
    asked = _asked(app, request, work, service, {"q", "page"})
    found = app.searcher.matches(work, asked.q, asked.start, HITS_A_PAGE)
    pages: dict[int, str] = {}
    if any(match.continues for match in found.matches):
        pages = {page.n: page.id for page in app.works.pages_of(work)}
    root = f"{app.public_url}/iiif/works/{work}/annotation"
    canvas = canvas_id(work, "").replace(BASE, app.public_url)
    hits = [Hit(m, tuple(_marks(m, root, canvas, pages))) for m in found.matches]
    return asked, found, hits


def _asked(
    app: App, request: Request, work: str, service: str, known: set[str]
) -> ContentSearchRequest:
    parameters = request.query_params
    page = parameters.get("page", "1")
    ignored = sorted({name for name in parameters if name not in known})
    return ContentSearchRequest(
        service=f"{app.public_url}/iiif/works/{work}/{service}",
        q=parameters.get("q", ""),
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
        ignored=tuple(ignored),
    )


def _marks(match: TextMatch, root: str, canvas: str, pages: dict[int, str]) -> Iterator[Mark]:
    def mark(number: int, page: str, text: str, box: Box) -> Mark:
        target = f"{canvas}{page}#xywh={box.x},{box.y},{box.w},{box.h}"
        return Mark(f"{root}/{match.page}-{match.start}-{match.end}-{number}", text, target)

    for number, (box, text) in enumerate(zip(match.boxes, match.texts, strict=True)):
        yield mark(number, match.page, text, box)
    if match.continues and match.continues.n in pages:
        after = zip(match.continues.boxes, match.continues.texts, strict=True)
        for number, (box, text) in enumerate(after, len(match.boxes)):
            yield mark(number, pages[match.continues.n], text, box)


def annotation_page(
    asked: ContentSearchRequest, found: MatchesWithin, hits: list[Hit]
) -> dict[str, Any]:
    """Return a page of hits in Content Search 2.0, sections 3.3 and 3.4."""
    document: dict[str, Any] = {
        "@context": [CONTEXT, SEARCH_2],
        "id": asked.url(asked.page),
        "type": "AnnotationPage",
        "partOf": {
            "id": asked.url(),
            "type": "AnnotationCollection",
            "total": found.total,
            "first": _page_2(asked, 1),
            "last": _page_2(asked, _last(found)),
        },
    }
    if asked.page > 1:
        document["prev"] = _page_2(asked, min(asked.page - 1, _last(found)))
    if asked.page < _last(found):
        document["next"] = _page_2(asked, asked.page + 1)
    document["startIndex"] = asked.start
    if asked.ignored:
        document["ignored"] = list(asked.ignored)
    document["items"] = [
        {
            "id": mark.id,
            "type": "Annotation",
            "motivation": "painting",
            "body": {"type": "TextualBody", "value": mark.text, "format": "text/plain"},
            "target": mark.target,
        }
        for hit in hits
        for mark in hit.marks
    ]
    total = {"id": asked.url(), "type": "AnnotationCollection", "total": found.total}
    contexts = [_contextualizing(hit) for hit in hits if hit.marks]
    document["annotations"] = [{"type": "AnnotationPage", "partOf": total, "items": contexts}]
    return document


def _page_2(asked: ContentSearchRequest, page: int) -> dict[str, str]:
    return {"id": asked.url(page), "type": "AnnotationPage"}


def _last(found: MatchesWithin) -> int:
    return max(1, -(-found.total // HITS_A_PAGE))


def _contextualizing(hit: Hit) -> dict[str, Any]:
    """Return what stands around a hit; a hit of several marks has several targets."""
    targets = []
    for number, mark in enumerate(hit.marks):
        selector = {"type": "TextQuoteSelector", "exact": mark.text}
        if number == 0 and hit.match.before:
            selector["prefix"] = hit.match.before
        if number == len(hit.marks) - 1 and hit.match.after:
            selector["suffix"] = hit.match.after
        targets.append({"type": "SpecificResource", "source": mark.id, "selector": [selector]})
    return {
        "id": f"{hit.marks[0].id}-context",
        "type": "Annotation",
        "motivation": "contextualizing",
        "target": targets[0] if len(targets) == 1 else targets,
    }


def annotation_list(
    asked: ContentSearchRequest, found: MatchesWithin, hits: list[Hit]
) -> dict[str, Any]:
    """Return a page of hits in Content Search 1.0, sections 3.3 and 3.4."""
    layer: dict[str, Any] = {
        "@type": "sc:Layer",
        "total": found.total,
        "first": asked.url(1),
        "last": asked.url(_last(found)),
    }
    if asked.ignored:
        layer["ignored"] = list(asked.ignored)
    document: dict[str, Any] = {
        "@context": [PRESENTATION_2, SEARCH_1],
        "@id": asked.url(asked.page),
        "@type": "sc:AnnotationList",
        "within": layer,
        "startIndex": asked.start,
    }
    if asked.page > 1:
        document["prev"] = asked.url(min(asked.page - 1, _last(found)))
    if asked.page < _last(found):
        document["next"] = asked.url(asked.page + 1)
    document["resources"] = [
        {
            "@id": mark.id,
            "@type": "oa:Annotation",
            "motivation": "sc:painting",
            "resource": {"@type": "cnt:ContentAsText", "chars": mark.text},
            "on": mark.target,
        }
        for hit in hits
        for mark in hit.marks
    ]
    document["hits"] = [
        {
            "@type": "search:Hit",
            "annotations": [mark.id for mark in hit.marks],
            "match": "".join(mark.text for mark in hit.marks),
            "before": hit.match.before,
            "after": hit.match.after,
        }
        for hit in hits
    ]
    return document


def _terms(app: App, request: Request, work: str, version: int) -> dict[str, Any]:
    """Return what goes on from ``q`` in the Work's text: section 4 of both versions."""
    open_work(app, request, work)
    asked = _asked(app, request, work, f"autocomplete/{version}", {"q", "min"})
    least = request.query_params.get("min", "1")
    fewest = int(least) if least.isascii() and least.isdigit() and len(least) < 7 else 1
    search = ContentSearchRequest(f"{app.public_url}/iiif/works/{work}/search/{version}", "", 1, ())
    found = app.searcher.suggest(work, asked.q, _MOST_TERMS)
    terms = [
        {
            "match": term,
            "url": ContentSearchRequest(search.service, term, 1, ()).url(),
            "count": count,
        }
        for term, count in found
        if count >= fewest
    ]
    sign, kind = ("", "TermList") if version > 1 else ("@", "search:TermList")
    document: dict[str, Any] = {
        "@context": SEARCH_2 if version > 1 else SEARCH_1,
        f"{sign}id": asked.url(),
        f"{sign}type": kind,
    }
    if asked.ignored:
        document["ignored"] = list(asked.ignored)
    return document | {"terms": terms}


def _json(document: dict[str, Any]) -> Response:
    return Response(orjson.dumps(document), 200, {"Cache-Control": "no-cache"}, _MEDIA_TYPE)
