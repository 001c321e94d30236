"""Taking a Work back, and bringing it back: in the store and the catalogue alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from repository.model import AGENT, Event, EventType, Withdrawal
from repository.versions import HeldWork, NewVersion

if TYPE_CHECKING:
    from repository.versions import Versions


def withdraw(versions: Versions, work: str, reason: str, agent: str = AGENT) -> None:
    """Make a Work a tombstone. Nothing to do when it is one. Raises NotFoundError."""
    taken_back = Withdrawal(reason, datetime.now(UTC))
    versions.change(work, lambda held: _stood(held, taken_back, "deaccession", agent))


def restore(versions: Versions, work: str, agent: str = AGENT) -> None:
    """Bring a withdrawn Work back. Nothing to do when it is public. Raises NotFoundError."""
    versions.change(work, lambda held: _stood(held, None, "recovery", agent))


def _stood(
    held: HeldWork, withdrawal: Withdrawal | None, kind: EventType, agent: str
) -> NewVersion:
    work = held.work
    detail = withdrawal.reason if withdrawal else ""
    if (work.withdrawal is None) != (withdrawal is None):
        record = replace(work.record, withdrawn=withdrawal is not None)
        work = replace(work, record=record, withdrawal=withdrawal)
    event = Event(kind, work.id, datetime.now(UTC), agent, detail=detail)
    return NewVersion(work, held.pages, kind, (event,))
