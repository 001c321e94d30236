"""The search page: results by Work, with snippets and the place on the image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

from viewer.language import Voice, language_of
from viewer.language import marked as _
from viewer.pages import search_form
from viewer.pages.describe import Describer, withheld
from viewer.pages.facets import Link, Narrowing
from viewer.pages.marks import crop_region, excerpt, pieces
from viewer.pages.relaxations import relaxations
from viewer.reader import reader_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metadata.problem import Problem
    from repository.model import Page, Work
    from repository.text import Box
    from search.results import PageHit, SearchRequest, SearchResults, Tier, WorkHit
    from viewer.addresses import Size
    from viewer.pages.describe import WorkCard
    from viewer.pages.marks import MarkedText
    from viewer.rendering import Renderer
    from viewer.site import App

_CROP_PIXELS = 900
_BEFORE, _AFTER = 14, 40
TIERS: dict[Tier, tuple[str, str]] = {
    "exact": (_("As you wrote it"), _("the same characters")),
    "folded": (_("In another form"), _("variant, simplified or full-width characters")),
    "expanded": (_("Under another name or year"), _("historical place names and era years")),
    "noisy": (_("Perhaps"), _("may contain reading errors")),
}
SORTS: dict[search_form.Sort, str] = {
    "relevance": _("Best match"),
    "date": _("Date"),
    "title": _("Title"),
}


@dataclass(frozen=True, slots=True)
class Crop:
    """A region of a page image with the boxes on it; ``view`` is the SVG viewBox, master pixels."""

    src: str
    size: Size
    view: str
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class HitView:
    """A page that matched."""

    href: str
    label: str
    pieces: list[MarkedText]
    crop: Crop | None
    continues: int | None


@dataclass(frozen=True, slots=True)
class ResultView:
    """A Work that matched. ``more`` is the number of its pages when not all are shown."""

    work: WorkCard
    href: str
    tier: Tier
    pieces: list[MarkedText]
    hits: list[HitView]
    more: int
    withheld: str


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one tier; without a label when the order is another."""

    label: str
    why: str
    results: list[ResultView]


@dataclass(frozen=True, slots=True)
class SortOption:
    """An order to choose."""

    label: str
    href: str
    current: bool


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return ``/search``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/search")
    def search(request: Request) -> Response:
        language = language_of(request)
        describer = Describer(app, renderer.to, reader_of(app, request), language)
        form = search_form.read(request.query_params.multi_items(), describer.reader.levels())
        results = app.searcher.search(form.request)
        narrowing = Narrowing(form.request, renderer.to, language)
        views = _results(app, describer, results, form.request.q)
        context = {
            **_form(form.request, narrowing, results),
            "notes": [_note(note, language) for note in form.notes(results)],
            "feed": narrowing.feed(),
            "meant": [
                Link(m.q, narrowing.href(replace(form.request, q=m.q, page=1)), m.works)
                for m in results.meant
            ],
            "found": found(Voice(language), results),
            "groups": _groups(views, form.request),
            "relaxations": relaxations(app, form.request, narrowing, language)
            if not results.totals.works
            else [],
        }
        return renderer.page(request, "pages/search.html", context)

    return routes


def found(voice: Voice, results: SearchResults) -> str:
    """Return how much was found."""
    counts = results.totals
    works = voice.count("%(n)d work", "%(n)d works", counts.works)
    noisy = results.tiers.get("noisy")
    perhaps = ""
    if noisy and noisy.works:
        perhaps = voice.say(" and perhaps %(n)d more", n=noisy.works)
    if not counts.pages:
        return voice.say("Found %(works)s", works=works) + perhaps
    pages = voice.count("%(n)d page", "%(n)d pages", counts.pages)
    return voice.say("Found %(works)s, %(pages)s", works=works, pages=pages) + perhaps


