"""What the library holds: Works and Pages. Frozen; the catalogue alone changes their state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from metadata.record import Record
    from repository.text import Direction, LineSpan


AGENT = "takao"  # of events that no person caused


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why and when a Work was taken back; it stays as a tombstone."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """The described intellectual entity. ``changed`` (UTC) is its OAI datestamp.

    ``edited`` names the fields of the Record that a person set: they win over later submissions.
    """

    id: str
    record: Record
    page_count: int = 0
    changed: datetime | None = None
    withdrawal: Withdrawal | None = None
    submission: str | None = None
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One imaged surface in sequence.

    ``n`` counts from 1. ``width`` × ``height`` are the master's pixels as shown upright.
    ``file`` is the path inside the submission, ``frame`` the 0-based page of a many-page file,
    ``master`` the logical path in the Work's OCFL object, ``digest`` its sha512 in hex.
    """

    id: str
    work: str
    n: int
    file: str
    frame: int | None
    master: str
    digest: str
    media_type: str
    width: int
    height: int
    label: str | None = None
    direction: Direction | None = None
    has_text: bool = False


def numbered(pages: Iterable[Page], labels: Sequence[str]) -> tuple[Page, ...]:
    """Return pages with their numbers, from 1 as they stand, and a label each while there are."""
    return tuple(
        replace(page, n=n, label=labels[n - 1] if n <= len(labels) else None)
        for n, page in enumerate(pages, 1)
    )


def right_to_left(pages: Iterable[Page]) -> bool:
    """Tell whether a Work is read from right to left: most pages with text are set vertically."""
    directions = [page.direction for page in pages if page.direction is not None]
    return 2 * directions.count("vertical") > len(directions)


@dataclass(frozen=True, slots=True)
class PageTextRow:
    """A page's text as search reads it: one box (x, y, w, h) per code point, packed.

    ``boxes`` is zstd over int32 little-endian rows (see ``repository.boxes``).
    ``running`` is the (start, end) of the text that joins over a page break.
    """

    page: str
    work: str
    n: int
    text: str
    boxes: bytes
    running: tuple[int, int]
    lines: tuple[LineSpan, ...] = ()


EventType = Literal[
    "ingestion", "message digest calculation", "fixity check", "format identification",
    "creation", "transcription", "modification", "deaccession", "recovery",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what to which object when (PREMIS 3 terms)."""

    type: EventType
    work: str
    at: datetime
    agent: str
    outcome: Literal["success", "failure", "warning"] = "success"
    page: str | None = None
    detail: str = ""
