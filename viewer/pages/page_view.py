"""What the viewer's page shows of one page: image, marks, text, neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository.model import right_to_left
from storage.images.geometry import TILE
from viewer.addresses import levels
from viewer.language import Voice
from viewer.pages.work import PageThumbnail, around, thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.model import Page
    from repository.text import Box
    from search.results import TextMatch
    from viewer.pages.describe import Describer
    from viewer.pages.marks import MarkedText
    from viewer.pages.transcript import TranscriptLine

_STRIP = 12
_LARGEST_FIRST = 2600
_SIZES = "(min-width: 60rem) 58vw, 100vw"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds here and around: ``pages`` of the Work that match, ``carried`` boxes.

    ``carried`` end a match that began on the page before.
    """

    text: str = ""
    matches: tuple[TextMatch, ...] = ()
    carried: tuple[Box, ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PageShown:
    """The page itself, in upright master pixels."""

    n: int
    label: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class HitOnPage:
    """A match on this page; ``k`` counts from 1."""

    k: int
    pieces: list[MarkedText]
    boxes: tuple[Box, ...]


class PageView:
    """The parts of the viewer's page, for one reader and query."""

    def __init__(
        self,
        describer: Describer,
        pages: tuple[Page, ...],
        page: Page,
        q: str,
        found: Found,
    ) -> None:
        self._describer = describer
        self._to = describer.to
        self._pages = pages
        self._page = page
        self._q = q
        self._found = found

    def image(self) -> dict[str, object]:
        """Return the page, its image in stored sizes, and the marks on it."""
        page = self._page
        sizes = levels(page)
        offered = [s for s in sizes if max(s.w, s.h) <= _LARGEST_FIRST] or [sizes[-1]]
        first = next((s for s in offered if max(s.w, s.h) <= _LARGEST_FIRST // 2), offered[-1])
        return {
            "page": PageShown(page.n, self._describer.page_label(page), page.width, page.height),
            "image": {
                "src": self._to.image(page, first),
                "srcset": ", ".join(f"{self._to.image(page, s)} {s.w}w" for s in offered),
                "sizes": _SIZES,
                "full": self._to.image(page, sizes[0]),
            },
            "q": self._q,
            "found": self._found.text,
            "hits": [
                HitOnPage(k, around(match), match.boxes)
                for k, match in enumerate(self._found.matches, 1)
            ],
            "carried": self._found.carried,
        }

    def turning(self) -> dict[str, object]:
        """Return the neighbours, the strip of pages, and the nearest pages with matches."""
        n = self._page.n
        before = [m for m in self._found.pages if m < n]
        after = [m for m in self._found.pages if m > n]
        start = max(0, min(n - 1 - _STRIP // 2, len(self._pages) - _STRIP))
        return {
            "right_to_left": right_to_left(self._pages),
            "previous": self._address(n - 1),
            "next": self._address(n + 1),
            "hit_before": self._thumbnail(before[-1]) if before else None,
            "hit_after": self._thumbnail(after[0]) if after else None,
            "strip": [self._thumbnail(page.n) for page in self._pages[start : start + _STRIP]],
        }

    def text(
        self, lines: Sequence[TranscriptLine], layout: str, languages: Sequence[str]
    ) -> dict[str, object]:
        """Return the transcript and the directions in which it can be set.

        ``languages`` are the Work's: the first one chooses the shapes of the characters.
        """
        vertical = self._page.direction == "vertical"
        return {
            "lines": lines,
            "vertical": vertical,
            "layout": layout if vertical and layout == "vertical" else "horizontal",
            "layouts": {
                "vertical": self._address(self._page.n),
                "horizontal": self._to.page(
                    self._page.work, self._page.n, q=self._q, layout="horizontal"
                ),
            },
            "text_language": languages[0] if languages else "zh-Hant",
        }

    def for_script(
        self, lines: Sequence[TranscriptLine], turning: dict[str, object]
    ) -> dict[str, object]:
        """Return what the script needs; boxes are [x, y, w, h] in upright master pixels.

        ``turning`` is what the method of that name returns.
        """
        page = self._page
        voice = Voice(self._describer.language)
        before, after = turning["hit_before"], turning["hit_after"]
        return {
            "image": {
                "@context": "http://iiif.io/api/image/3/context.json",
                "id": self._to.image_service(page.id),
                "type": "ImageService3",
                "protocol": "http://iiif.io/api/image",
                "profile": "level2",
                "width": page.width,
                "height": page.height,
                "tiles": [
                    {
                        "width": TILE,
                        "height": TILE,
                        "scaleFactors": [2**k for k, _ in enumerate(levels(page))],
                    }
                ],
            },
            "lines": [_numbers(line.box) for line in lines],
            "hits": [[_numbers(box) for box in m.boxes] for m in self._found.matches],
            "previous": turning["previous"],
            "next": turning["next"],
            "hitBefore": before.href if isinstance(before, PageThumbnail) else None,
            "hitAfter": after.href if isinstance(after, PageThumbnail) else None,
            "strings": {"image": voice.say("Page image, can be moved and enlarged")},
        }

    def _address(self, n: int) -> str | None:
        if not 1 <= n <= len(self._pages):
            return None
        return self._to.page(self._page.work, n, q=self._q)

    def _thumbnail(self, n: int) -> PageThumbnail:
        return thumbnail(
            self._describer,
            self._pages[n - 1],
            self._q,
            current=n == self._page.n,
            has_hits=n in self._found.pages,
        )


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.w, box.h]
