"""``/oai``: OAI-PMH 2.0 over GET and POST; a readable page when a browser opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter
from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response

from metadata.oai.provider import FORMATS, Provider, Repository
from repository.settings import oai_namespace
from viewer.errors import wants_page
from viewer.harvest.oai_source import CatalogueSource

if TYPE_CHECKING:
    from viewer.rendering import Renderer
    from viewer.site import App

_MEDIA_TYPE = "text/xml; charset=utf-8"
_LARGEST_FORM = 1 << 16


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return the route of ``/oai``."""
    routes = APIRouter(tags=["harvest"])
    repository = Repository(
        name=app.settings.repository_name,
        base_url=f"{app.public_url}/oai",
        namespace=oai_namespace(app.settings, app.public_url),
        admin_email=app.settings.admin_email,
        key=app.changes.secret("oai-resumption-token"),
    )
    provider = Provider(repository, CatalogueSource(app))

    def answer(request: Request, pairs: list[tuple[str, str]]) -> Response:
        content = provider.answer(pairs)
        if wants_page(request):
            return _page(renderer, request, etree.fromstring(content))
        return Response(content, headers={"vary": "Accept"}, media_type=_MEDIA_TYPE)

    @routes.get("/oai", summary="OAI-PMH 2.0")
    def get(request: Request) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        pairs = parse_qsl(query, keep_blank_values=True)
        return answer(request, [pair for pair in pairs if pair[0] != "lang"])

    @routes.post("/oai", summary="OAI-PMH 2.0, arguments in a form")
    async def post(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_FORM:
                return Response("The form is too large.\n", 413, media_type="text/plain")
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return await run_in_threadpool(answer, request, pairs)

    return routes


def _page(renderer: Renderer, request: Request, document: etree._Element) -> Response:
    """Return the answer as a page, under links to every verb."""
    token = document.findtext(".//{*}resumptionToken") or ""
    verb = request.query_params.get("verb", "")
    context = {
        "document": document,
        "tag": lambda element: str(element.tag).rpartition("}")[2],
        "attributes": lambda element: [
            (name.rpartition("}")[2], value)
            for name, value in element.attrib.items()
            if "schemaLocation" not in name
        ],
        "prefixes": list(FORMATS),
        "verb": verb,
        "token": token,
    }
    return renderer.page(request, "harvest/oai.html", context)
