"""Taking a Work back, and bringing it back: in the store and the catalogue alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.work.publish import AGENT
from repository import preserved
from repository.catalogue import WorkState
from repository.errors import NotFoundError
from repository.model import Event, EventType, Withdrawal, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.holdings import Holdings


def withdraw(holdings: Holdings, work: str, reason: str) -> None:
    """Make a Work a tombstone. Nothing to do when it is one. Raises NotFoundError."""
    now = datetime.now(UTC)
    _save(holdings, work, Withdrawal(reason, now), "deaccession", reason)


def restore(holdings: Holdings, work: str) -> None:
    """Bring a withdrawn Work back. Nothing to do when it is public. Raises NotFoundError."""
    _save(holdings, work, None, "recovery", "")


def _save(
    holdings: Holdings, work_id: str, withdrawal: Withdrawal | None, kind: EventType, detail: str
) -> None:
    catalogue = holdings.catalogue
    work = catalogue.get_works([work_id]).get(work_id)
    if work is None:
        raise NotFoundError(f"沒有這件作品 no such work: {work_id}")
    if (work.withdrawal is None) == (withdrawal is None):
        return
    record = replace(work.record, withdrawn=withdrawal is not None)
    changed = replace(work, record=record, withdrawal=withdrawal)
    event = Event(kind, work_id, datetime.now(UTC), AGENT, detail=detail)
    before = preserved.load(holdings.objects, work_id)

    def preserve(saved: Sequence[Work]) -> None:
        told = (*before.events, event)
        files = preserved.documents(replace(before, work=saved[0], events=told))
        holdings.objects.update(preserved.object_id(work_id), files, message=kind, user=AGENT)

    pages = catalogue.pages_of(work_id)
    state = WorkState(changed, pages, manifest=catalogue.manifest(work_id), events=(event,))
    catalogue.save([state], preserve)
