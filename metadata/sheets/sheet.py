"""Spreadsheets of descriptions: CSV and XLSX with Chinese or English headings (interfaces §3)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from metadata.characters.decode import decode
from metadata.draft import Draft
from metadata.fields import HEADINGS
from metadata.problem import Problem, problem
from metadata.rows import ImportOptions, Sheet, SheetRow, finished
from metadata.sheets.columns import column_of, put
from metadata.sheets.workbook import Table, read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from metadata.record import MaterialType

__all__ = ["Sheet", "SheetRow", "read_sheet", "read_table", "template"]
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_XLSX = b"PK"
_NEEDED = {"identifier", "title", "folder"}
_HEADINGS_WITHIN = 20  # a list's own title and remarks may stand above its headings
_SEPARATOR_LINE = re.compile("sep=([,;\t])")
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
_SHORTENED = re.compile(r"\d(\.\d+)?[Ee]\+\d{2,3}")
_MOSTLY_UNREADABLE = 20


class RowPosition(NamedTuple):
    """Where a row stands: its number below the headings, its line in the file; both from 1."""

    number: int
    line: int


def read_sheet(path: Path, profile: MaterialType | None = None) -> Sheet:
    """Return the rows of a CSV or XLSX file; ``profile`` is the type of rows that give none.

    Raises OSError when the file cannot be read.
    """
    today = datetime.now(UTC).date()
    return read_table(path.read_bytes(), ImportOptions(path.name, profile, today))


def read_table(content: bytes, options: ImportOptions) -> Sheet:
    """Return the rows of a spreadsheet's content."""
    problems: list[Problem] = []
    tables = _tables(content, options.name, problems)
    found = next((named for named in tables.items() if _heading_row(named[1]) is not None), None)
    if found is None:
        if not problems or any(map(_has_content, tables.values())):
            is_empty = not any(map(_has_content, tables.values()))
            code = "sheet-empty" if is_empty else "sheet-without-headings"
            problems.append(problem(code, options.name))
        return Sheet((), tuple(problems))
    title, table = found
    if others := [t for t, rows in tables.items() if t != title and _has_content(rows)]:
        problems.append(
            problem("sheets-ignored", options.name, read=title, names="、".join(others))
        )
    return _rows(table, options, problems)


def _rows(table: Table, options: ImportOptions, problems: list[Problem]) -> Sheet:
    """Return what stands below the headings of a table."""
    top = _heading_row(table) or 0
    if above := sum(any(cell.strip() for cell in row) for row in table[:top]):
        problems.append(problem("rows-above-headings", options.name, count=above))
    columns = [column_of(cell) or f"?{cell.strip()}" for cell in table[top]]
    rows = tuple(
        _row(RowPosition(number, top + 1 + number), columns, cells, options)
        for number, cells in enumerate(table[top + 1 :], 1)
        if any(cell.strip() for cell in cells)
    )
    return Sheet(rows, tuple(problems))


def _heading_row(table: Table) -> int | None:
    """Return which row holds the headings: the first that names what Works are found by."""
    for number, row in enumerate(table[:_HEADINGS_WITHIN]):
        if _NEEDED & {column_of(cell) for cell in row}:
            return number
    return None


def _has_content(table: Table) -> bool:
    return any(cell.strip() for row in table for cell in row)


def template() -> bytes:
    """Return an empty spreadsheet with every heading: CSV in UTF-8 with a mark, for Excel."""
    out = io.StringIO()
    csv.writer(out).writerow([names[0] for names in HEADINGS.values()])
    return out.getvalue().encode("utf-8-sig")


def _tables(content: bytes, name: str, problems: list[Problem]) -> dict[str, Table]:
    if not content.startswith(_XLSX):
        return {name: _csv(content, name, problems)}
    from xml.etree.ElementTree import ParseError

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return read_workbook(content, name, problems)
    except (
        InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, IndexError,
        AttributeError, TypeError,
    ) as error:  # fmt: skip  # openpyxl lets these through for broken files
        problems.append(problem("sheet-unreadable", name, reason=str(error)))
        return {}


def _csv(content: bytes, name: str, problems: list[Problem]) -> Table:
    text = _text(content, name, problems)
    if text is None:
        return []
    first, _, rest = text.lstrip("\ufeff\r\n").partition("\n")
    if said := _SEPARATOR_LINE.fullmatch(first.strip()):  # Excel's own first line
        delimiter, text = said[1], rest
    else:
        delimiter = max(",\t;", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        problems.append(problem("sheet-unreadable", name, reason=str(error)))
        return []


def _text(content: bytes, name: str, problems: list[Problem]) -> str | None:
    """Return a CSV file's text: UTF-8, UTF-16 or Big5; anything but UTF-8 is reported."""
    encoding = "utf-8-sig"
    if content.startswith(_UTF_16):
        encoding = "utf-16"
    elif content[:200].count(0) > len(content[:200]) // 4:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        big5 = decode(content, "big5")
        if encoding != "utf-8-sig" or big5.unreadable * _MOSTLY_UNREADABLE > len(big5.text):
            problems.append(problem("sheet-unreadable", name, reason="UTF-8, UTF-16, Big5"))
            return None
        encoding, text = "Big5", big5.text
        if big5.unreadable:
            count = big5.unreadable
            problems.append(problem("characters-unreadable", name, count=count, encoding="Big5"))
    if encoding != "utf-8-sig":
        problems.append(problem("sheet-encoding", name, encoding=encoding))
    return text


def _row(at: RowPosition, columns: list[str], cells: list[str], options: ImportOptions) -> SheetRow:
    draft = Draft(f"{options.name}:{at.line}", options.today, "spreadsheet", options.profile)
    folder = None
    for column, cell in zip(columns, cells, strict=False):
        if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@"):
            cell = cell[1:]  # how a spreadsheet is told that a value is no formula
        if not cell.strip() or _is_error(cell, draft):
            continue
        if column == "folder":
            folder = folder or draft.tidy(cell)
        elif column.startswith("?"):
            draft.keep(column[1:] or "?", cell)
        else:
            put(column, cell, draft)
    for extra in cells[len(columns) :]:
        draft.keep("?", extra)
    numbers = draft.lists.get("identifiers", [])
    identifier = numbers.pop(0) if numbers else folder
    source = io.StringIO()
    csv.writer(source).writerow(cells)
    row = finished(at.number, draft, identifier, source.getvalue().encode(), folder)
    return replace(row, columns=frozenset(columns))


def _is_error(cell: str, draft: Draft) -> bool:
    """Report what is no value: a spreadsheet's error, or a number cut to a few digits."""
    if cell.strip() in _ERRORS:
        draft.report("cell-error", text=cell.strip())
        return True
    if _SHORTENED.fullmatch(cell.strip()):
        draft.report("number-shortened", text=cell.strip())
    return False
