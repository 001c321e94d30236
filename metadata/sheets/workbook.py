"""XLSX files as tables of text, with what spreadsheet programs do to what was typed.

A date is given as exactly as it is shown (1935/10 is kept as 1935-10-01 and shown as 10-35), a cell
merged downwards holds for each of its rows, and what has no value (a formula that was never
calculated, an error) is reported.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from metadata.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpyxl import Workbook

# A workbook that unpacks to more than this is no description.
_LARGEST = 512 << 20
_PIECE = 1 << 20
_QUOTED = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_LONGEST_MARK = 64
_FORMULA = b"<f"
Table = list[list[str]]


def read_workbook(content: bytes, name: str, problems: list[Problem]) -> dict[str, Table]:
    """Return the rows of each worksheet by its title.

    Raises what openpyxl raises for files that are broken.
    """
    _refuse_bomb(content)
    book = _load(content)
    tables = {}
    for sheet in book.worksheets:
        tables[sheet.title] = table = [_row(cells) for cells in _rows(sheet)]
        merged, has_formulas = _marks(content, sheet)
        where = f"{name}:{sheet.title}"
        if filled := [ref for ref in merged if _fill(table, ref)]:
            problems.append(problem("cells-merged", where, cells="、".join(filled)))
        if has_formulas and (cells := _uncalculated(content, sheet.title, table)):
            problems.append(problem("formulas-without-value", where, cells="、".join(cells)))
    book.close()
    return tables


def _load(content: bytes, *, values: bool = True) -> Workbook:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(content), read_only=True, data_only=values)


def _rows(sheet: Any) -> Iterator[Any]:  # noqa: ANN401  # the stubs lack read-only sheets
    # The size that a file states may be that of all cells that can be: go by its rows alone.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows())


def _row(cells: Iterable[Any]) -> list[str]:
    texts = [_text(cell) for cell in cells]
    return texts if any(texts) else []


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise ValueError("it unpacks to more than 512 MiB")


def _marks(content: bytes, sheet: Any) -> tuple[list[str], bool]:  # noqa: ANN401
    """Return a worksheet's merged cells, which openpyxl's reader by rows leaves out.

    Tells too whether it has formulas: most have none.
    """
    merged: dict[str, None] = {}
    has_formulas, tail = False, b""
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        archive.open(sheet._worksheet_path) as stream,
    ):
        while piece := stream.read(_PIECE):
            text = tail + piece
            merged |= dict.fromkeys(ref.decode() for ref in _MERGED.findall(text))
            has_formulas |= _FORMULA in text
            tail = text[-_LONGEST_MARK:]
    return list(merged), has_formulas


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


def _fill(table: Table, ref: str) -> bool:
    """Repeat a cell that is merged downwards in each row that says anything; tell whether any."""
    from openpyxl.utils.cell import range_boundaries

    column, top, _, bottom = (number or 0 for number in range_boundaries(ref))
    value = table[top - 1][column - 1 : column] if top <= len(table) else []
    rows = [row for row in table[top:bottom] if row] if value and value[0] else []
    for row in rows:
        row.extend([""] * (column - len(row)))
        row[column - 1] = value[0]
    return bool(rows)


def _uncalculated(content: bytes, title: str, table: Table) -> list[str]:
    """Return the cells with a formula whose value the program that saved the file left out."""
    book = _load(content, values=False)
    cells = [
        str(cell.coordinate)
        for row, values in zip(_rows(book[title]), table, strict=False)
        for cell, value in zip(row, values or itertools.repeat(""), strict=False)
        if getattr(cell, "data_type", "") == "f" and not value
    ]
    book.close()
    return cells
