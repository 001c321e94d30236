"""The home page: the search box, ways in, what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

from metadata.record import MaterialType
from repository.collection import collection_id
from repository.errors import SearchUnavailableError
from search.results import SearchRequest
from viewer.language import language_of
from viewer.language import marked as _
from viewer.pages.describe import Describer, material
from viewer.reader import reader_of

if TYPE_CHECKING:
    from viewer.pages.describe import ImageLink, WorkCard
    from viewer.rendering import Renderer
    from viewer.site import App

_NEWEST = 10
_TRIES = 3
_COLLECTIONS = 12


@dataclass(frozen=True, slots=True)
class Try:
    """A search to start with: shown when it finds something here."""

    label: str
    q: str
    why: str
    lang: str = "zh-Hant"
    href: str = ""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A material type or a collection as a way in."""

    label: str
    href: str
    count: int
    glyph: str = ""
    thumb: ImageLink | None = None


CANDIDATES = (
    Try("圖書館", "圖書館", _("each match marked where it stands on the page")),
    Try("四庫", "四庫", _("vertical text of manuscripts and woodblock prints")),
    Try("图书馆", "图书馆", _("simplified characters find traditional ones"), "zh-Hans"),
    Try("臺灣", "臺灣", _("variant forms are found too: 台灣")),
    Try("港", "港", _("a single character is enough")),
)


def router(app: App, renderer: Renderer) -> APIRouter:
    """Return ``/``."""
    routes = APIRouter(include_in_schema=False)
    front = _Front(app)

    @routes.get("/")
    def home(request: Request) -> Response:
        language = language_of(request)
        describer = Describer(app, renderer.to, reader_of(app, request), language)
        newest = describer.cards(app.changes.newest(_NEWEST))
        sets = app.changes.set_counts()
        context = {
            "tries": [_addressed(try_, renderer) for try_ in front.tries()],
            "feature": next((card for card in newest if card.large), None),
            "kinds": _kinds(app, describer, sets),
            "collections": _collections(app, describer, sets),
            "newest": newest,
            "counts": app.works.count(),
        }
        return renderer.page(request, "pages/home.html", context)

    return routes


class _Front:
    """Which searches find something, asked anew only when the catalogue has changed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: tuple[int, list[Try]] = (-1, [])

    def tries(self) -> list[Try]:
        sequence = self._app.outbox.last_sequence()
        if self._known[0] != sequence:
            try:
                found = [try_ for try_ in CANDIDATES if self._finds(try_.q)]
            except SearchUnavailableError:
                return []
            self._known = (sequence, found[:_TRIES])
        return self._known[1]

    def _finds(self, q: str) -> bool:
        return self._app.searcher.search(SearchRequest(q=q)).totals.pages > 0


def _addressed(try_: Try, renderer: Renderer) -> Try:
    return Try(try_.label, try_.q, try_.why, try_.lang, renderer.to.search(q=try_.q))


def _kinds(app: App, describer: Describer, sets: dict[str, int]) -> list[Entrance]:
    """Return the material types that are held, each with a picture of its newest Work."""
    held = [kind for kind in get_args(MaterialType) if sets.get(f"type:{kind}")]
    samples = {kind: app.changes.newest(1, f"type:{kind}") for kind in held}
    cards = {card.type: card for card in describer.cards([w for s in samples.values() for w in s])}
    return [
        Entrance(
            label=material(kind, describer.language),
            href=describer.to.search(type=kind),
            count=sets[f"type:{kind}"],
            glyph=cards[kind].glyph if kind in cards else "",
            thumb=_image_link(cards.get(kind)),
        )
        for kind in held
    ]


def _collections(app: App, describer: Describer, sets: dict[str, int]) -> list[Entrance]:
    """Return the largest collections."""
    counted = (
        (sets.get(f"collection:{collection_id(n)}", 0), n) for n in app.changes.collection_names()
    )
    return [
        Entrance(name, describer.to.search(collection=name), count)
        for count, name in sorted(counted, reverse=True)[:_COLLECTIONS]
        if count
    ]


def _image_link(card: WorkCard | None) -> ImageLink | None:
    return card.thumb if card else None
