"""The page of a Work: its description, its pages, search inside it, and what can be taken."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

from repository.errors import SearchUnavailableError
from repository.model import right_to_left
from viewer.harvest.partners import context_of
from viewer.harvest.signposting import embedded, link_header
from viewer.language import Voice, language_of
from viewer.language import marked as _
from viewer.pages.describe import Describer, ImageLink, Said, withheld
from viewer.pages.marks import MarkedText
from viewer.pages.record_fields import fields
from viewer.reader import described_work, reader_of

if TYPE_CHECKING:
    from metadata.record import Record
    from repository.model import Page, Work
    from search.results import TextMatch, WithinResults
    from viewer.addresses import Addresses
    from viewer.pages.describe import WorkCard
    from viewer.rendering import Renderer
    from viewer.site import App

_PER_PART = 96
_MATCH_PAGES = 30
_SHOWN_PER_PAGE = 3


@dataclass(frozen=True, slots=True)
class PageThumbnail:
    """A page in a grid or strip."""

    n: int
    href: str
    label: str
    thumb: ImageLink
    current: bool = False
    has_hits: bool = False


@dataclass(frozen=True, slots=True)
class PageMatches:
    """The first matches on a page, each with the text around it, and how many more there are."""

    href: str
    label: str
    shown: list[list[MarkedText]]
    more: int


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is offered."""

    href: str
    label: str
    format: str


@dataclass(frozen=True, slots=True)
class PartLink:
    """A stretch of a long Work's pages."""

    href: str
    label: str
    current: bool


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return ``/works/{id}``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/works/{work_id}")
    def show_work(
        request: Request, work_id: str, q: str = "", after: int = 0, part: int = 1
    ) -> Response:
        work = described_work(app, work_id)
        language = language_of(request)
        describer = Describer(app, renderer.to, reader_of(app, request), language)
        pages = app.works.pages_of(work.id)
        card = describer.card(work, pages[0] if pages else None)
        reason = withheld(Voice(language), work, describer.reader) if pages else ""
        seen = () if reason else pages
        about = context_of(app, work, seen)
        context = {
            "work": card,
            "alternative": _other_titles(work.record, card.title),
            "fields": fields(work.record, renderer.to, language),
            "withheld": reason,
            "right_to_left": right_to_left(pages),
            **_grid(describer, work, seen, part),
            **_matches(app, describer, work, seen, q.strip(), after),
            "citation": citation(work, card, app),
            "downloads": _downloads(renderer.to, work, seen),
            "json_ld": embedded(work.record, about),
        }
        headers = {"link": link_header(work.record, about)}
        return renderer.page(request, "pages/work.html", context, headers=headers)

    return routes


def _other_titles(record: Record, shown: Said) -> list[Said]:
    return [Said(t.value, t.language) for t in record.titles if t.value != shown.value]


def thumbnail(
    describer: Describer, page: Page, q: str = "", *, current: bool = False, has_hits: bool = False
) -> PageThumbnail:
    """Return a page's thumbnail, label and address."""
    return PageThumbnail(
        n=page.n,
        href=describer.to.page(page.work, page.n, q=q),
        label=describer.page_label(page),
        thumb=describer.thumb(page),
        current=current,
        has_hits=has_hits,
    )


def _grid(
    describer: Describer, work: Work, pages: tuple[Page, ...], part: int
) -> dict[str, object]:
    parts = range(1, (len(pages) + _PER_PART - 1) // _PER_PART + 1)
    start = (part - 1) * _PER_PART if part in parts else 0
    links = [
        PartLink(
            describer.to.work(work.id, part=str(number)),
            f"{(number - 1) * _PER_PART + 1}–{min(number * _PER_PART, len(pages))}",
            (number - 1) * _PER_PART == start,
        )
        for number in parts
    ]
    return {
        "pages": [thumbnail(describer, page) for page in pages[start : start + _PER_PART]],
        "part_links": links if len(links) > 1 else [],
    }


def _matches(
    app: App, describer: Describer, work: Work, pages: tuple[Page, ...], q: str, after: int
) -> dict[str, object]:
    nothing: dict[str, object] = {"q": q, "found": "", "matches": [], "more_matches": None}
    voice = Voice(describer.language)
    if not q or not pages:
        return nothing | {"q": q if pages else ""}
    try:
        within = app.searcher.within(work.id, q, after, _MATCH_PAGES)
    except SearchUnavailableError:
        return nothing | {"found": voice.say("Search does not answer at the moment.")}
    labels = {page.n: describer.page_label(page) for page in pages}
    onward = within.next_after
    return {
        "q": q,
        "found": found_within(voice, within),
        "matches": _by_page(describer, work, within, labels, q),
        "more_matches": describer.to.work(work.id, q=q, after=str(onward)) if onward else None,
    }


def found_within(voice: Voice, within: WithinResults) -> str:
    """Return on how many pages of a Work something was found."""
    if not within.total_pages:
        return voice.say("Not found in the text of this work")
    return voice.count(
        "Found on %(n)d page of this work", "Found on %(n)d pages of this work", within.total_pages
    )


def _by_page(
    describer: Describer, work: Work, within: WithinResults, labels: dict[int, str], q: str
) -> list[PageMatches]:
    found = []
    for n, matches in groupby(within.matches, lambda match: match.n):
        all_here = [around(match) for match in matches]
        found.append(
            PageMatches(
                href=describer.to.page(work.id, n, q=q),
                label=labels.get(n, str(n)),
                shown=all_here[:_SHOWN_PER_PAGE],
                more=len(all_here[_SHOWN_PER_PAGE:]),
            )
        )
    return found


def around(match: TextMatch) -> list[MarkedText]:
    """Return a match between its contexts."""
    parts = (MarkedText(match.before), MarkedText(match.exact, 1), MarkedText(match.after))
    return [piece for piece in parts if piece.text]


def citation(work: Work, card: WorkCard, app: App) -> str:
    """Return how to cite a Work: creators, title, date, holding library, address."""
    names = "、".join(agent.name for agent in work.record.agents)
    title = f"《{card.title.value}》" if card.title.lang.startswith("zh") else card.title.value
    parts = [names, title, card.date, app.settings.repository_name]
    text = "，".join(part for part in parts if part)
    return f"{text}。{app.public_url}/works/{work.id}"


def _downloads(to: Addresses, work: Work, pages: tuple[Page, ...]) -> list[Download]:
    if not pages:
        return []
    offered = [Download(to.file(work.id, "work.pdf"), _("All pages, searchable"), "PDF")]
    if any(page.has_text for page in pages):
        offered.insert(0, Download(to.file(work.id, "text.txt"), _("Whole text"), "TXT"))
    return offered
