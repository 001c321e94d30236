"""What every reader gives: rows with their Records, problems and unmapped fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata.problem import problem

if TYPE_CHECKING:
    from datetime import date

    from metadata.draft import Draft
    from metadata.problem import Problem
    from metadata.record import MaterialType, Record


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A described row. ``number`` counts from 1 (below the headings of a sheet).

    There is no Record when the row is unusable. ``source`` holds it as it arrived, for the
    quarantine. ``unmapped`` names the fields that have no place of their own; their values are
    kept in the Record. ``columns`` are those that a spreadsheet has, filled or not: an update
    leaves alone what it has no column for. Other formats have none: they describe the whole.
    """

    number: int
    folder: str | None
    record: Record | None
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()
    source: bytes = b""
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a file, and what is to be said of the file."""

    rows: tuple[SheetRow, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is read: its name for messages, the default type, and the day of today."""

    name: str
    profile: MaterialType | None
    today: date


def finished(
    number: int, draft: Draft, identifier: str | None, source: bytes, folder: str | None = None
) -> SheetRow:
    """Return the row of a draft; one without identifier is unusable."""
    if not identifier:
        missing = problem("record-without-identifier", draft.where)
        return SheetRow(number, folder, None, (*draft.problems, missing), (), source)
    record = draft.record(identifier)
    return SheetRow(number, folder, record, tuple(draft.problems), tuple(draft.unmapped), source)
