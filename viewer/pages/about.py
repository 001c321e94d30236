"""For partners and crawlers: what can be taken from here, and where."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import PlainTextResponse, Response

from repository.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repository.model import Work
    from viewer.rendering import Renderer
    from viewer.site import App

_XML = "application/xml; charset=utf-8"
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_ONE_FILE = 10_000
_CHUNK = 1000
_SAMPLES = 20


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return ``/about/data``, ``/robots.txt`` and the sitemaps."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/about/data")
    def data(request: Request) -> Response:
        sample = next((w for w in app.changes.newest(_SAMPLES) if w.page_count), None)
        context = {
            "counts": app.works.count(),
            "sample": sample.id if sample else None,
            "public_url": app.public_url,
            "today": datetime.now(UTC).date().isoformat(),
        }
        return renderer.page(request, "pages/data.html", context)

    @routes.get("/robots.txt")
    def robots() -> Response:
        lines = [
            "User-agent: *",
            "Disallow: /search",
            "Disallow: /api/search",
            f"Sitemap: {app.public_url}/sitemap.xml",
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    @routes.get("/sitemap.xml")
    def sitemap() -> Response:
        if app.works.count()["works"] <= _ONE_FILE:
            return _urls(app, _works(app, None))
        return _index(app)

    @routes.get("/sitemaps/{letter}.xml")
    def part(letter: str) -> Response:
        if letter not in string.ascii_lowercase or len(letter) != 1:
            raise NotFoundError(letter)
        return _urls(app, _works(app, letter))

    return routes


def _works(app: App, letter: str | None) -> Iterator[Work]:
    """Yield the public Works by id; with a letter, those whose id begins with it."""
    after = letter
    while chunk := app.works.list_works(after, _CHUNK):
        for work in chunk:
            if letter and not work.id.startswith(letter):
                return
            yield work
        after = chunk[-1].id


def _urls(app: App, works: Iterable[Work]) -> Response:
    entries = [f"<url><loc>{escape(app.public_url)}/</loc></url>"]
    for work in works:
        changed = f"<lastmod>{work.changed.date().isoformat()}</lastmod>" if work.changed else ""
        entries.append(f"<url><loc>{escape(app.public_url)}/works/{work.id}</loc>{changed}</url>")
    return _xml(f"<urlset {_SITEMAP}>" + "\n".join(entries) + "</urlset>")


def _index(app: App) -> Response:
    """Return the index of a large site: ids are spread evenly over their first letter."""
    entries = (
        f"<sitemap><loc>{escape(app.public_url)}/sitemaps/{letter}.xml</loc></sitemap>"
        for letter in string.ascii_lowercase
    )
    return _xml(f"<sitemapindex {_SITEMAP}>" + "\n".join(entries) + "</sitemapindex>")


def _xml(body: str) -> Response:
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
    return Response(document, media_type=_XML)
