"""The page viewer: the image with its marks, the transcript beside it, the way onward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

from repository.errors import NotFoundError, SearchUnavailableError
from viewer.language import Voice, language_of
from viewer.pages.describe import Describer, withheld
from viewer.pages.page_view import Found, PageView
from viewer.pages.transcript import transcribe
from viewer.pages.work import found_within
from viewer.reader import described_work, reader_of

if TYPE_CHECKING:
    from repository.model import Page, Work
    from viewer.rendering import Renderer
    from viewer.site import App


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks of the viewer."""

    n: int
    q: str
    layout: str


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return ``/works/{id}/pages/{n}``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/works/{work_id}/pages/{n}")
    def show_page(
        request: Request, work_id: str, n: int, q: str = "", layout: str = "vertical"
    ) -> Response:
        work = described_work(app, work_id)
        language = language_of(request)
        describer = Describer(app, renderer.to, reader_of(app, request), language)
        pages = app.works.pages_of(work.id)
        if not 1 <= n <= len(pages):
            raise NotFoundError(f"{work_id}/{n}")
        card = describer.card(work, pages[0])
        reason = withheld(Voice(language), work, describer.reader)
        if reason:
            return renderer.page(
                request, "pages/withheld.html", {"work": card, "withheld": reason}, 401
            )
        page = pages[n - 1]
        found = _find(app, Voice(language), work, pages, Wish(n, q.strip(), layout))
        lines = transcribe(app.works.texts([page.id]).get(page.id), found.matches)
        view = PageView(describer, pages, page, q.strip(), found)
        turning = view.turning()
        context = {
            "work": card,
            **view.image(),
            **turning,
            **view.text(lines, layout, work.record.languages),
            "page_data": view.for_script(lines, turning),
        }
        return renderer.page(request, "pages/page.html", context)

    return routes


def _find(app: App, voice: Voice, work: Work, pages: tuple[Page, ...], wish: Wish) -> Found:
    """Return the matches on a page, and the end of one that began on the page before."""
    if not wish.q:
        return Found()
    try:
        here = app.searcher.locate(pages[wish.n - 1].id, wish.q)
        before = app.searcher.locate(pages[wish.n - 2].id, wish.q).matches if wish.n > 1 else ()
        within = app.searcher.within(work.id, wish.q, after=0, limit=1)
    except SearchUnavailableError:
        return Found(voice.say("Search does not answer at the moment."))
    carried = tuple(
        box
        for match in before
        if match.continues and match.continues.n == wish.n
        for box in match.continues.boxes
    )
    return Found(found_within(voice, within), here.matches, carried, within.pages)
