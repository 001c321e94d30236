"""Records as a spreadsheet that ``metadata.sheets.sheet`` reads back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.fields import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metadata.record import Agent, Record

_SEPARATOR = "；"


def write_sheet(records: Iterable[tuple[Record, str | None]]) -> bytes:
    """Return records with their submission's name as CSV in UTF-8 with a mark, for Excel.

    Fields of the source that have no column of their own follow under the names they came with.
    """
    whole = list(records)
    others = list(dict.fromkeys(f.name for record, _ in whole for f in record.source_fields))
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([*(names[0] for names in HEADINGS.values()), *map(formula_safe, others)])
    for record, folder in whole:
        values = _values(record) | {"folder": [folder or ""]}
        cells = [values.get(name, []) for name in HEADINGS]
        cells += [[f.value for f in record.source_fields if f.name == name] for name in others]
        rows.writerow([formula_safe(_SEPARATOR.join(cell)) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _values(record: Record) -> dict[str, list[str]]:
    titles = [t.value for t in record.titles if t.kind == "main"]
    notes: dict[str, list[str]] = {}
    for note in record.notes:
        if note.kind in HEADINGS:
            notes.setdefault(note.kind, []).append(note.value)
        else:
            label = vocabulary.label("note", note.kind, "zh-Hant")
            notes.setdefault("note", []).append(f"{label}：{note.value}")
    single = {
        "publisher": record.publisher,
        "place of publication": record.place_of_publication,
        "call number": record.call_number,
        "extent": record.extent,
        "edition": record.edition,
        "page format": record.page_format,
        "binding": record.binding,
        "volumes": record.volumes,
        "rare-book number": record.rare_book_number,
        "rights": record.rights.uri or record.rights.label or record.rights.note,
        "embargo until": record.embargo_until,
    }
    return {
        **notes,
        **{name: [value] for name, value in single.items() if value},
        "identifier": [record.identifier, *record.identifiers],
        "title": titles[:1],
        "alternative title": titles[1:]
        + [t.value for t in record.titles if t.kind == "alternative"],
        "creator": [_agent(a) for a in record.agents],
        "date": [d.as_written for d in record.dates],
        "place": [p.name for p in record.places],
        "subject": [s.value for s in record.subjects if s.scheme == "topic"],
        "classification": [s.value for s in record.subjects if s.scheme == "class"],
        "siku class": [s.value for s in record.subjects if s.scheme == "siku"],
        "type": [vocabulary.label("material", record.material, "zh-Hant")],
        "collection": list(record.collections),
        "language": list(record.languages),
        "access": [vocabulary.label("access", record.access, "zh-Hant")],
        "status": ["撤除"] if record.withdrawn else [],
        "page labels": list(record.page_labels),
    }


def _agent(agent: Agent) -> str:
    return f"{agent.name}（{agent.role}）" if agent.role else agent.name


def formula_safe(text: str) -> str:
    """Return a value that no spreadsheet program takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
