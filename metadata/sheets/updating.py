"""A held Record updated by a spreadsheet's row: only what the row changes is changed.

A column that the sheet lacks leaves its field alone, an empty cell clears it. A spreadsheet holds
less than a Record (no authority numbers, roles' codes, languages), so a value that stands as
``write_sheet`` wrote it is the held one, whole. Exported and taken in again, nothing changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from metadata.fields import HEADINGS
from metadata.problem import problem
from metadata.profiles import check
from metadata.record import Record, Rights
from metadata.rows import ImportOptions
from metadata.sheets.export import write_sheet
from metadata.sheets.sheet import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from metadata.rows import SheetRow

_CHECKED = ("fields-required", "fields-recommended", "fields-repeated", "title-missing")
Parts = dict[str, tuple[Any, ...]]
# Columns of one field each; the rest of the columns part a field by kind.
_FIELDS = {
    "creator": "agents", "date": "dates", "place": "places", "identifier": "identifiers",
    "language": "languages", "collection": "collections", "page labels": "page_labels",
}  # fmt: skip
_SCHEMES = {"subject": "topic", "classification": "class", "siku class": "siku"}
_SINGLES = {
    **{
        name: name.replace(" ", "_").replace("-", "_")
        for name in (
            "publisher", "place of publication", "call number", "extent", "edition",
            "page format", "binding", "volumes", "rare-book number", "embargo until", "access",
            "rights",
        )
    },
    "type": "material",
    "status": "withdrawn",
}  # fmt: skip
_NOTES = tuple(
    name for name in HEADINGS if name not in {*_FIELDS, *_SCHEMES, *_SINGLES, "folder", "note"}
    and "title" not in name
)  # fmt: skip


def updated(record: Record, columns: frozenset[str], held: Record, today: date) -> Record:
    """Return ``held`` with what the Record of a row with these columns changes."""
    mine, theirs = _parts(record), _parts(held)
    written = _parts(_as_written(held, today))
    # The identifier that a row is found by says nothing of the others.
    columns = columns if mine["identifier"] else columns - {"identifier"}
    chosen = {
        name: _chosen(mine.get(name, ()), theirs.get(name, ()), written.get(name, ()))
        if name in columns
        else theirs.get(name, ())
        for name in dict.fromkeys([*mine, *theirs])
    }
    made = _in_order(_whole(chosen, record), held)
    # Only ``takao restore`` takes a withdrawal back.
    made = replace(made, withdrawn=made.withdrawn or held.withdrawn)
    return held if replace(made, source_format=held.source_format) == held else made


def fields_named(columns: Iterable[str]) -> frozenset[str]:
    """Return the fields of a Record that a spreadsheet with these columns speaks of."""
    kinds = {
        **_FIELDS,
        **_SINGLES,
        **dict.fromkeys(_SCHEMES, "subjects"),
        **dict.fromkeys((*_NOTES, "note"), "notes"),
        **dict.fromkeys(("title", "alternative title"), "titles"),
    }
    return frozenset(kinds[column] for column in columns if column in kinds)


def rechecked(row: SheetRow, record: Record) -> SheetRow:
    """Return a row as its Record has become: what it leaves out may stand there already."""
    kept = tuple(p for p in row.problems if p.code not in _CHECKED)
    where = next((p.where for p in row.problems), str(row.number))
    found = check(record, where)
    if record.withdrawn and "status" in row.columns and not (row.record and row.record.withdrawn):
        found.append(problem("still-withdrawn", where, identifier=record.identifier))
    return replace(row, record=record, problems=(*kept, *found))


def _as_written(held: Record, today: date) -> Record:
    """Return what is read from the sheet that a Record is written to."""
    rows = read_table(write_sheet([(held, None)]), ImportOptions("", None, today)).rows
    return rows[0].record or held if len(rows) == 1 else held


def _chosen(
    mine: tuple[Any, ...], theirs: tuple[Any, ...], written: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Return a column's values; one that stands as it was written is the held one, whole."""
    if mine == written:
        return theirs
    if len(written) != len(theirs):
        return mine
    known = dict(zip(written, theirs, strict=True))
    return tuple(known.get(value, value) for value in mine)


def _in_order(record: Record, held: Record) -> Record:
    """Return a Record whose lists that hold the same as before are in the order they had."""
    values = {}
    for field in fields(record):
        now, before = getattr(record, field.name), getattr(held, field.name)
        if isinstance(now, tuple) and Counter(now) == Counter(before):
            values[field.name] = before
    return replace(record, **values)


def restricted_as_before(record: Record, held: Record) -> Record:
    """Return a description that says nothing of access with the restrictions that are held."""
    default = Record(record.identifier, ())
    names = ("access", "embargo_until", "withdrawn")
    unsaid = [n for n in names if getattr(record, n) == getattr(default, n)]
    return replace(record, **{n: getattr(held, n) for n in unsaid})


def _parts(record: Record) -> Parts:
    """Return a Record's values by the column that they stand in."""
    parts: Parts = {column: getattr(record, name) for column, name in _FIELDS.items()}
    main = tuple(t for t in record.titles if t.kind == "main")
    parts["title"] = main[:1]
    parts["alternative title"] = main[1:] + tuple(t for t in record.titles if t.kind != "main")
    for column, scheme in _SCHEMES.items():
        parts[column] = tuple(s for s in record.subjects if s.scheme == scheme)
    for kind in _NOTES:
        parts[kind] = tuple(n for n in record.notes if n.kind == kind)
    parts["note"] = tuple(n for n in record.notes if n.kind not in _NOTES)
    for column, name in _SINGLES.items():
        value = getattr(record, name)
        parts[column] = () if value in (None, False, Rights()) else (value,)
    for kept in record.source_fields:
        parts[f"?{kept.name}"] = (*parts.get(f"?{kept.name}", ()), kept)
    return parts


def _whole(parts: Parts, row: Record) -> Record:
    """Return the Record of values by column; ``row`` gives its identifier and format."""
    default = Record(row.identifier, ())
    values: dict[str, Any] = {name: parts[column] for column, name in _FIELDS.items()}
    values["titles"] = (parts["title"] + parts["alternative title"]) or row.titles[:1]
    values["subjects"] = tuple(s for column in _SCHEMES for s in parts[column])
    values["notes"] = tuple(n for column in (*_NOTES, "note") for n in parts[column])
    values["source_fields"] = tuple(
        kept for name, found in parts.items() if name.startswith("?") for kept in found
    )
    for column, name in _SINGLES.items():
        values[name] = parts[column][0] if parts[column] else getattr(default, name)
    return replace(row, **values)
