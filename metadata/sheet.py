"""Spreadsheets of descriptions: CSV and XLSX with Chinese or English headings (interfaces §3)."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from metadata.characters.decode import decode
from metadata.columns import HEADINGS, column_of, put
from metadata.draft import Draft
from metadata.importers.rows import Reading, Sheet, SheetRow, finished
from metadata.problem import Problem, problem

if TYPE_CHECKING:
    from pathlib import Path

    from metadata.record import MaterialType

__all__ = ["Sheet", "SheetRow", "read_sheet", "read_table", "template"]
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_XLSX = b"PK"
# A spreadsheet that unpacks to more than this is no description.
_LARGEST = 512 << 20
_MOSTLY_UNREADABLE = 20


def read_sheet(path: Path, profile: MaterialType | None = None) -> Sheet:
    """Return the rows of a CSV or XLSX file; ``profile`` is the type of rows that give none.

    Raises OSError when the file cannot be read.
    """
    today = datetime.now(UTC).date()
    return read_table(path.read_bytes(), Reading(path.name, profile, today))


def read_table(content: bytes, reading: Reading) -> Sheet:
    """Return the rows of a spreadsheet's content."""
    problems: list[Problem] = []
    is_xlsx = content.startswith(_XLSX)
    table = (_xlsx if is_xlsx else _csv)(content, reading.name, problems)
    if not table:
        if not problems:
            problems.append(problem("sheet-empty", reading.name))
        return Sheet((), tuple(problems))
    columns = [column_of(cell) or f"?{cell.strip()}" for cell in table[0]]
    if not {"identifier", "title", "folder"} & set(columns):
        return Sheet((), (*problems, problem("sheet-without-headings", reading.name)))
    rows = tuple(
        _row(number, columns, cells, reading)
        for number, cells in enumerate(table[1:], 1)
        if any(cell.strip() for cell in cells)
    )
    return Sheet(rows, tuple(problems))


def template() -> bytes:
    """Return an empty spreadsheet with every heading: CSV in UTF-8 with a mark, for Excel."""
    out = io.StringIO()
    csv.writer(out).writerow([names[0] for names in HEADINGS.values()])
    return out.getvalue().encode("utf-8-sig")


def _csv(content: bytes, name: str, problems: list[Problem]) -> list[list[str]]:
    text = _text(content, name, problems)
    if text is None:
        return []
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        problems.append(problem("sheet-unreadable", name, reason=str(error)))
        return []
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
    return rows


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


def _xlsx(content: bytes, name: str, problems: list[Problem]) -> list[list[str]]:
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _refuse_bomb(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        book.close()
    except (
        InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, IndexError,
        AttributeError, TypeError,
    ) as error:  # fmt: skip  # openpyxl lets these through for broken files
        problems.append(problem("sheet-unreadable", name, reason=str(error)))
        return []
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
    return rows


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise ValueError("it unpacks to more than 512 MiB")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _row(number: int, columns: list[str], cells: list[str], reading: Reading) -> SheetRow:
    draft = Draft(f"{reading.name}:{number + 1}", reading.today, "spreadsheet", reading.profile)
    folder = None
    for column, cell in zip(columns, cells, strict=False):
        if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@"):
            cell = cell[1:]  # how a spreadsheet is told that a value is no formula
        if not cell.strip():
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
    return finished(number, draft, identifier, source.getvalue().encode(), folder)
