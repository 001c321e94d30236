"""The site as one ASGI application: every router mounted, and what holds for all answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

from viewer import health, search_api, static_files
from viewer.addresses import Addresses
from viewer.errors import add_error_handlers
from viewer.harvest import downloads, oai, records
from viewer.iiif import discovery, presentation
from viewer.iiif import search as content_search
from viewer.iiif.image import IMAGES, image_service
from viewer.pages import about, api_docs, home, page, search, work
from viewer.rendering import Renderer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from viewer.iiif.image.service import ImageService
    from viewer.site import App

# The one style rule that OpenSeadragon puts into the page (no focus ring on touch screens).
_OPENSEADRAGON_STYLE = "'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {_OPENSEADRAGON_STYLE}",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_SMALLEST_COMPRESSED = 1000


def create_app(app: App) -> Site:
    """Return the whole site on the back-ends of ``app``."""
    files = static_files.load()
    renderer = Renderer(app, Addresses(urlsplit(app.public_url).path.rstrip("/"), files.version))
    site = FastAPI(
        title=app.settings.repository_name,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    add_error_handlers(site, renderer)

    @site.get("/static/{version}/{path:path}", include_in_schema=False)
    def static(request: Request, path: str) -> Response:
        return files.answer(path, request)

    for pages in (home, search, work, page, about, oai):
        site.include_router(pages.router(app, renderer))
    for machines in (
        health,
        downloads,
        records,
        presentation,
        discovery,
        content_search,
        search_api,
    ):
        site.include_router(machines.router(app))
    site.include_router(api_docs.router(site, renderer))
    site.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_COMPRESSED, compresslevel=5)
    site.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"])
    return Site(site, image_service(app))


class Site:
    """Answers HEAD wherever GET is answered, and adds the headers that hold everywhere.

    Images go straight to their service: routing and middleware would cost more than a tile.
    """

    def __init__(self, site: ASGIApp, images: ImageService) -> None:
        self._site = site
        self._images = images

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._site(scope, receive, self._closing(send))
            return
        if scope["path"].startswith(IMAGES):
            await self._images(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"} if is_head else scope
        await self._site(inner, receive, send_with_headers)

    def close(self) -> None:
        """End the processes that render images; a server's shutdown does the same."""
        self._images.close()

    def _closing(self, send: Send) -> Send:
        async def send_and_close(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                self._images.close()
            await send(message)

        return send_and_close
