"""XLSX files as tables of text, with what spreadsheet programs do to what was typed.

A date is given as exactly as it is shown (1935/10 is kept as 1935-10-01 and shown as 10-35), a cell
merged downwards holds for each of its rows, and what has no value (a formula that was never
calculated, an error) is reported.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from metadata.problem import Problem, problem

if TYPE_CHECKING:
    from openpyxl import Workbook

# A workbook that unpacks to more than this is no description.
_LARGEST = 512 << 20
_PIECE = 1 << 20
_QUOTED = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')
_MERGED, _FORMULA = b"<mergeCell ", b"<f"
Table = list[list[str]]


def read_workbook(content: bytes, name: str, problems: list[Problem]) -> dict[str, Table]:
    """Return the rows of each worksheet by its title.

    Raises what openpyxl raises for files that are broken.
    """
    _refuse_bomb(content)
    has_merged, has_formulas = _marks(content)
    book = _load(content, whole=has_merged)
    tables = {
        sheet.title: [[_text(cell) for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
    }
    if has_merged:
        _fill_merged(book, tables, name, problems)
    book.close()
    if has_formulas:
        _report_uncalculated(content, tables, name, problems)
    return tables


def _load(content: bytes, *, whole: bool, values: bool = True) -> Workbook:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(content), read_only=not whole, data_only=values)


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise ValueError("it unpacks to more than 512 MiB")


def _marks(content: bytes) -> tuple[bool, bool]:
    """Tell whether a worksheet has merged cells, and formulas: most have neither."""
    found = [False, False]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            if not member.startswith("xl/worksheets/"):
                continue
            with archive.open(member) as stream:
                tail = b""
                while piece := stream.read(_PIECE):
                    text = tail + piece
                    found[0] |= _MERGED in text
                    found[1] |= _FORMULA in text
                    tail = text[-len(_MERGED) :]
    return found[0], found[1]


def _text(cell: Any) -> str:  # noqa: ANN401  # openpyxl's cells have no common type
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return _day(value, cell.number_format or "")
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _day(value: datetime | date, shown: str) -> str:
    """Return a date as exactly as its number format shows it."""
    pattern = _QUOTED.sub("", shown).casefold()
    text = value.isoformat()[: len("1935-10-05")]
    if "d" in pattern or not re.search("[ye]", pattern):
        return text
    return text[: len("1935-10")] if "m" in pattern else text[: len("1935")]


def _fill_merged(
    book: Workbook, tables: dict[str, Table], name: str, problems: list[Problem]
) -> None:
    """Repeat cells that are merged downwards in each of their rows."""
    for sheet in book.worksheets:
        rows, filled = tables[sheet.title], []
        for span in sheet.merged_cells.ranges:
            value = rows[span.min_row - 1][span.min_col - 1]
            if span.max_row == span.min_row or not value:
                continue
            for row in rows[span.min_row : span.max_row]:
                row[span.min_col - 1] = value
            filled.append(span.coord)
        if filled:
            where, cells = f"{name}:{sheet.title}", "、".join(sorted(filled))
            problems.append(problem("cells-merged", where, cells=cells))


def _report_uncalculated(
    content: bytes, tables: dict[str, Table], name: str, problems: list[Problem]
) -> None:
    """Report formulas whose value the program that saved the file left out."""
    book = _load(content, whole=False, values=False)
    for sheet in book.worksheets:
        rows = tables[sheet.title]
        cells = [
            cell.coordinate
            for row, values in zip(sheet.iter_rows(), rows, strict=False)
            for cell, value in zip(row, values, strict=False)
            if getattr(cell, "data_type", "") == "f" and not value
        ]
        if cells:
            where = f"{name}:{sheet.title}"
            problems.append(problem("formulas-without-value", where, cells="、".join(cells)))
    book.close()
