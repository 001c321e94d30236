"""The seam of the outbox: what the indexes have still to take over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.model import Page, PageTextRow, Work


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A page (or, with ``page`` None, a Work's description) whose index entry is out of date.

    It names what changed and the sequence of the change, not the content.
    """

    sequence: int
    work: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Indexed:
    """The present state of one outbox target, read in one snapshot.

    ``sequence`` last touched it. ``work`` is None when it is gone, ``page`` when the page is;
    ``text`` is None for a page without text. ``next_text`` is the text of the following page of the
    Work, for phrases over the page break.
    """

    sequence: int
    work_id: str
    page_id: str | None
    work: Work | None
    page: Page | None = None
    text: PageTextRow | None = None
    next_text: PageTextRow | None = None


class Outbox(Protocol):
    """Changes in sequence, and how far each index has come. Every method is one transaction."""

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        """Return outbox rows after a sequence, in order, none committed later in between."""

    def indexed(self, rows: Sequence[OutboxRow]) -> list[Indexed]:
        """Return the present state behind each distinct target of ``rows``, in one snapshot."""

    def everything(self, after: str | None, works: int) -> list[Indexed]:
        """Return the state of the next Works and all their pages, by Work id.

        Up to ``works`` Works, fewer when they have many pages, none only at the end. Each list
        begins a Work's states with its description (``page_id`` None).
        """

    def count(self) -> dict[str, int]:
        """Return {"works", "pages", "withdrawn"}: what an index should hold."""

    def last_sequence(self) -> int:
        """Return the newest outbox sequence."""

    def cursors(self) -> dict[str, int]:
        """Return each index's position in the outbox."""

    def set_cursor(self, index: str, sequence: int | None) -> None:
        """Move an index's position, or with None forget the index."""
