"""Two descriptions of one Work as one, and what an update changes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from metadata.codec import to_json

if TYPE_CHECKING:
    from metadata.record import Record


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that an update changes; values as ``metadata.codec`` writes them, None for none."""

    field: str
    before: object
    after: object


def merged(preferred: Record, other: Record) -> Record:
    """Return ``preferred`` with the fields that only ``other`` fills.

    A title that repeats the identifier stands in for a missing one; source fields are joined.
    """
    values: dict[str, Any] = {}
    for field in fields(preferred):
        mine, theirs = getattr(preferred, field.name), getattr(other, field.name)
        if mine == field.default and theirs != field.default:
            values[field.name] = theirs
    if [t.value for t in preferred.titles] == [preferred.identifier]:
        values["titles"] = other.titles
    kept = dict.fromkeys((*preferred.source_fields, *other.source_fields))
    return replace(preferred, **{**values, "source_fields": tuple(kept)})


def reconciled(
    base: Record, mine: Record, theirs: Record, named: frozenset[str] = frozenset()
) -> tuple[Record, tuple[Difference, ...]]:
    """Return two changes of one Record, ``mine`` and ``theirs``, as one, field by field.

    Where both changed a field of ``base``, theirs stays, unless it is one of ``named``. What gave
    way is returned beside: ``before`` what stays, ``after`` what was not taken.
    """
    kept: dict[str, Any] = {}
    refused: set[str] = set()
    for field in fields(base):
        name = field.name
        was, asked, now = (getattr(record, name) for record in (base, mine, theirs))
        if now in (was, asked) or name in named:
            continue
        kept[name] = now
        if asked != was:
            refused.add(name)
    gave_way = tuple(d for d in differences(theirs, mine) if d.field in refused)
    return replace(mine, **kept), gave_way


def differences(before: Record, after: Record) -> list[Difference]:
    """Return the fields in which two Records differ, in the order of the Record."""
    old, new = to_json(before), to_json(after)
    return [
        Difference(field.name, old.get(field.name), new.get(field.name))
        for field in fields(before)
        if old.get(field.name) != new.get(field.name)
    ]
