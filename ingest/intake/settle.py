"""A submission's description beside the one that is held: what the Record becomes (design §2).

A spreadsheet changes what its columns name. What describes the whole replaces it, but for what a
person has set, and lifts no restriction by saying nothing of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from metadata.merging import differences
from metadata.problem import Problem, problem
from metadata.record import Record
from metadata.sheets.updating import fields_named, rechecked, restricted_as_before, updated

if TYPE_CHECKING:
    from datetime import date

    from ingest.intake.plan import PlannedWork
    from repository.model import Work


def settled(planned: PlannedWork, held: Work, today: date) -> PlannedWork:
    """Return a Work whose Record is made from the held one and what the submission says."""
    described = planned.described or planned.record
    record = settled_record(planned, held, today)
    row = planned.row
    if row is not None and planned.describes == "columns":
        row = rechecked(row, record)
    return replace(planned, record=record, described=described, row=row)


def settled_record(planned: PlannedWork, held: Work | None, today: date) -> Record:
    """Return the Record that a submission makes of the held one."""
    described = planned.described or planned.record
    if held is None:
        return described
    if planned.describes == "nothing":
        return held.record  # pages without a description take none away
    if planned.row is not None and planned.describes == "columns":
        return updated(described, planned.row.columns, held.record, today)
    whole = restricted_as_before(described, held.record)
    return replace(whole, **_set_by_people(planned, held))


def kept_edits(planned: PlannedWork, held: Work | None) -> list[Problem]:
    """Return a Problem for each field that a person set otherwise than the submission says."""
    if held is None or planned.describes != "whole":
        return []
    kept = _set_by_people(planned, held)
    whole = restricted_as_before(planned.described or planned.record, held.record)
    silent = Record(whole.identifier, ())
    return [
        problem("edit-kept", planned.name, field=one.field, offered=_shown(one.after))
        for one in differences(held.record, whole)
        if one.field in kept and getattr(whole, one.field) != getattr(silent, one.field)
    ]


def _set_by_people(planned: PlannedWork, held: Work) -> dict[str, Any]:
    """Return the values that a person set, by field, but for those that a spreadsheet names."""
    named = fields_named(planned.row.columns) if planned.row else frozenset()
    return {name: getattr(held.record, name) for name in held.edited if name not in named}


def _shown(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
