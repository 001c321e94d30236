"""The seam of changes: what changed when, in an order that a harvester can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repository.model import Event, Work


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


class Changes(Protocol):
    """Works in the order of change, their sets, and the events of each.

    Every method is one transaction; ids that are unknown are absent from results.
    """

    def newest(self, limit: int, set_spec: str | None = None) -> list[Work]:
        """Return up to ``limit`` Works (of a set) that are not withdrawn, last changed first."""

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
