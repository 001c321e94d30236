"""The description that lies in a submission itself: a METS file, or one record beside its pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metadata.importing import read_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from metadata.problem import Problem
    from metadata.record import Record

_SUFFIXES = (".mrc", ".marc", ".iso2709", ".xml")


def described_by(path: Path, bare: Record) -> tuple[Record, tuple[Problem, ...]]:
    """Return the Record in a METS file with the identifier and page labels of ``bare``.

    A package without a description that can be read stays ``bare``.
    """
    rows = [row for row in read_records(path).rows if row.record]
    if len(rows) != 1 or rows[0].record is None:
        return bare, ()
    found = rows[0].record
    labels = bare.page_labels or found.page_labels
    return replace(found, identifier=bare.identifier, page_labels=labels), rows[0].problems


def record_beside(files: Iterable[Path]) -> tuple[Path, Record, tuple[Problem, ...]] | None:
    """Return the one file of ``files`` that holds one record (MARC, MODS, DC), with the record."""
    found = []
    for path in files:
        if path.suffix.lower() in _SUFFIXES:
            rows = [row for row in read_records(path).rows if row.record]
            found += [(path, row.record, row.problems) for row in rows if row.record]
    return found[0] if len(found) == 1 else None
