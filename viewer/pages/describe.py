"""Works as the pages show them: texts with their language, labels in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.script import language_of_text
from repository.display import date_texts
from storage.images.geometry import TILE
from viewer.addresses import levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.record import Record
    from repository.model import Page, Work
    from viewer.addresses import Addresses, Size
    from viewer.language import Voice
    from viewer.reader import Reader
    from viewer.site import App

# Two characters that stand where a Work has no picture to show.
_GLYPHS = {
    "local-document": "文獻",
    "rare-book": "善本",
    "map": "輿圖",
    "rubbing": "拓片",
    "photograph": "照片",
    "key-work": "珍品",
    "audiovisual": "視聽",
}
_LARGE = 1600


@dataclass(frozen=True, slots=True)
class Said:
    """A text with its BCP 47 language."""

    value: str
    lang: str


@dataclass(frozen=True, slots=True)
class ImageLink:
    """An image address with the size of what it gives."""

    src: str
    size: Size


@dataclass(frozen=True, slots=True)
class WorkCard:
    """A Work in a list. ``thumb`` and ``large`` are None when there is nothing this reader may see.

    ``date`` is what is shown of its first date.
    """

    id: str
    href: str
    title: Said
    type: str
    material: str
    glyph: str
    date: str
    creator: Said | None
    page_count: int
    thumb: ImageLink | None
    large: ImageLink | None


class Describer:
    """Makes view models for one reader and one language."""

    def __init__(self, app: App, to: Addresses, reader: Reader, language: str) -> None:
        self._app = app
        self.to = to
        self.reader = reader
        self.language = language

    def cards(self, works: Sequence[Work]) -> list[WorkCard]:
        """Return the cards of Works, their first pages asked for at once."""
        first = self._app.works.first_pages([w.id for w in works])
        return [self.card(work, first.get(work.id)) for work in works]

    def card(self, work: Work, first: Page | None) -> WorkCard:
        """Return one Work's card; ``first`` is its first page."""
        record = work.record
        shown = first if first is not None and self.reader.may_see(work) else None
        agent = record.agents[0] if record.agents else None
        return WorkCard(
            id=work.id,
            href=self.to.work(work.id),
            title=main_title(record, self.language),
            type=record.material,
            material=material(record.material, self.language),
            glyph=_GLYPHS.get(record.material, "典藏"),
            date=self.date(record),
            creator=Said(agent.name, language_of_text(agent.name)) if agent else None,
            page_count=work.page_count,
            thumb=self.thumb(shown) if shown else None,
            large=self.at_most(shown, _LARGE) if shown else None,
        )

    def thumb(self, page: Page) -> ImageLink:
        """Return the stored size that is one tile: it is sent without any decoding."""
        return self.at_most(page, TILE)

    def at_most(self, page: Page, longest: int) -> ImageLink:
        """Return the largest stored size no longer than ``longest`` pixels."""
        sizes = levels(page)
        size = next((s for s in sizes if max(s.w, s.h) <= longest), sizes[-1])
        return ImageLink(self.to.image(page, size), size)

    def date(self, record: Record) -> str:
        """Return the first date for a list: CE and, where it has one, its era."""
        if not record.dates:
            return ""
        return date_texts(record.dates[0])[self.language]

    def page_label(self, page: Page) -> str:
        """Return a page's own label, else its number."""
        return page.label or str(page.n)


def material(kind: str, language: str) -> str:
    """Return the label of a material type."""
    return vocabulary.label("material", kind, language)


def main_title(record: Record, language: str) -> Said:
    """Return the main title in the reader's language if there is one, else the first."""
    titles = [t for t in record.titles if t.kind == "main"] or list(record.titles)
    if not titles:
        return Said(record.identifier, language_of_text(record.identifier))
    chosen = next((t for t in titles if t.language == language), titles[0])
    return Said(chosen.value, chosen.language)


def withheld(voice: Voice, work: Work, reader: Reader) -> str:
    """Return why images and text of a Work are not shown to this reader; "" when they are."""
    if reader.may_see(work):
        return ""
    embargo = work.record.embargo_until
    if embargo and reader.level(replace(work, record=replace(work.record, embargo_until=None))) == (
        "open"
    ):
        return voice.say("Not open before %(day)s.", day=embargo)
    if reader.level(work) == "onsite":
        return voice.say("Its images and text can be read inside the library only.")
    return voice.say("Its images and text are not open to readers.")
