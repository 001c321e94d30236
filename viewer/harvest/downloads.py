"""Files to take away: text, ALTO and PDF of a Work and of one page."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from repository import preserved
from repository.errors import NotFoundError
from repository.text import PageText
from viewer.harvest.page_jpeg import page_jpeg
from viewer.reader import open_work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repository.formats.pdf import PageImage
    from repository.model import Page, Work
    from viewer.site import App

_ALTO = "application/xml; charset=utf-8"
_PDF = "application/pdf"
_PAGE_BREAK = "\n\f\n"
_PDF_PIXELS = 2600
_CHUNK = 1 << 18


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
        return Response(_read_alto(app, work, _page(pages, n)), media_type=_ALTO)

    @routes.get("/works/{work_id}/work.pdf", summary="All pages as a searchable PDF")
    def work_pdf(request: Request, work_id: str) -> Response:
        work, pages = _open(app, request, work_id)
        return _pdf(app, work, pages)

    @routes.get("/works/{work_id}/pages/{n}/page.pdf", summary="One page as a searchable PDF")
    def page_pdf(request: Request, work_id: str, n: int) -> Response:
        work, pages = _open(app, request, work_id)
        return _pdf(app, work, [_page(pages, n)])

    return routes


def _open(app: App, request: Request, work_id: str) -> tuple[Work, tuple[Page, ...]]:
    work = open_work(app, request, work_id)
    return work, app.works.pages_of(work.id)


def _page(pages: Sequence[Page], n: int) -> Page:
    if not 1 <= n <= len(pages):
        raise NotFoundError(f"page {n}")
    return pages[n - 1]


def _text(app: App, work: Work, pages: Sequence[Page]) -> Response:
    return PlainTextResponse(text_of(app, work, pages))


def text_of(app: App, work: Work, pages: Sequence[Page]) -> str:
    """Return the text of pages, parted by form feeds. Raises NotFoundError when none has text."""
    rows = app.works.texts([page.id for page in pages])
    if not rows:
        raise NotFoundError(f"text of {work.id}")
    texts = [rows[page.id].text if page.id in rows else "" for page in pages]
    return _PAGE_BREAK.join(texts) + "\n"


def _read_alto(app: App, work: Work, page: Page) -> bytes:
    """Return the ALTO as it is preserved, the very bytes that fixity checks."""
    try:
        return app.objects.read(preserved.object_id(work.id), preserved.alto_path(page.id))
    except KeyError:
        raise NotFoundError(f"ALTO of {page.id}") from None


def _pdf(app: App, work: Work, pages: Sequence[Page]) -> Response:
    """Return a PDF, written to a nameless file first: one page in memory at a time."""
    with ExitStack() as on_failure:
        file = on_failure.enter_context(tempfile.TemporaryFile(dir=app.derivatives.root))
        write_pages(app, work, pages, file)
        on_failure.pop_all()  # closed when sent
    headers = {"content-length": str(file.tell())}
    file.seek(0)
    return StreamingResponse(_chunks(file), media_type=_PDF, headers=headers)


def write_pages(app: App, work: Work, pages: Sequence[Page], out: BinaryIO) -> None:
    """Write a searchable PDF of pages. Raises NotFoundError when there are none."""
    from repository.formats.pdf import write_pdf

    if not pages:
        raise NotFoundError(f"pages of {work.id}")
    write_pdf(_leaves(app, work, pages), out, work.record.title)


def _leaves(app: App, work: Work, pages: Sequence[Page]) -> Iterator[tuple[PageImage, PageText]]:
    from repository.formats.alto_read import read_alto
    from repository.formats.pdf import PageImage

    for page in pages:
        text = PageText(page.width, page.height)
        if page.has_text:
            text = read_alto(_read_alto(app, work, page))
        yield PageImage(page_jpeg(app.derivatives.pyramid(page.id), _PDF_PIXELS)), text


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
