"""The site's own addresses, as paths: the browser stays on the origin it came by.

``root`` is the path of the public URL ("" when the site is at the top of its host).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode

from storage.images import geometry

if TYPE_CHECKING:
    from repository.model import Page
    from repository.text import Box


class Size(NamedTuple):
    """Width and height in pixels."""

    w: int
    h: int


def levels(page: Page) -> tuple[Size, ...]:
    """Return the stored sizes of a page image, largest first, down to the first that is one tile.

    They are sent without any scaling, the last one without any decoding.
    """
    return tuple(Size(w, h) for w, h in geometry.levels(page.width, page.height))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes the paths of pages, images and files."""

    root: str
    static_version: str

    def static(self, file: str) -> str:
        """Return the address of a static file; it changes whenever any of them does."""
        return f"{self.root}/static/{self.static_version}/{file}"

    def home(self) -> str:
        """Return the home page's address."""
        return f"{self.root}/"

    def search(self, **parameters: str) -> str:
        """Return a search's address."""
        return f"{self.root}/search{query(parameters)}"

    def work(self, work: str, **parameters: str) -> str:
        """Return a Work's page."""
        return f"{self.root}/works/{quote(work)}{query(parameters)}"

    def page(self, work: str, n: int, **parameters: str) -> str:
        """Return the viewer on a Work's page ``n``."""
        return f"{self.root}/works/{quote(work)}/pages/{n}{query(parameters)}"

    def file(self, work: str, name: str) -> str:
        """Return a download of a Work."""
        return f"{self.root}/works/{quote(work)}/{name}"

    def manifest(self, work: str) -> str:
        """Return a Work's IIIF manifest."""
        return f"{self.root}/iiif/works/{quote(work)}/manifest.json"

    def image_service(self, page: str) -> str:
        """Return the IIIF Image 3 service of a page."""
        return f"{self.root}/iiif/image/3/{quote(page)}"

    def image(self, page: Page, size: Size) -> str:
        """Return a page's whole image at a size."""
        whole = (size.w, size.h) == (page.width, page.height)
        asked = "max" if whole else f"{size.w},{size.h}"
        return f"{self.image_service(page.id)}/full/{asked}/0/default.jpg"

    def crop(self, page: Page, region: Box, longest: int) -> tuple[str, Size]:
        """Return a region of a page, its longer side at most ``longest`` pixels, never enlarged."""
        scale = min(1.0, longest / max(region.w, region.h, 1))
        size = Size(max(1, round(region.w * scale)), max(1, round(region.h * scale)))
        asked = f"{region.x},{region.y},{region.w},{region.h}"
        service = self.image_service(page.id)
        return f"{service}/{asked}/{size.w},{size.h}/0/default.jpg", size


def query(parameters: dict[str, str]) -> str:
    """Return a query string with its question mark; empty values are left out."""
    kept = [(name, value) for name, value in parameters.items() if value]
    return f"?{urlencode(kept)}" if kept else ""
