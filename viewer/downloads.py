"""Files to take away: text, ALTO and PDF of a Work and of one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import PlainTextResponse, Response

from repository import preserved
from repository.errors import NotFoundError
from viewer.reader import open_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.model import Page, Work
    from viewer.site import App

_ALTO = "application/xml; charset=utf-8"
_PAGE_BREAK = "\n\f\n"


def router(app: App) -> APIRouter:
    """Return the routes of the files below ``/works/{id}/``."""
    routes = APIRouter(tags=["files"])

    @routes.get("/works/{work_id}/text.txt", summary="The whole text, pages parted by form feeds")
    def work_text(request: Request, work_id: str) -> Response:
        work, pages = _open(app, request, work_id)
        return _text(app, work, pages)

    @routes.get("/works/{work_id}/pages/{n}/text.txt", summary="The text of one page")
    def page_text(request: Request, work_id: str, n: int) -> Response:
        work, pages = _open(app, request, work_id)
        return _text(app, work, [_page(pages, n)])

    @routes.get("/works/{work_id}/alto/{n}.xml", summary="ALTO of one page, boxes per character")
    def alto(request: Request, work_id: str, n: int) -> Response:
        work, pages = _open(app, request, work_id)
        page = _page(pages, n)
        return Response(_read_alto(app, work, page), media_type=_ALTO)

    return routes


def _open(app: App, request: Request, work_id: str) -> tuple[Work, tuple[Page, ...]]:
    work = open_work(app, request, work_id)
    return work, app.catalogue.pages_of(work.id)


def _page(pages: Sequence[Page], n: int) -> Page:
    if not 1 <= n <= len(pages):
        raise NotFoundError(f"page {n}")
    return pages[n - 1]


def _text(app: App, work: Work, pages: Sequence[Page]) -> Response:
    rows = app.catalogue.texts([page.id for page in pages])
    if not rows:
        raise NotFoundError(f"text of {work.id}")
    texts = [rows[page.id].text if page.id in rows else "" for page in pages]
    return PlainTextResponse(_PAGE_BREAK.join(texts) + "\n")


def _read_alto(app: App, work: Work, page: Page) -> bytes:
    """Return the ALTO as it is preserved, the very bytes that fixity checks."""
    try:
        return app.objects.read(preserved.object_id(work.id), preserved.alto_path(page.id))
    except KeyError:
        raise NotFoundError(f"ALTO of {page.id}") from None