def _form(
    request: SearchRequest, narrowing: Narrowing, results: SearchResults
) -> dict[str, object]:
    """Return what the search box and the column beside the results show."""
    first = replace(request, page=1)
    back = replace(request, page=request.page - 1)
    onward = replace(request, page=request.page + 1)
    return {
        "q": request.q,
        "form_pairs": search_form.write(replace(first, q="")),
        "year_pairs": search_form.write(replace(first, year_from=None, year_to=None)),
        "year_from": request.year_from or "",
        "year_to": request.year_to or "",
        "chips": narrowing.chips(results),
        "facets": narrowing.facets(results),
        "decades": narrowing.decades(results),
        "sorts": [
            SortOption(label, narrowing.href(replace(first, sort=name)), name == request.sort)
            for name, label in SORTS.items()
        ],
        "expansions": [
            {
                "source": e.source,
                "to": "、".join(e.to),
                "remark": e.remark,
                "href": narrowing.href(replace(first, off=(*request.off, e.key))),
            }
            for e in results.expansions
        ],
        "switched_off": [
            Link(key, narrowing.href(replace(first, off=tuple(o for o in request.off if o != key))))
            for key in request.off
        ],
        "previous": narrowing.href(back) if request.page > 1 else None,
        "next": narrowing.href(onward) if results.has_next else None,
    }


def _results(app: App, describer: Describer, results: SearchResults, q: str) -> list[ResultView]:
    works = app.works.get_works([hit.work for hit in results.results])
    known = [works[hit.work] for hit in results.results if hit.work in works]
    cards = {card.id: card for card in describer.cards(known)}
    pages = app.works.get_pages([p.page for hit in results.results for p in hit.pages])
    return [
        _result(describer, hit, works[hit.work], cards[hit.work], pages, q)
        for hit in results.results
        if hit.work in cards
    ]


def _result(
    describer: Describer,
    hit: WorkHit,
    work: Work,
    card: WorkCard,
    pages: dict[str, Page],
    q: str,
) -> ResultView:
    open_to_reader = describer.reader.may_see(work)
    shown = [p for p in hit.pages if open_to_reader and p.marks and p.page in pages]
    all_in_text = len(shown) == len(hit.pages)
    return ResultView(
        work=card,
        href=describer.to.work(hit.work, q=q if shown else ""),
        tier=hit.tier,
        pieces=pieces(hit.snippet, hit.marks),
        hits=[_hit(describer, p, pages[p.page], q) for p in shown],
        more=hit.page_total if shown and all_in_text and hit.page_total > len(shown) else 0,
        withheld=withheld(Voice(describer.language), work, describer.reader)
        if work.page_count
        else "",
    )


def _hit(describer: Describer, hit: PageHit, page: Page, q: str) -> HitView:
    crop = None
    if hit.boxes:
        region = crop_region(hit.boxes, page.width, page.height)
        src, size = describer.to.crop(page, region, _CROP_PIXELS)
        view = f"{region.x} {region.y} {region.w} {region.h}"
        crop = Crop(src, size, view, list(hit.boxes))
    return HitView(
        href=describer.to.page(hit.work, page.n, q=q),
        label=describer.page_label(page),
        pieces=pieces(*excerpt(hit.snippet, hit.marks, _BEFORE, _AFTER)),
        crop=crop,
        continues=hit.continues.n if hit.continues else None,
    )


def _groups(views: Iterable[ResultView], request: SearchRequest) -> list[Group]:
    """Group by tier in order of relevance; one tier alone needs no heading unless it is a guess."""
    views = list(views)
    tiers = {view.tier for view in views}
    if request.sort != "relevance" or not request.q or tiers == {"exact"}:
        return [Group("", "", views)] if views else []
    return [Group(*TIERS[tier], list(part)) for tier, part in groupby(views, lambda v: v.tier)]


def _note(note: Problem, language: str) -> dict[str, str]:
    return {
        "severity": note.severity,
        "message": note.message[language],
        "remedy": note.remedy[language],
    }
