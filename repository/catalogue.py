"""The catalogue seam: what is held, in what state, and what changed when.

One SQL implementation (``repository.sql``) on SQLite and PostgreSQL; one contract suite on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

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


@dataclass(frozen=True, slots=True)
class Change:
    """A Work in the order of change, tombstones included."""

    changed: datetime
    work: Work


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A place in the order of change: everything after (changed, id)."""

    changed: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes: both dates inclusive; ``set_spec`` is an OAI setSpec.

    ``with_pages`` leaves out Works that have no manifest.
    """

    since: datetime | None = None
    until: datetime | None = None
    set_spec: str | None = None
    with_pages: bool = False


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


StepName = Literal["receive", "derive", "read", "publish"]
StepState = Literal["waiting", "running", "done", "failed", "rejected"]


class Lease(NamedTuple):
    """A step of a page that is someone's for a while. ``attempt`` tells one lease from the next."""

    name: StepName
    page: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one page. ``reason`` is the Problem's JSON when it failed.

    ``ended`` is set by the catalogue when the step is finished.
    """

    work: str
    page: str
    name: StepName
    state: StepState
    batch: int | None = None
    attempt: int = 0
    input_digest: str = ""
    configuration_digest: str = ""
    reason: Mapping[str, object] | None = None
    lease_until: datetime | None = None
    ended: datetime | None = None

    @property
    def lease(self) -> Lease:
        """Return the lease under which the step is done."""
        return Lease(self.name, self.page, self.attempt)


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many steps of a batch are in a state, the last end and the last lease among them."""

    batch: int | None
    name: StepName
    state: StepState
    count: int
    last_ended: datetime | None = None
    last_lease: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One run over submissions."""

    id: int
    started: datetime
    ended: datetime | None
    arguments: str


class Catalogue(Protocol):
    """Bulk-first. Every method is one transaction; ids that are unknown are absent from results."""

    def get_works(self, ids: Sequence[str]) -> dict[str, Work]:
        """Return the Works by id, withdrawn ones too."""

    def list_works(self, after: str | None, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works that are not withdrawn, by id, after the id ``after``."""

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""

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

        Sets each Work's ``changed`` to the commit's time: strictly later than every datestamp
        that a reader of ``changes`` can have seen, so nothing is committed behind a harvester.
        Outbox rows: one for the Work, one for each page that is new, changed or gone, one for each
        page whose following page changed, and one for every page when the Record or the withdrawal
        changed. A row takes the place of the target's earlier one.
        """

    def adopt(self, states: Sequence[WorkState]) -> None:
        """Write Works as they stand, with their own datestamps: for a rebuild from the store."""

    def changes(
        self, after: ChangePoint | None, limit: int, which: ChangeFilter, offset: int = 0
    ) -> list[Change]:
        """Return up to ``limit`` Works by (changed, id), tombstones included.

        ``offset`` leaves out the first so many.
        """

    def count_changes(self, which: ChangeFilter) -> int:
        """Return the number of Works that ``changes`` would list."""

    def horizon(self) -> datetime:
        """Return the moment up to which ``changes`` is complete.

        No Work will be committed any more with a datestamp at or before it, even by a transaction
        that is running now: a harvester may ask for what comes after it next time.
        """

    def earliest_change(self) -> datetime | None:
        """Return the first datestamp that may occur."""

    def set_counts(self) -> dict[str, int]:
        """Return the number of Works by setSpec (type:…, collection:…, district:…)."""

    def collection_names(self) -> list[str]:
        """Return the names of all collections that have a Work."""

    def events(self, work: str) -> list[Event]:
        """Return a Work's events in order."""

    def record_events(self, events: Iterable[Event]) -> None:
        """Add events."""

    def secret(self, name: str) -> bytes:
        """Return the random key ``name``, made at the first call and the same ever after."""

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        """Return outbox rows after a sequence, in order, none committed later in between."""

    def indexed(self, rows: Sequence[OutboxRow]) -> list[Indexed]:
        """Return the present state behind each distinct target of ``rows``, in one snapshot."""

    def everything(self, after: str | None, works: int) -> list[Indexed]:
        """Return the state of the next Works and all their pages, by Work id.

        Up to ``works`` Works, fewer when they have many pages, none only at the end. Each list
        begins a Work's states with its description (``page_id`` None).
        """

    def last_sequence(self) -> int:
        """Return the newest outbox sequence."""

    def cursors(self) -> dict[str, int]:
        """Return each index's position in the outbox."""

    def set_cursor(self, index: str, sequence: int | None) -> None:
        """Move an index's position, or with None forget the index."""

    def begin_batch(self, arguments: str) -> Batch:
        """Open a batch."""

    def end_batch(self, batch: int) -> None:
        """Close a batch."""

    def batches(self, limit: int) -> list[Batch]:
        """Return the newest batches first."""

    def plan_steps(self, steps: Sequence[Step]) -> None:
        """Add steps, or set back to waiting those that failed or whose digests changed.

        A step that is done, or leased, with the same digests stays as it is; one that still waits
        goes over to the new batch.
        """

    def lease_steps(self, name: StepName, pages: Sequence[str], seconds: float) -> list[Step]:
        """Take waiting steps, and running ones whose lease ran out, for ``seconds``.

        No two callers get the same step; ``attempt`` is counted up. Ordered as ``pages``.
        """

    def renew_leases(self, leases: Sequence[Lease], seconds: float) -> None:
        """Let those of ``leases`` that nobody has taken over last ``seconds`` from now."""

    def release_leases(self, leases: Sequence[Lease]) -> None:
        """Set the steps of those of ``leases`` that nobody has taken over back to waiting."""

    def reset_steps(self, pages: Sequence[str], names: Sequence[StepName]) -> None:
        """Set steps back to waiting whatever their state, so that they are done again."""

    def finish_steps(self, steps: Sequence[Step]) -> None:
        """Write the final state (done, failed, rejected) and reason of steps.

        A step that was planned anew with other digests in the meantime is left alone.
        """

    def steps(
        self,
        work: str | None = None,
        batch: int | None = None,
        state: StepState | None = None,
        pages: Sequence[str] | None = None,
    ) -> list[Step]:
        """Return steps, failed first, then by Work and page; ``pages`` at most some hundred."""

    def step_counts(self) -> list[StepCount]:
        """Return the number of steps by batch, name and state."""


def every_work(catalogue: Catalogue) -> Iterator[Work]:
    """Yield every Work that is not withdrawn, by id, a few hundred at a time."""
    after = None
    while works := catalogue.list_works(after, 500):
        yield from works
        after = works[-1].id
