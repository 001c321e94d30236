"""The seam of Works: what is held, read and saved many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from repository.model import Event, Page, PageTextRow, Work


@dataclass(frozen=True, slots=True)
class WorkState:
    """All of a Work that one ``save`` writes: its pages replace the Work's earlier ones.

    ``manifest`` is the stored Presentation 3 document with ``{base}`` for the public URL; None
    without pages. ``texts`` holds the pages whose text is new; other pages keep theirs.
    """

    work: Work
    pages: tuple[Page, ...]
    texts: tuple[PageTextRow, ...] = ()
    manifest: bytes | None = None
    events: tuple[Event, ...] = ()


class Works(Protocol):
    """Works, their pages, texts and manifests.

    Every method is one transaction; ids that are unknown are absent from results.
    """

    def get_works(self, ids: Sequence[str]) -> dict[str, Work]:
        """Return the Works by id, withdrawn ones too."""

    def list_works(self, after: str | None, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works that are not withdrawn, by id, after the id ``after``."""

    def count(self) -> dict[str, int]:
        """Return {"works", "pages", "withdrawn"}."""

    def get_pages(self, ids: Sequence[str]) -> dict[str, Page]:
        """Return pages by id, also those of withdrawn Works."""

    def pages_of(self, work: str) -> tuple[Page, ...]:
        """Return a Work's pages in order."""

    def first_pages(self, works: Sequence[str]) -> dict[str, Page]:
        """Return page 1 of each Work by Work id; Works without pages are absent."""

    def texts(self, pages: Sequence[str]) -> dict[str, PageTextRow]:
        """Return the text of pages by page id; a page without text is absent."""

    def plain_texts(self, pages: Sequence[str]) -> dict[str, str]:
        """Return the characters alone of what ``texts`` gives."""

    def following_texts(self, pages: Sequence[str]) -> dict[str, PageTextRow]:
        """Return, by the id of each page, the text of the page that follows it in its Work."""

    def manifest(self, work: str) -> bytes | None:
        """Return the stored manifest with ``{base}`` in it."""

    def save(
        self,
        states: Sequence[WorkState],
        preserve: Callable[[Sequence[Work]], None] | None = None,
    ) -> None:
        """Write Works, pages, texts, manifests and events with their outbox rows: all or nothing.

        ``preserve`` is called last before the commit with the Works as they will stand, their new
        ``changed`` in them: what it writes to the store carries the same datestamp, and when it
        raises, nothing is saved.

        ``changed`` of a Work says which version the state was made from, None that there was none.
        When that is not the one that stands now, nothing is written and StaleWorkError raised.

        Sets each Work's ``changed`` to the commit's time: strictly later than every datestamp
        that a reader of ``changes`` can have seen, so nothing is committed behind a harvester.
        Outbox rows: one for the Work, one for each page that is new, changed or gone, one for each
        page whose following page changed, and one for every page when the Record or the withdrawal
        changed. A row takes the place of the target's earlier one.
        """

    def adopt(self, states: Sequence[WorkState]) -> None:
        """Write Works with their own datestamps: for a rebuild from the store.

        Those that stand already are left alone: the store was read before they came.
        """


def every_work(works: Works) -> Iterator[Work]:
    """Yield every Work that is not withdrawn, by id, a few hundred at a time."""
    after = None
    while some := works.list_works(after, 500):
        yield from some
        after = some[-1].id
