"""Records to and from plain JSON values: exact both ways, small (defaults are left out)."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from metadata.record import (
    Agent,
    DateStatement,
    Note,
    Place,
    Record,
    Rights,
    SourceField,
    Subject,
    Title,
)

_PARTS: dict[str, type] = {
    "titles": Title,
    "agents": Agent,
    "dates": DateStatement,
    "places": Place,
    "subjects": Subject,
    "notes": Note,
    "source_fields": SourceField,
}


def to_json(record: Record) -> dict[str, Any]:
    """Return the JSON object of a Record."""
    document: dict[str, Any] = _plain(record)
    return document


def from_json(document: dict[str, Any]) -> Record:
    """Return the Record of a JSON object.

    Raises TypeError or KeyError for an object that ``to_json`` did not make.
    """
    values: dict[str, Any] = dict(document)
    for name, kind in _PARTS.items():
        if name in values:
            values[name] = tuple(kind(**part) for part in values[name])
    if "rights" in values:
        values["rights"] = Rights(**values["rights"])
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    return Record(**values)


def _plain(value: Any) -> Any:  # noqa: ANN401  # any field of a Record
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    out = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if field.default is MISSING or content != field.default:
            out[field.name] = _plain(content)
    return out
