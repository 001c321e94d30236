"""What a repository must answer so that its Records can be harvested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from metadata.crosswalks.context import WorkContext
    from metadata.oai.request import Selection
    from metadata.record import Record


@dataclass(frozen=True, slots=True)
class OaiRecord:
    """A Record as harvesters see it; a deleted one has no context.

    ``changed`` is exact (it orders the list); harvesters are shown whole seconds.
    """

    id: str
    changed: datetime
    sets: tuple[str, ...]
    record: Record
    context: WorkContext | None

    @property
    def deleted(self) -> bool:
        """Tell whether the Record was withdrawn: only its header is given."""
        return self.context is None


@dataclass(frozen=True, slots=True)
class OaiSet:
    """A set: ``spec`` is ASCII, ``name`` is for people."""

    spec: str
    name: str


class RecordSource(Protocol):
    """The Records of a repository, in the order of their last change."""

    def horizon(self) -> datetime:
        """Return the moment up to which the list of changes is complete."""

    def settled(self) -> datetime:
        """Return the horizon, after a wait of up to a second if it leaves out a Record."""

    def earliest(self) -> datetime | None:
        """Return the earliest datestamp, None when there is no Record."""

    def sets(self) -> list[OaiSet]:
        """Return every set, parents before their members."""

    def has(self, work: str) -> bool:
        """Tell whether there is, or was, a Record with this id."""

    def get(self, work: str, prefix: str) -> OaiRecord | None:
        """Return one Record, a withdrawn one too; None when there never was one."""

    def records(
        self, selection: Selection, after: tuple[datetime, str] | None, limit: int
    ) -> list[OaiRecord]:
        """Return up to ``limit`` Records by (changed, id) after ``after``, withdrawn ones too."""

    def count(self, selection: Selection) -> int:
        """Return how many Records a selection has."""
