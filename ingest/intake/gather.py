"""The rows of all metadata files of a batch, each Work once.

A spreadsheet's row and a record of another format describe one Work together, the row's values win
(interfaces §3). Any other repetition is refused: which of two rows is meant cannot be known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from metadata.merging import merged
from metadata.problem import problem

if TYPE_CHECKING:
    from pathlib import Path

    from metadata.sheets.sheet import SheetRow


@dataclass(slots=True)
class Gathered:
    """Sound rows in order; those refused, with their files; those that went into another's row."""

    rows: list[SheetRow] = field(default_factory=list)
    refused: list[tuple[Path, SheetRow]] = field(default_factory=list)
    joined: list[SheetRow] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    _full: set[int] = field(default_factory=set)

    def add(self, path: Path, row: SheetRow) -> None:
        """Take a row of a file."""
        if row.record is None:
            self.refused.append((path, row))
            return
        names = {name for name in (row.folder, row.record.identifier) if name}
        places = {self._places[name] for name in names if name in self._places}
        if not places:
            self._places |= dict.fromkeys(names, len(self.rows))
            self.rows.append(row)
        elif len(places) == 1 and self._can_join(place := places.pop(), row):
            self._places |= dict.fromkeys(names, place)
            self._full.add(place)
            self.rows[place] = _together(self.rows[place], row)
            self.joined.append(row)
        else:
            self.refused.append((path, _repeated(row, min(names & self._places.keys()))))

    def _can_join(self, place: int, row: SheetRow) -> bool:
        return place not in self._full and bool(self.rows[place].columns) != bool(row.columns)


def _together(one: SheetRow, other: SheetRow) -> SheetRow:
    sheet, record = (one, other) if one.columns else (other, one)
    if sheet.record is None or record.record is None:
        raise ValueError("only sound rows are joined")
    whole = merged(sheet.record, record.record)
    folder = sheet.folder or record.folder
    problems = (*one.problems, *other.problems)
    unmapped = tuple(dict.fromkeys((*one.unmapped, *other.unmapped)))
    # Together they describe the whole, not only what the spreadsheet has columns for.
    return replace(
        one, record=whole, folder=folder, problems=problems, unmapped=unmapped, columns=frozenset()
    )


def _repeated(row: SheetRow, name: str) -> SheetRow:
    reason = problem("identifier-twice", str(row.number), identifier=name)
    return replace(row, problems=(*row.problems, reason))
