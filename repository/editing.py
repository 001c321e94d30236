"""What people change of a Record: field by field, and for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metadata.merging import Difference, differences, reconciled
from repository.errors import TakaoError
from repository.model import Event, numbered
from repository.versions import HeldWork, NewVersion

if TYPE_CHECKING:
    from metadata.record import Record
    from repository.versions import Saved, Versions


class EditConflictError(TakaoError):
    """Somebody else changed the same fields meanwhile.

    Of each of ``fields`` ``before`` is what stands now, ``after`` what was asked for.
    """

    def __init__(self, fields: tuple[Difference, ...]) -> None:
        super().__init__(", ".join(one.field for one in fields))
        self.fields = fields


def edit(versions: Versions, work: str, seen: Record, asked: Record, agent: str) -> Saved:
    """Change a Work's Record from what ``agent`` has ``seen`` to what is ``asked``.

    Fields that somebody else changed meanwhile stay as they are. The fields that are changed here
    win over later submissions from now on. Raises EditConflictError when one field was changed to
    different values, NotFoundError, and what ``Versions.save`` raises; nothing is saved then.
    """
    changed = {one.field for one in differences(seen, asked)}

    def of(held: HeldWork) -> NewVersion:
        record, gave_way = reconciled(seen, asked, held.work.record)
        if gave_way:
            raise EditConflictError(gave_way)
        edited = tuple(sorted({*held.work.edited, *changed}))
        now = replace(held.work, record=record, edited=edited)
        detail = "record: " + ", ".join(sorted(changed))
        event = Event("modification", work, datetime.now(UTC), agent, detail=detail)
        return NewVersion(now, numbered(held.pages, record.page_labels), "edit", (event,))

    return versions.change(work, of)
