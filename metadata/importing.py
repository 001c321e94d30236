"""Descriptions from a file of any supported format, told by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.problem import problem
from metadata.sheet import Sheet, read_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from metadata.record import MaterialType

_SHEETS = (".csv", ".tsv", ".xlsx", ".txt")


def read_records(path: Path, profile: MaterialType | None = None) -> Sheet:
    """Return the described rows of a file; ``profile`` is the type of those that give none."""
    if path.suffix.lower() in _SHEETS:
        return read_sheet(path, profile)
    return Sheet((), (problem("format-unknown", path.name),))
