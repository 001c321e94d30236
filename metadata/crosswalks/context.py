"""What a crosswalk knows of a Work besides its Record: addresses, pages, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class PageContext:
    """A page with the absolute addresses of its files; sizes are upright master pixels.

    ``digest`` is the master's sha512 in hex, ``media_type`` the master's.
    """

    n: int
    id: str
    label: str | None
    width: int
    height: int
    image: str
    media_type: str
    digest: str
    file: str
    alto: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """A preservation event, in PREMIS terms."""

    type: str
    at: datetime
    agent: str
    outcome: str = "success"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WorkContext:
    """A Work's addresses (absolute), datestamp, holding institution, pages and events."""

    id: str
    url: str
    changed: datetime | None = None
    institution: str = ""
    manifest_url: str | None = None
    thumbnail_url: str | None = None
    pages: tuple[PageContext, ...] = ()
    events: tuple[Happening, ...] = ()
